"""The form to keep a search."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from oeuvre.domains.search.saved import NAME_CHARACTERS
from oeuvre.domains.search.states import Notify


class SaveForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_CHARACTERS)
    notify = forms.ChoiceField(
        label=_("When something new fits"),
        choices=[
            (Notify.NEVER, _("Say nothing; I look myself.")),
            (Notify.DAILY, _("Send me one mail on days with something new.")),
        ],
        widget=forms.RadioSelect,
    )
