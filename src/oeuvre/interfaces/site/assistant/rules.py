"""The sections of the rules: what each is about, its form, and what it takes from the settings and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from oeuvre.interfaces.site.assistant import forms
from oeuvre.interfaces.site.assistant.forms import NoteRow, TopicRow
from oeuvre.interfaces.site.studio_gigs.fields import moved

if TYPE_CHECKING:
    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.assistant.content import SettingsContent
    from oeuvre.interfaces.site.assistant.forms import SectionForm


class FormEditor:
    """A section that is one form."""

    is_unsaved = False

    def __init__(self, form: type[SectionForm], settings: SettingsContent, data: QueryDict | None) -> None:
        self.form = form(data, initial=form.shown(settings))

    def rearrange(self, do: str) -> bool:
        """Whether the button was one that only changes what is on the page."""
        return False

    def is_valid(self) -> bool:
        return self.form.is_valid()

    @property
    def changes(self) -> dict[str, Any]:
        return self.form.changes


SUGGESTED: dict[str, tuple[tuple[StrOrPromise, StrOrPromise], ...]] = {
    "hand_off_topics": (
        (
            gettext_lazy("Contracts and confidentiality"),
            gettext_lazy("Can you sign our NDA?\nWe need a contract first"),
        ),
        (gettext_lazy("Money back"), gettext_lazy("I want a refund\nI am not happy with the delivery")),
        (gettext_lazy("Large projects"), gettext_lazy("We need this for twenty products\nA retainer for the year")),
        (gettext_lazy("Press and events"), gettext_lazy("We would like to interview you\nCan you speak at our event?")),
    ),
    "refused": (
        (gettext_lazy("Gambling and betting"), gettext_lazy("Texts for our casino\nA logo for a betting app")),
        (gettext_lazy("Work for exams"), gettext_lazy("Write my thesis\nDo my homework")),
        (gettext_lazy("Imitating somebody's style"), gettext_lazy("Exactly like this artist\nCopy this brand's look")),
        (gettext_lazy("Unpaid tests"), gettext_lazy("A free sample first\nThe first one for nothing")),
    ),
}
"""Matters that many freelancers list, each with what people write."""


class RowsEditor:
    """A section that is a list; rows are added and taken out on the page before they are saved."""

    form = None

    def __init__(self, name: str, settings: SettingsContent, data: QueryDict | None) -> None:
        self.name = name
        self.is_unsaved = False
        self.row: type[NoteRow | TopicRow] = NoteRow if name == "notes" else TopicRow
        self._made = forms.NoteRows if name == "notes" else forms.TopicRows
        self.rows = self._made(data, initial=[self.row.shown(one) for one in getattr(settings, name)], prefix="rows")

    def rearrange(self, do: str) -> bool:
        name, _colon, rest = do.partition(":")
        verb, _colon, place = rest.partition(":")
        if name != "rows" or verb not in ("add", "remove", "up", "suggest"):
            return False
        rows = self.rows.typed
        at = int(place) if place.isdecimal() else len(rows)
        if verb == "add":
            rows.append({})
        elif verb == "suggest":
            rows += [{"name": name, "examples": said} for name, said in SUGGESTED.get(self.name, ())[at : at + 1]]
        else:
            rows = moved(rows, verb, at)
        self.rows = self._made(initial=rows, prefix="rows")
        self.is_unsaved = True
        return True

    def is_valid(self) -> bool:
        return self.rows.is_valid()

    @property
    def changes(self) -> dict[str, Any]:
        return {self.name: tuple(row.value for row in self.rows.kept)}  # type: ignore[attr-defined]  # rows of ours

    @property
    def suggested(self) -> list[tuple[int, StrOrPromise]]:
        """Place and name of what is not in the list."""
        there = {str(row.get("name")).casefold() for row in self.rows.typed}
        offered = enumerate(SUGGESTED.get(self.name, ()))
        return [(at, name) for at, (name, _said) in offered if str(name).casefold() not in there]


Editor = FormEditor | RowsEditor


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the rules."""

    key: str
    label: StrOrPromise
    lede: StrOrPromise
    form: type[SectionForm] | None = None
    rows: str = ""
    """The part of the settings that a list fills, where there is no form."""

    @property
    def href(self) -> str:
        return reverse("assistant:rules_section", args=[self.key])

    @property
    def template(self) -> str:
        return f"assistant/rules/{'rows' if self.rows else self.key}.html"

    def editor(self, settings: SettingsContent, data: QueryDict | None = None) -> Editor:
        if self.form is None:
            return RowsEditor(self.rows, settings, data)
        return FormEditor(self.form, settings, data)


SECTIONS = (
    Section(
        "audiences",
        gettext_lazy("Whom it answers"),
        gettext_lazy("What it does for whom. You can begin with drafts and let it answer once you like what you read."),
        forms.AudiencesForm,
    ),
    Section(
        "voice",
        gettext_lazy("Tone and languages"),
        gettext_lazy("How it sounds where it does not use your own words."),
        forms.VoiceForm,
    ),
    Section(
        "hours",
        gettext_lazy("Office hours"),
        gettext_lazy("When people can expect you yourself. It proposes times only within them."),
        forms.HoursForm,
    ),
    Section(
        "limits",
        gettext_lazy("Discounts and offers"),
        gettext_lazy("Prices come from your gigs and nowhere else. Here is how far it may go beyond them."),
        forms.LimitsForm,
    ),
    Section(
        "tasks",
        gettext_lazy("Routine work"),
        gettext_lazy("What it does besides answering. Every message says that the assistant did it."),
        forms.TasksForm,
    ),
    Section(
        "notes",
        gettext_lazy("What else is so"),
        gettext_lazy("How you work, what you need to begin, your policies: it may say this too, and cites it."),
        rows="notes",
    ),
    Section(
        "topics",
        gettext_lazy("Topics for you"),
        gettext_lazy("Whatever touches one of these is handed off to you, even if it could answer."),
        rows="hand_off_topics",
    ),
    Section(
        "never",
        gettext_lazy("Never answered"),
        gettext_lazy("Questions that it leaves to you, always."),
        forms.NeverForm,
    ),
    Section(
        "refused",
        gettext_lazy("Refused work"),
        gettext_lazy(
            "What you do not take on. With the switch under Routine work it declines politely; without, it asks you."
        ),
        rows="refused",
    ),
)
BY_KEY = {section.key: section for section in SECTIONS}


def following(section: Section) -> Section | None:
    """The section after it, None after the last."""
    at = SECTIONS.index(section) + 1
    return SECTIONS[at] if at < len(SECTIONS) else None
