"""The operator's answer to a report."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from oeuvre.domains.conversations.limits import NOTE_CHARACTERS
from oeuvre.domains.conversations.states import ReportState


class AnswerForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("Is it against the rules?"),
        choices=[
            (ReportState.BREACH, gettext_lazy("Yes, it is against the rules.")),
            (ReportState.NO_BREACH, gettext_lazy("No, it is within the rules.")),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer"),
        help_text=gettext_lazy("Whoever reported it reads this. Say what you found and what you do about it."),
        max_length=NOTE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
