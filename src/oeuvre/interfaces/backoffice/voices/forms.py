"""The operator's decision about a reading."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class DecisionForm(forms.Form):
    """Whether it is the person whose recordings these are, and what they are told."""

    accept = forms.TypedChoiceField(
        label=gettext_lazy("Whose voice is it?"),
        choices=[
            ("yes", gettext_lazy("The voice of the recordings, reading this phrase. Consent holds.")),
            ("no", gettext_lazy("Another voice, other words, or in doubt. There is no consent.")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The freelancer reads it. Say what you heard, and what would change it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
