"""What changed between two versions of a gig, readable for freelancers, operators and buyers."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.catalog.states import AiPolicy, PackageKey, QuestionKind, SampleLabel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oeuvre.domains.catalog.content import Criterion, Extra, GigContent, Package, Question, Sample
    from oeuvre.domains.catalog.rules import AttributeWords

_PIECES = re.compile(r"\s+|[^\s]+")
_WORD_BY_WORD = 40
"""Texts of this many characters or more are compared word by word; shorter ones are shown whole."""

SAME, ADDED, TAKEN = "same", "added", "taken"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text: ``kind`` is SAME, ADDED or TAKEN (was there before)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changed. ``before`` or ``after`` is empty where it was added or taken out."""

    field: str
    label: str
    before: str
    after: str

    @property
    def parts(self) -> list[Part]:
        """Both texts as one, in the order to be read, what went before what came in its place."""
        if min(len(self.before), len(self.after)) < _WORD_BY_WORD:
            return [Part(kind, text) for kind, text in ((TAKEN, self.before), (ADDED, self.after)) if text]
        old, new = _PIECES.findall(self.before), _PIECES.findall(self.after)
        parts: list[Part] = []
        for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag == "equal":
                parts.append(Part(SAME, "".join(old[i:j])))
            else:
                both = ((TAKEN, "".join(old[i:j])), (ADDED, "".join(new[k:m])))
                parts.extend(Part(kind, text) for kind, text in both if text)
        return parts


def differences(
    before: GigContent, after: GigContent, words: AttributeWords, leaves: Mapping[str, str] | None = None
) -> list[Difference]:
    """Every field that differs, in the order of the page. Lists are compared entry by entry, by title or question.

    ``leaves`` gives the names of categories by their keys.
    """
    named = leaves or {}
    old = {field: (label, text) for field, label, text in _flat(before, words, named)}
    new = {field: (label, text) for field, label, text in _flat(after, words, named)}
    fields = [*new, *(field for field in old if field not in new)]
    found = []
    for field in sorted(fields, key=lambda name: _SECTIONS.index(name.partition(".")[0])):
        label = (new.get(field) or old[field])[0]
        was, is_ = old.get(field, ("", ""))[1], new.get(field, ("", ""))[1]
        if was != is_:
            found.append(Difference(field, label, was, is_))
    return found


_SECTIONS = [
    "title", "summary", "description", "category", "attributes", "languages", "ai_policy", "packages", "extras",
    "requirements", "criteria", "faq", "samples",
]  # fmt: skip


def _flat(content: GigContent, words: AttributeWords, leaves: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """``(field, label, text)`` for everything that a version says; empty texts are left out."""
    yield from _filled("title", _("Title"), content.title)
    yield from _filled("summary", _("Summary"), content.summary)
    yield from _filled("description", _("Description"), content.description)
    yield from _filled("category", _("Category"), leaves.get(content.category, content.category))
    for key, value in content.attributes.items():
        yield f"attributes.{key}", words.label(key), ", ".join(words.values(key, value))
    yield from _filled("languages", _("Languages"), ", ".join(content.languages))
    yield "ai_policy", _("Use of AI"), str(AiPolicy(content.ai_policy).label)
    for package in content.packages:
        yield from _package(package)
    for extra in content.extras:
        yield f"extras.{extra.title}", _("Extra: %(title)s") % {"title": extra.title}, _extra(extra)
    for question in content.requirements:
        yield f"requirements.{question.key}", _("Requirement"), _question(question)
    for number, criterion in enumerate(content.criteria):
        yield f"criteria.{number}", _("Criterion"), _criterion(criterion)
    for faq in content.faq:
        yield f"faq.{faq.question}", _("Question: %(question)s") % {"question": faq.question}, faq.answer
    for sample in content.samples:
        yield f"samples.{sample.ref_id or sample.title}", _("Sample"), _sample(sample)


def _filled(field: str, label: str, text: str) -> Iterator[tuple[str, str, str]]:
    if text:
        yield field, label, text


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _package(one: Package) -> Iterator[tuple[str, str, str]]:
    field, name = f"packages.{one.key}", str(PackageKey(one.key).label)
    yield f"{field}.title", _("%(package)s package") % {"package": name}, one.title
    yield f"{field}.price", _("%(package)s package: price") % {"package": name}, str(one.price)
    yield f"{field}.days", _("%(package)s package: time") % {"package": name}, _days(one.days)
    revisions = ngettext("%(count)d revision", "%(count)d revisions", one.revisions) % {"count": one.revisions}
    yield f"{field}.revisions", _("%(package)s package: revisions") % {"package": name}, revisions
    yield from _filled(
        f"{field}.description", _("%(package)s package: description") % {"package": name}, one.description
    )
    facts = ", ".join(f"{fact.quantity} {fact.label}" for fact in one.facts)
    yield from _filled(f"{field}.facts", _("%(package)s package: what is in it") % {"package": name}, facts)


def _extra(one: Extra) -> str:
    terms = f"{one.price}, +{_days(one.days)}"
    return f"{terms}. {one.description}" if one.description else terms


def _criterion(one: Criterion) -> str:
    facts = ", ".join(f"{name}: {value}" for name, value in one.spec.items())
    return f"{one.label or one.kind.replace('_', ' ')}" + (f" ({facts})" if facts else "")


def _sample(one: Sample) -> str:
    told = f"{one.title or one.ref_id or ''} ({SampleLabel(one.label).label})"
    return " ".join(part for part in (told, one.caption, one.excerpt) if part)


def _question(one: Question) -> str:
    kind = str(QuestionKind(one.kind).label)
    need = _("required") if one.required else _("optional")
    bounds = [f"≥ {one.minimum:g}"] if one.minimum is not None else []
    bounds += [f"≤ {one.maximum:g}"] if one.maximum is not None else []
    terms = ", ".join([kind, need, *one.options, *bounds])
    return f"{one.label} ({terms})" + (f" {one.help}" if one.help else "")
