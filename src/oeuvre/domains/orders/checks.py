"""Acceptance criteria: what a buyer may ask for, and whether a delivery has it. Pure functions over facts of files.

Software refuses only what it can be sure of: a language that is easily taken for its neighbour passes, and so does a
text that is too short to tell.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from oeuvre.domains.orders.errors import OrderInvalidError
from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.states import AiUse, CriterionKind
from oeuvre.kit.files.checking import KINDS
from oeuvre.kit.files.naming import KB, MB, in_words, printable, suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FORMATS = frozenset(suffix.lstrip(".") for kind in KINDS.values() for suffix in kind.suffixes if suffix)
"""Endings of the files that can be delivered at all."""
_SAME = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tiff": "tif", "markdown": "md", "heif": "heic", "text": "txt"}
"""Endings that mean a format under another name."""
_ALIKE = ({"no", "nb", "nn", "da"}, {"pt", "gl"}, {"hr", "sr", "bs"}, {"id", "ms"}, {"hi", "ne", "mr"})
"""Languages so near each other that telling them apart goes wrong too often to refuse a delivery for it."""
_MOST_WORDS, _MOST_SECONDS, _MOST_PIXELS = 1_000_000, 24 * 3600, 50_000


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was found out about one delivered file when it came."""

    name: str
    size: int
    words: int | None = None
    """None for what holds no text."""
    language: str = ""
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    credentials_intact: bool = True
    """Also where there are none."""
    made_by_model: bool = False
    """Whether its own credentials say so."""

    @property
    def format(self) -> str:
        ending = suffix_of(self.name).lstrip(".")
        return _SAME.get(ending, ending)


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What is handed over."""

    files: tuple[FileFacts, ...]
    has_note: bool
    ai_use: AiUse | None
    """None where the freelancer declared nothing yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A criterion, as far as checking it goes."""

    id: str
    kind: CriterionKind
    spec: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that keeps a delivery back. ``code`` is stable; ``message`` says it to the freelancer."""

    code: str
    found: str = ""
    needed: str = ""
    file: str = ""
    criterion: str = ""
    """The criterion's id; empty for what every order asks for."""

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    @property
    def message(self) -> str:
        """What was found and what is needed, in the present language."""
        return str(_sentences()[self.code] % {"found": self.found, "needed": self.needed, "file": self.file})


def _sentences() -> dict[str, str]:
    return {
        "nothing_delivered": _("There is nothing to hand over yet. Add a file, or write a note if no file is needed."),
        "ai_undeclared": _("Say how much of this was made with AI; it is part of every delivery."),
        "ai_beyond_policy": _("You declared %(found)s. This order allows at most: %(needed)s."),
        "ai_draft_undeclared": _(
            "This work began from a draft that a model wrote, so it cannot be declared as made without AI."
        ),
        "ai_contradicted": _(
            "“%(file)s” carries credentials that say a model made it, but you declared: %(found)s. Correct one of them."
        ),
        "ai_not_none": _("The buyer needs a work made without AI, and you declared %(found)s."),
        "format_missing": _("There is no %(needed)s file. You added: %(found)s."),
        "file_too_large": _("“%(file)s” has %(found)s; a file may have %(needed)s. Make it smaller or split it."),
        "words_too_few": _("The texts have %(found)s words; %(needed)s is the least."),
        "words_too_many": _("The texts have %(found)s words; %(needed)s is the most."),
        "words_unreadable": _("No text could be read in these files. Add one as TXT, Markdown, DOCX or PDF."),
        "language_other": _("“%(file)s” reads as %(found)s; it must be in %(needed)s."),
        "language_unreadable": _("No text could be read in these files. Add one as TXT, Markdown, DOCX or PDF."),
        "duration_short": _("“%(file)s” is %(found)s long; %(needed)s is the least."),
        "duration_long": _("“%(file)s” is %(found)s long; %(needed)s is the most."),
        "duration_unreadable": _("There is no recording or film among these files whose length can be read."),
        "resolution_small": _("“%(file)s” has %(found)s pixels; it needs at least %(needed)s."),
        "resolution_unreadable": _("There is no picture or film among these files whose size can be read."),
        "not_signable": _(
            "Credentials cannot be put into “%(file)s”: it is damaged or unusually built. Save it again, or pack it into "
            "a ZIP file."
        ),
        "credentials_invalid": _(
            "The content credentials of “%(file)s” do not hold: it was changed after it was signed. Export it anew."
        ),
    }


def delivery_check(facts: DeliveryFacts, wanted: Sequence[Wanted], *, policy: AiUse, has_draft: bool) -> list[Finding]:
    """All that keeps a delivery back; nothing when it may be handed over."""
    found = list(_always(facts, policy, has_draft=has_draft))
    for one in wanted:
        check = _CHECKS.get(one.kind)
        if check is not None:
            found += [Finding(**{**finding.as_json(), "criterion": one.id}) for finding in check(facts, one.spec)]
    return found


def _always(facts: DeliveryFacts, policy: AiUse, *, has_draft: bool) -> Iterator[Finding]:
    if not facts.files and not facts.has_note:
        yield Finding("nothing_delivered")
    declared = facts.ai_use
    if declared is None:
        yield Finding("ai_undeclared")
        return
    if declared.rank > policy.rank:
        yield Finding("ai_beyond_policy", str(declared.label), str(policy.label))
    if declared is AiUse.NONE:
        if has_draft:
            yield Finding("ai_draft_undeclared")
        for file in facts.files:
            if file.made_by_model:
                yield Finding("ai_contradicted", str(declared.label), file=file.name)


def _format(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    """Each of the formats is among the files; files of other formats may come along."""
    there = sorted({file.format for file in facts.files})
    for needed in spec["formats"]:
        if needed not in there:
            yield Finding("format_missing", ", ".join(there).upper() or _("nothing"), needed.upper())


def _size(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    for file in facts.files:
        if file.size > spec["most"]:
            yield Finding("file_too_large", _size_words(file.size), in_words(spec["most"]), file.name)


def _size_words(size: int) -> str:
    return f"{size / MB:.1f} MB" if size >= MB else f"{max(1, round(size / KB))} KB"


def _words(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    """Of all texts together."""
    counts = [file.words for file in facts.files if file.words is not None]
    if not counts:
        yield Finding("words_unreadable")
        return
    total = sum(counts)
    if total < spec.get("least", 0):
        yield Finding("words_too_few", str(total), str(spec["least"]))
    if total > spec.get("most", total):
        yield Finding("words_too_many", str(total), str(spec["most"]))


def _language(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    """Of every text that is long enough to tell."""
    texts = [file for file in facts.files if file.words is not None]
    if not texts:
        yield Finding("language_unreadable")
    for file in texts:
        if file.language and not _is_same_language(file.language, spec["language"]):
            yield Finding("language_other", file.language, spec["language"], file.name)


def _is_same_language(found: str, needed: str) -> bool:
    wanted = needed.split("-")[0].lower()
    return found == wanted or any({found, wanted} <= group for group in _ALIKE)


def _duration(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    """Of each recording and film."""
    timed = [(file, file.seconds) for file in facts.files if file.seconds is not None]
    if not timed:
        yield Finding("duration_unreadable")
    for file, seconds in timed:
        # A second more or less is rounding: containers count whole frames and packets.
        if seconds < spec.get("least", 0) - 1:
            yield Finding("duration_short", _clock(seconds), _clock(spec["least"]), file.name)
        if seconds > spec.get("most", seconds) + 1:
            yield Finding("duration_long", _clock(seconds), _clock(spec["most"]), file.name)


def _clock(seconds: float) -> str:
    """``1:05`` or ``1:02:05``."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _resolution(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    """Of each picture and film, whichever way up."""
    sized = [(file, file.width, file.height) for file in facts.files if file.width and file.height]
    if not sized:
        yield Finding("resolution_unreadable")
    needed = sorted((spec["width"], spec["height"]))
    for file, width, height in sized:
        has = sorted((width or 0, height or 0))
        if has[0] < needed[0] or has[1] < needed[1]:
            yield Finding("resolution_small", f"{width} x {height}", f"{spec['width']} x {spec['height']}", file.name)


def _no_ai(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    if facts.ai_use not in (None, AiUse.NONE):
        yield Finding("ai_not_none", str(facts.ai_use.label))


def _credentials(facts: DeliveryFacts, spec: dict[str, Any]) -> Iterator[Finding]:
    for file in facts.files:
        if not file.credentials_intact:
            yield Finding("credentials_invalid", file=file.name)


_CHECKS: dict[CriterionKind, Callable[[DeliveryFacts, dict[str, Any]], Iterator[Finding]]] = {
    CriterionKind.FORMAT: _format,
    CriterionKind.SIZE: _size,
    CriterionKind.WORDS: _words,
    CriterionKind.LANGUAGE: _language,
    CriterionKind.DURATION: _duration,
    CriterionKind.RESOLUTION: _resolution,
    CriterionKind.NO_AI: _no_ai,
    CriterionKind.CREDENTIALS: _credentials,
}


SPECS: dict[CriterionKind, tuple[str, ...]] = {
    CriterionKind.MANUAL: (),
    CriterionKind.FORMAT: ("formats",),
    CriterionKind.SIZE: ("most",),
    CriterionKind.WORDS: ("least", "most"),
    CriterionKind.LANGUAGE: ("language",),
    CriterionKind.DURATION: ("least", "most"),
    CriterionKind.RESOLUTION: ("width", "height"),
    CriterionKind.NO_AI: (),
    CriterionKind.CREDENTIALS: (),
}
"""What a criterion's ``spec`` may hold: endings of files, bytes, words, an ISO 639-1 code, seconds, pixels."""


def criterion_clean(*, kind: str, label: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Label and spec as they are kept. Raises OrderInvalidError, saying what would be right."""
    if kind not in CriterionKind.values:
        raise _invalid(_("There is no such kind of criterion."))
    words = " ".join(printable(label).split())
    if len(words) > 300 or (kind == CriterionKind.MANUAL and not words):
        raise _invalid(_("Write in up to 300 characters what the delivery must be like."))
    given = {key: value for key, value in spec.items() if value not in (None, "", [], ())}
    if unknown := set(given) - set(SPECS[CriterionKind(kind)]):
        raise _invalid(_("A criterion of this kind says nothing about: %(what)s.") % {"what": ", ".join(unknown)})
    clean = _CLEAN.get(CriterionKind(kind))
    return words, clean(given) if clean else {}


def _formats_clean(given: dict[str, Any]) -> dict[str, Any]:
    asked = [str(one).lower().lstrip(".") for one in given.get("formats", [])]
    unknown = [one for one in asked if one not in FORMATS]
    if not asked or unknown:
        raise _invalid(
            _("Name formats that can be delivered here, such as pdf, docx, png or mp3. Not among them: %(what)s.")
            % {"what": ", ".join(unknown) or "-"}
        )
    return {"formats": list(dict.fromkeys(_SAME.get(one, one) for one in asked))}


def _size_clean(given: dict[str, Any]) -> dict[str, Any]:
    return {"most": _whole(given, "most", LIMITS.file, least=KB)}


def _range_clean(most: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def clean(given: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {name: _whole(given, name, most) for name in ("least", "most") if name in given}
        if not found or found.get("least", 0) > found.get("most", most):
            raise _invalid(_("Say the least, the most, or both, the least first."))
        return found

    return clean


def _language_clean(given: dict[str, Any]) -> dict[str, Any]:
    language = str(given.get("language", "")).lower()
    base = language.split("-")[0]
    if not (len(base) == 2 and base.isascii() and base.isalpha()) or len(language) > 8:
        raise _invalid(_("Name a language by its two letters, such as en or pt."))
    return {"language": language}


def _resolution_clean(given: dict[str, Any]) -> dict[str, Any]:
    return {name: _whole(given, name, _MOST_PIXELS) for name in ("width", "height")}


def _whole(given: dict[str, Any], name: str, most: int, *, least: int = 1) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _invalid(
            _("A criterion needs a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
        )
    return value


_CLEAN: dict[CriterionKind, Callable[[dict[str, Any]], dict[str, Any]]] = {
    CriterionKind.FORMAT: _formats_clean,
    CriterionKind.SIZE: _size_clean,
    CriterionKind.WORDS: _range_clean(_MOST_WORDS),
    CriterionKind.LANGUAGE: _language_clean,
    CriterionKind.DURATION: _range_clean(_MOST_SECONDS),
    CriterionKind.RESOLUTION: _resolution_clean,
}


def _invalid(message: str) -> OrderInvalidError:
    return OrderInvalidError(message, field="criteria")
