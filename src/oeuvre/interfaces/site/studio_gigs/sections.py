"""The sections of the editor in the order in which a gig is written, and what of a gig each of them holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.rules import LICENCE
from oeuvre.domains.catalog.states import ReviewSection
from oeuvre.interfaces.site.studio_gigs.lists import CriteriaEditor, ExtrasEditor, FaqEditor, RequirementsEditor
from oeuvre.interfaces.site.studio_gigs.packages import PackagesEditor
from oeuvre.interfaces.site.studio_gigs.samples import SamplesEditor
from oeuvre.interfaces.site.studio_gigs.words import AiEditor, DetailsEditor, WordsEditor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.catalog.content import GigContent
    from oeuvre.domains.catalog.errors import GigContentError
    from oeuvre.domains.catalog.selectors import GigDraft
    from oeuvre.interfaces.site.studio_gigs.editing import Editor

CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Section:
    """``holds`` are parts of the content; ``rights`` stands for the answer to the attribute ``licence``."""

    key: str
    label: StrOrPromise
    lede: StrOrPromise
    holds: tuple[str, ...]
    editor: type[Editor] | None = None
    is_optional: bool = False

    def address(self, gig_id: UUID) -> str:
        if self.key == CATEGORY:
            return reverse("studio_gigs:category", args=[gig_id])
        return reverse("studio_gigs:section", args=[gig_id, self.key])


_ALL = (
    Section(
        CATEGORY,
        gettext_lazy("Category"),
        gettext_lazy("Where buyers look for it. It decides what is asked."),
        ("category",),
    ),
    Section(
        "words",
        gettext_lazy("Title and text"),
        gettext_lazy("What you offer, in your own words."),
        ("title", "summary", "description"),
        WordsEditor,
    ),
    Section(
        "details",
        gettext_lazy("Details"),
        gettext_lazy("What buyers filter by. An unanswered line is found by no filter on it."),
        ("attributes", "languages"),
        DetailsEditor,
    ),
    Section(
        "ai",
        gettext_lazy("AI and rights"),
        gettext_lazy("A promise that each delivery is held to."),
        ("ai_policy", "rights"),
        AiEditor,
    ),
    Section(
        "packages",
        gettext_lazy("Packages"),
        gettext_lazy("Up to three sizes. Each costs more than the one before."),
        ("packages",),
        PackagesEditor,
    ),
    Section(
        "extras",
        gettext_lazy("Extras"),
        gettext_lazy("What can be added to any package, for more money and time."),
        ("extras",),
        ExtrasEditor,
        is_optional=True,
    ),
    Section(
        "requirements",
        gettext_lazy("Questions to the buyer"),
        gettext_lazy("Asked after the order. Your time begins when they are answered."),
        ("requirements",),
        RequirementsEditor,
        is_optional=True,
    ),
    Section(
        "criteria",
        gettext_lazy("Every delivery"),
        gettext_lazy("What each delivery must meet. Software checks it before the buyer is asked."),
        ("criteria",),
        CriteriaEditor,
        is_optional=True,
    ),
    Section(
        "samples",
        gettext_lazy("Samples"),
        gettext_lazy("What a buyer gets, shown. Each says how it was made."),
        ("samples",),
        SamplesEditor,
        is_optional=True,
    ),
    Section(
        "faq",
        gettext_lazy("Answers"),
        gettext_lazy("What buyers ask before they order, answered once."),
        ("faq",),
        FaqEditor,
        is_optional=True,
    ),
)
SECTIONS = {section.key: section for section in _ALL}


def section_of(field: str) -> Section:
    """The section in which a field of the content is written; ``field`` is a path such as ``packages.basic.price``."""
    head, _dot, rest = field.partition(".")
    if head == "attributes" and rest == LICENCE:
        head = "rights"
    return next((section for section in _ALL if head in section.holds), SECTIONS["words"])


def reasons_for(section: Section, reasons: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What an operator wrote about parts that this section holds: ``(the part's label, text)``."""
    held = {*section.holds, "attributes"} if "rights" in section.holds else {*section.holds}
    return [(str(ReviewSection(name).label), text) for name, text in reasons if name in held]


def after(section: Section) -> Section | None:
    """The section that comes next; None after the last."""
    place = _ALL.index(section) + 1
    return _ALL[place] if place < len(_ALL) else None


def anchor(field: str) -> str:
    """The id of the form's field that a field of the content is shown by."""
    head, _dot, rest = field.partition(".")
    if head == "attributes":
        return "id_licence" if rest == LICENCE else f"id_a_{rest}"
    if head == "packages":
        key, _dot, name = rest.partition(".")
        return f"id_{key or 'basic'}-{name or 'title'}"
    return {"languages": "id_main_language"}.get(head, f"id_{head}" if not rest else "section")


def fingerprint(section: Section, content: GigContent) -> str:
    """Changes when what the section holds changes, and only then: two windows in two sections do not meet."""
    plain = parts_of(content)
    held = json.dumps([plain[part] for part in section.holds], sort_keys=True, default=str)
    return hashlib.sha256(held.encode()).hexdigest()[:16]


def parts_of(content: GigContent) -> dict[str, Any]:
    """The content as plain values by the parts that sections hold."""
    plain = catalog.content_json(content)
    return {**plain, "rights": plain["attributes"].pop(LICENCE, "")}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that keeps a draft from being handed in, with the way to its field."""

    message: str
    href: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A section as the list beside the editor shows it: ``state`` is done, open (something is missing) or empty."""

    section: Section
    href: str
    state: str
    gaps: tuple[Gap, ...]
    is_here: bool
    is_returned: bool
    """Whether an operator wrote about it."""


def gap_of(gig_id: UUID, problem: GigContentError) -> Gap:
    return Gap(problem.message, f"{section_of(problem.field).address(gig_id)}#{anchor(problem.field)}")


def stages(draft: GigDraft, here: Section | None = None, reasons: Sequence[tuple[str, str]] = ()) -> list[Stage]:
    """How far the draft is, section by section; ``reasons`` are those of the head."""
    found: dict[str, list[GigContentError]] = {}
    for problem in draft.problems:
        found.setdefault(section_of(problem.field).key, []).append(problem)
    plain = parts_of(draft.content)
    return [
        Stage(
            section,
            section.address(draft.gig.pk),
            _state(section, found.get(section.key, ()), [plain[part] for part in section.holds]),
            tuple(gap_of(draft.gig.pk, problem) for problem in found.get(section.key, ())),
            section is here,
            bool(reasons_for(section, reasons)),
        )
        for section in _ALL
    ]


def _state(section: Section, problems: Sequence[GigContentError], held: Sequence[Any]) -> str:
    if problems:
        return "open"
    return "done" if any(held) or not section.is_optional else "empty"
