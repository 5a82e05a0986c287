"""The forms of the assistant's rules. Each section fills a part of its settings and says what it means."""

from __future__ import annotations

from datetime import time
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.assistant.content import Note
from oeuvre.domains.assistant.engine.types import (
    Audience,
    OfferLimits,
    OfficeWindow,
    Policy,
    TaskKind,
    Tone,
    Topic,
)
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.interfaces.site.assistant.wording import AUDIENCES, POLICIES, TASKS, TONES
from oeuvre.interfaces.site.studio_gigs.fields import PriceField, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.forms import BoundField

    from oeuvre.domains.assistant.content import SettingsContent

WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
LANGUAGES = (("en", gettext_lazy("English")), ("pt", gettext_lazy("Portuguese")))
"""In which the assistant can reply."""


@cache
def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones by region, as a list to choose from."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    regions = [
        (region, [(name, name.partition("/")[2].replace("_", " ")) for name in found])
        for region, found in groupby(names, lambda name: name.partition("/")[0])
    ]
    return [("UTC", [("UTC", "UTC")]), *regions]


def lines_of(text: str) -> tuple[str, ...]:
    """What stands in each line, without empty ones and without what is there already."""
    return tuple(dict.fromkeys(line for raw in text.splitlines() if (line := " ".join(raw.split()))))


class SectionForm(forms.Form):
    """Part of the settings. ``shown`` says how they fill the form, ``changes`` what a valid form changes in them."""

    use_required_attribute = False

    @classmethod
    def shown(cls, settings: SettingsContent) -> dict[str, Any]:
        raise NotImplementedError

    @property
    def changes(self) -> dict[str, Any]:
        raise NotImplementedError


def _policy_field(audience: Audience) -> forms.ChoiceField:
    said = AUDIENCES[audience]
    return forms.ChoiceField(
        label=said.label,
        help_text=said.text,
        choices=[(policy.value, POLICIES[policy].label) for policy in (Policy.ANSWER, Policy.DRAFT, Policy.OFF)],
        widget=forms.RadioSelect,
    )


class AudiencesForm(SectionForm):
    """What it does for whom, and when."""

    new = _policy_field(Audience.NEW)
    known = _policy_field(Audience.KNOWN)
    running_order = _policy_field(Audience.RUNNING_ORDER)
    away = _policy_field(Audience.AWAY)
    outside_office_only = forms.TypedChoiceField(
        label=gettext_lazy("When does it answer by itself?"),
        choices=[
            ("no", gettext_lazy("At any time")),
            ("yes", gettext_lazy("Only outside my office hours; within them it writes drafts")),
        ],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
    )

    returns_after_days = forms.TypedChoiceField(
        label=gettext_lazy("When does it take up a conversation again that you answered yourself?"),
        help_text=gettext_lazy("Where a buyer asked for you in person, it waits until you give the conversation back."),
        choices=[
            ("1", gettext_lazy("After a day without a word of yours")),
            ("3", gettext_lazy("After three days")),
            ("7", gettext_lazy("After a week")),
            ("0", gettext_lazy("Never by itself")),
        ],
        coerce=int,
    )

    @classmethod
    def shown(cls, settings: SettingsContent) -> dict[str, Any]:
        policies = {audience.value: settings.policies.get(audience, Policy.OFF).value for audience in Audience}
        return {
            **policies,
            "outside_office_only": "yes" if settings.outside_office_only else "no",
            "returns_after_days": settings.returns_after_days,
        }

    @property
    def changes(self) -> dict[str, Any]:
        given = self.cleaned_data
        policies = {audience: Policy(given[audience.value]) for audience in Audience}
        return {
            "policies": policies,
            "outside_office_only": given["outside_office_only"],
            "returns_after_days": given["returns_after_days"],
        }

    @property
    def policy_fields(self) -> list[BoundField]:
        return [self[audience.value] for audience in Audience]


class VoiceForm(SectionForm):
    """How it writes, and in which languages."""

    tone = forms.ChoiceField(
        label=gettext_lazy("How does it sound?"),
        help_text=gettext_lazy("Your approved answers are sent in your own words, whatever you choose here."),
        widget=forms.RadioSelect,
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("In which languages may it reply?"),
        help_text=gettext_lazy("It replies in the buyer's language where that is one of these."),
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
    )
    first = forms.ChoiceField(
        label=gettext_lazy("And to everybody else?"),
        help_text=gettext_lazy("Whoever writes in another language is answered in this one."),
        choices=LANGUAGES,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["tone"]
        field.choices = [
            (
                tone.value,
                format_html('<span><strong>{}</strong><br><span class="choice__example">{}</span></span>', *said),
            )
            for tone, said in ((tone, (TONES[tone].label, TONES[tone].example)) for tone in Tone)
        ]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, languages = found.get("first"), found.get("languages")
        if first and languages and first not in languages:
            self.add_error("first", _("Choose one of the languages that you ticked above, or tick this one too."))
        return found

    @classmethod
    def shown(cls, settings: SettingsContent) -> dict[str, Any]:
        languages = settings.languages or ("en",)
        return {"tone": Tone(settings.tone).value, "languages": languages, "first": languages[0]}

    @property
    def changes(self) -> dict[str, Any]:
        given = self.cleaned_data
        first = given["first"]
        rest = [language for language in given["languages"] if language != first]
        return {"tone": Tone(given["tone"]), "languages": (first, *rest)}


class HoursForm(SectionForm):
    """Office hours by weekday; a day without times is one without an office."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Your time zone"), choices=zones)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for day, name in enumerate(WEEKDAYS):
            for end in ("start", "end"):
                said = _("%(day)s, from") if end == "start" else _("%(day)s, until")
                self.fields[f"{end}_{day}"] = forms.TimeField(
                    label=said % {"day": name},
                    required=False,
                    widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M"),
                )

    @property
    def days(self) -> list[tuple[Any, BoundField, BoundField]]:
        """Name, from, until."""
        return [(name, self[f"start_{day}"], self[f"end_{day}"]) for day, name in enumerate(WEEKDAYS)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for day in range(len(WEEKDAYS)):
            start, end = found.get(f"start_{day}"), found.get(f"end_{day}")
            if start and not end:
                self.add_error(f"end_{day}", _("Until when? Leave both empty for a day off."))
            elif end and not start:
                self.add_error(f"start_{day}", _("From when? Leave both empty for a day off."))
            elif start and end and start >= end:
                self.add_error(f"end_{day}", _("The end must come after the beginning."))
        return found

    @classmethod
    def shown(cls, settings: SettingsContent) -> dict[str, Any]:
        found: dict[str, Any] = {"time_zone": settings.time_zone}
        for window in settings.office:
            found.setdefault(f"start_{window.weekday}", window.start)
            found[f"end_{window.weekday}"] = window.end
        return found

    @property
    def changes(self) -> dict[str, Any]:
        given = self.cleaned_data
        times: Iterable[tuple[int, time | None, time | None]] = (
            (day, given[f"start_{day}"], given[f"end_{day}"]) for day in range(len(WEEKDAYS))
        )
        office = tuple(OfficeWindow(day, start, end) for day, start, end in times if start and end)
        return {"time_zone": given["time_zone"], "office": office}


class LimitsForm(SectionForm):
    """What it may say about money besides what the gigs say."""

    discount_most = forms.IntegerField(
        label=gettext_lazy("Largest discount it may mention, in percent"),
        help_text=gettext_lazy(
            "0: it never mentions one. It only says that you may give it; your price stays as listed."
        ),
        min_value=0,
        max_value=LIMITS.discount,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    offers = forms.BooleanField(
        label=gettext_lazy("It may send custom offers"),
        help_text=gettext_lazy(
            "Only your packages times a number, plus your extras, at your prices. Everything else is handed off."
        ),
        required=False,
    )
    most = PriceField(
        label=gettext_lazy("Up to this amount"),
        help_text=gettext_lazy("A dearer offer waits for you."),
        required=False,
    )
    most_copies = forms.IntegerField(
        label=gettext_lazy("Up to this many of one package"),
        required=False,
        min_value=1,
        max_value=LIMITS.copies,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("offers"):
            if not found.get("most") and "most" not in self.errors:
                self.add_error("most", _("Write the largest amount, such as 400.00."))
            if not found.get("most_copies") and "most_copies" not in self.errors:
                self.add_error("most_copies", _("Write how many, 1 for a single one."))
        return found

    @classmethod
    def shown(cls, settings: SettingsContent) -> dict[str, Any]:
        offers = settings.offers
        return {
            "discount_most": settings.discount_most,
            "offers": offers is not None,
            "most": offers.most if offers else None,
            "most_copies": offers.most_copies if offers else 1,
        }

    @property
    def changes(self) -> dict[str, Any]:
        given = self.cleaned_data
        offers = OfferLimits(given["most"], given["most_copies"]) if given["offers"] else None
        return {"discount_most": given["discount_most"], "offers": offers}


class TasksForm(SectionForm):
    """Routine work, a switch each."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in TaskKind:
            said = TASKS[kind]
            self.fields[kind.value] = forms.BooleanField(label=said.label, help_text=said.text, required=False)

    @classmethod
    def shown(cls, settings: SettingsContent) -> dict[str, Any]:
        return {kind.value: kind in settings.tasks for kind in TaskKind}

    @property
    def changes(self) -> dict[str, Any]:
        return {"tasks": frozenset(kind for kind in TaskKind if self.cleaned_data[kind.value])}


class NeverForm(SectionForm):
    never = forms.CharField(
        label=gettext_lazy("Questions, one a line"),
        help_text=gettext_lazy("Also when they are asked in other words, or in another language."),
        required=False,
        max_length=LIMITS.question * LIMITS.topics,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    @classmethod
    def shown(cls, settings: SettingsContent) -> dict[str, Any]:
        return {"never": "\n".join(settings.never)}

    @property
    def changes(self) -> dict[str, Any]:
        return {"never": lines_of(self.cleaned_data["never"])}


class TopicRow(forms.Form):
    """A matter with a name and what people write when they mean it."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LIMITS.topic)
    examples = forms.CharField(
        label=gettext_lazy("What people write, one a line"),
        required=False,
        max_length=LIMITS.examples * LIMITS.example,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @property
    def value(self) -> Topic:
        return Topic(self.cleaned_data["name"], lines_of(self.cleaned_data["examples"]))

    @staticmethod
    def shown(topic: Topic) -> dict[str, str]:
        return {"name": topic.name, "examples": "\n".join(topic.examples)}


class NoteRow(forms.Form):
    """Something else that the assistant may say. ``key`` names it from its first save on, so that what cites it stays."""

    use_required_attribute = False

    title = forms.CharField(label=gettext_lazy("About"), max_length=LIMITS.note_title)
    text = forms.CharField(
        label=gettext_lazy("What is so"),
        max_length=LIMITS.note,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, initial="en")
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def value(self) -> Note:
        given = self.cleaned_data
        return Note(given["title"], given["text"], given["language"], given["key"])

    @staticmethod
    def shown(note: Note) -> dict[str, str]:
        return {"title": note.title, "text": note.text, "language": note.language, "key": note.key}


Row = TopicRow | NoteRow
TopicRows, NoteRows = rows_of(TopicRow), rows_of(NoteRow)
