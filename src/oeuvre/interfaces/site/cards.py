"""The card form, wherever something is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from oeuvre.domains.billing.ports import CardDesk
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.billing.ports import SampleCard


class CardForm(forms.Form):
    """A card as it is typed in. Valid means that ``cleaned_data["token"]`` is what services take as ``method_token``.

    `templates/ui/card_fields.html` shows the fields with the sandbox's test cards.
    """

    number = forms.CharField(
        label=_("Card number"),
        max_length=25,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    expiry = forms.CharField(
        label=_("Expires"),
        max_length=7,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "MM/YY", "autocomplete": "off"}),
    )
    cvc = forms.CharField(
        label=_("Security code"),
        max_length=4,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    @property
    def samples(self) -> Sequence[SampleCard]:
        """The test cards that the template lists."""
        return port("cards", CardDesk).samples()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"number", "expiry", "cvc"} <= cleaned.keys():
            with FormErrors(self):
                cleaned["token"] = port("cards", CardDesk).tokenise(
                    number=cleaned["number"], expiry=cleaned["expiry"], cvc=cleaned["cvc"]
                )
        return cleaned
