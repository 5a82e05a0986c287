"""The forms of single things on the assistant's pages: an answer, a correction, a case, a draft, being away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.assistant.limits import LIMITS


class AwayForm(forms.Form):
    until = forms.DateField(
        label=gettext_lazy("Out of office until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class AnswerForm(forms.Form):
    """A question with its reply, as the bank keeps them."""

    question = forms.CharField(
        label=gettext_lazy("What buyers ask"),
        max_length=LIMITS.question,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reply = forms.CharField(
        label=gettext_lazy("Your reply"),
        help_text=gettext_lazy("It is sent as you write it here. Say only what is always true."),
        max_length=LIMITS.reply,
        widget=forms.Textarea(attrs={"rows": 6, "class": "input--prose"}),
    )


class CorrectionForm(forms.Form):
    reply = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=LIMITS.reply,
        widget=forms.Textarea(attrs={"rows": 6, "class": "input--prose"}),
    )
    keep = forms.BooleanField(
        label=gettext_lazy("Keep it as an answer"),
        help_text=gettext_lazy("Whoever asks this again gets these words."),
        required=False,
    )
    question = forms.CharField(
        label=gettext_lazy("The question that it answers"),
        help_text=gettext_lazy("In general words, without what is only this buyer's."),
        required=False,
        max_length=LIMITS.question,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("keep") and not found.get("question") and "question" not in self.errors:
            self.add_error("question", _("Write the question, or do not keep it as an answer."))
        return found


class CaseForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What a buyer could write"),
        max_length=LIMITS.case,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DraftForm(forms.Form):
    body = forms.CharField(
        label=gettext_lazy("Your assistant's draft"),
        max_length=LIMITS.reply,
        widget=forms.Textarea(attrs={"rows": 5, "class": "input--prose"}),
    )
