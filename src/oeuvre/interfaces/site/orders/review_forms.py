"""Forms of reviews: three scores, a text, and one public answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.ratings import SCORES, question_of
from oeuvre.domains.reviews.states import Aspect, Part, ReportReason, Side


class ReviewForm(forms.Form):
    """What one of the two says of the other. Each score is 1 to 5."""

    def __init__(self, *args: Any, side: Side, **options: Any) -> None:
        super().__init__(*args, **options)
        for aspect in Aspect:
            self.fields[str(aspect)] = forms.TypedChoiceField(
                label=question_of(side, aspect),
                choices=[(score, str(score)) for score in SCORES],
                coerce=int,
                widget=forms.RadioSelect(attrs={"class": "score"}),
            )
        self.fields["text"] = forms.CharField(
            label=gettext_lazy("What should others know?"),
            min_length=LIMITS.least,
            max_length=LIMITS.text,
            widget=forms.Textarea(attrs={"rows": 5}),
        )
        self.fields["named"] = forms.BooleanField(
            label=gettext_lazy("My name may stand in their signed reputation"),
            help_text=gettext_lazy("Else it stands there as a customer's, without a name."),
            required=False,
        )

    @property
    def scores(self) -> dict[str, int]:
        """The three scores of a valid form."""
        return {str(aspect): self.cleaned_data[str(aspect)] for aspect in Aspect}


class ReviewAnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        help_text=gettext_lazy("Everybody reads it beside the review. It stays as it is."),
        max_length=LIMITS.answer,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReviewReportForm(forms.Form):
    """Why an operator should look at a review or at its answer."""

    part = forms.ChoiceField(label=gettext_lazy("Which words?"), choices=Part.choices, widget=forms.RadioSelect)
    reason = forms.ChoiceField(
        label=gettext_lazy("What is wrong"), choices=ReportReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("What the operator should know"),
        help_text=gettext_lazy("Only the operator reads it."),
        max_length=LIMITS.note,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
