"""Sections that are lists: extras, what a buyer is asked, questions with answers; and what every delivery must meet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.content import Criterion, Extra, Faq, Question
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.states import QuestionKind
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.orders.criteria import CriteriaForm, criterion_words, with_labels
from oeuvre.interfaces.site.studio.forms import LinesField
from oeuvre.interfaces.site.studio_gigs.editing import FormEditor, RowsEditor
from oeuvre.interfaces.site.studio_gigs.fields import PriceField
from oeuvre.kit.files.naming import MB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

    from oeuvre.domains.catalog.content import GigContent

PROPOSED = 6
"""Questions that buyers are told to ask, of all that the category's use cases name."""


class ExtraRow(forms.Form):
    title = forms.CharField(label=gettext_lazy("What it is"), max_length=LIMITS.extra_title)
    price = PriceField(label=gettext_lazy("Price"))
    days = forms.IntegerField(label=gettext_lazy("Days that it adds"), initial=0, min_value=0)
    description = forms.CharField(
        label=gettext_lazy("In a sentence"), max_length=LIMITS.extra_description, required=False
    )

    @classmethod
    def initial_of(cls, entry: Extra) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in cls.base_fields}

    def entry(self) -> Extra:
        return Extra(**self.cleaned_data)


class ExtrasEditor(RowsEditor):
    name, row = "extras", ExtraRow
    template = "studio_gigs/sections/extras.html"

    def extra_context(self) -> dict[str, Any]:
        return {"currency": settings.CURRENCY}


class QuestionRow(forms.Form):
    """A question of any kind; what its kind does not have is left aside, not lost while it is edited."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Answered with"), choices=QuestionKind.choices, initial=QuestionKind.TEXT
    )
    label = forms.CharField(label=gettext_lazy("Question"), max_length=LIMITS.question_label)
    help = forms.CharField(
        label=gettext_lazy("Help"),
        max_length=LIMITS.question_help,
        required=False,
        help_text=gettext_lazy("A hint under the question."),
    )
    required = forms.BooleanField(label=gettext_lazy("Work cannot begin without it"), initial=True, required=False)
    options = LinesField(
        label=gettext_lazy("Options"),
        most=LIMITS.question_options,
        longest=LIMITS.question_option,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One a line, two or more."),
    )
    minimum = forms.FloatField(label=gettext_lazy("At least"), required=False)
    maximum = forms.FloatField(label=gettext_lazy("At most"), required=False)
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, entry: Question) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in cls.base_fields} | {"options": list(entry.options)}

    def entry(self) -> Question:
        given = dict(self.cleaned_data)
        kind = QuestionKind(given.pop("kind"))
        if kind is not QuestionKind.CHOICE:
            given["options"] = ()
        if kind is not QuestionKind.NUMBER:
            given["minimum"] = given["maximum"] = None
        return Question(kind=kind, **given | {"options": tuple(given["options"])})


class RequirementsEditor(RowsEditor):
    name, row = "requirements", QuestionRow
    template = "studio_gigs/sections/requirements.html"


class FaqRow(forms.Form):
    question = forms.CharField(label=gettext_lazy("Question"), max_length=LIMITS.faq_question)
    answer = forms.CharField(
        label=gettext_lazy("Answer"), max_length=LIMITS.faq_answer, widget=forms.Textarea(attrs={"rows": 3})
    )

    @classmethod
    def initial_of(cls, entry: Faq) -> dict[str, Any]:
        return {"question": entry.question, "answer": entry.answer}

    def entry(self) -> Faq:
        return Faq(**self.cleaned_data)


class FaqEditor(RowsEditor):
    name, row = "faq", FaqRow
    template = "studio_gigs/sections/faq.html"

    def added(self, place: str) -> dict[str, Any]:
        """An empty row, or one with a question that buyers of this category are told to ask."""
        number, proposed = number_of(place), self.proposed()
        return {"question": proposed[number]} if number is not None and number < len(proposed) else {}

    def proposed(self) -> list[str]:
        category = self.draft.content.category
        cases = catalog.use_cases(actor=self.actor, category=category) if category else ()
        asked = dict.fromkeys(question for case in cases for question in case.ask)
        return [question for question in asked if len(question) <= LIMITS.faq_question][:PROPOSED]

    def extra_context(self) -> dict[str, Any]:
        typed = {row["question"] for row in self.rows.typed}
        rest = [(place, question) for place, question in enumerate(self.proposed()) if question not in typed]
        return {"proposed": rest}


class CriteriaEditor(FormEditor):
    """What software checks at each delivery, and what the buyer judges."""

    template = "studio_gigs/sections/criteria.html"
    form: CriteriaForm

    def build(self, data: QueryDict | None) -> None:
        self.form = CriteriaForm(data, initial=criteria_initial(self.draft.content.criteria))
        self.form.fields["own"].help_text = gettext_lazy("One a line; the buyer judges these when it is delivered.")

    def name_of(self, field: str) -> str:
        return "own" if field.partition(".")[0] == "criteria" else ""

    def apply(self, content: GigContent) -> GigContent:
        """As it was sent, each put into words; what asks for the same as before keeps the words that it had."""
        given = [Criterion(str(one.kind), one.label, one.spec) for one in self.form.terms]
        kept = with_labels(given, content.criteria)
        found = (replace(one, label=one.label or criterion_words(one.kind, one.spec)) for one in kept)
        return replace(content, criteria=tuple(found))


def criteria_initial(criteria: Sequence[Criterion]) -> dict[str, Any]:
    """What stands in the form for these criteria."""
    found: dict[str, Any] = {"own": "\n".join(one.label for one in criteria if one.kind == "manual")}
    for one in criteria:
        spec = one.spec
        match one.kind:
            case "format":
                found["formats"] = ", ".join(spec.get("formats", []))
            case "words":
                found |= {"words_least": spec.get("least"), "words_most": spec.get("most")}
            case "duration":
                found |= {"seconds_least": spec.get("least"), "seconds_most": spec.get("most")}
            case "resolution":
                found |= {"width": spec.get("width"), "height": spec.get("height")}
            case "language":
                found["language"] = spec.get("language", "")
            case "size":
                found["megabytes"] = int(spec.get("most", 0)) // MB or None
            case "no_ai" | "credentials":
                found[one.kind] = True
    return found
