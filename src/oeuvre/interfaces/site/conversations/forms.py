"""The one form of conversations."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from oeuvre.domains.conversations.services import BODY_CHARACTERS


class MessageForm(forms.Form):
    """``message_id`` is drawn when the form is shown, so that sending it twice sends it once."""

    body = forms.CharField(
        label=_("Message"),
        strip=False,
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 4, "class": "input--prose", "maxlength": BODY_CHARACTERS}),
    )
    message_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
