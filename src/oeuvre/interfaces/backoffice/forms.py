"""What an operator fills in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class DecisionForm(forms.Form):
    """About an application for a creation model."""

    approve = forms.TypedChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("yes", gettext_lazy("Approve: they may train and sell a creation model.")),
            ("no", gettext_lazy("Refuse for now: they may apply again on the date below.")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"),
        help_text=gettext_lazy("The freelancer reads them. Name the criteria, and for a refusal what would change it."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reapply_on = forms.DateField(
        label=gettext_lazy("May apply again on"),
        help_text=gettext_lazy("Only for a refusal. Empty means in 30 days."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class PriceForm(forms.Form):
    """What a month of a plan costs from now on."""

    amount = forms.DecimalField(
        label=gettext_lazy("Price a month, before tax"),
        help_text=gettext_lazy("Running periods keep the price that they began with."),
        min_value=0,
        max_digits=9,
        decimal_places=2,
    )
