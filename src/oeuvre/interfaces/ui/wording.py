"""Django's own sentences for fields that were left empty, in the product's voice: they say what to do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MISSING: dict[Any, Any] = {
    forms.Field: _("Fill this in."),
    forms.ChoiceField: _("Choose one."),
    forms.ModelChoiceField: _("Choose one."),
    forms.MultipleChoiceField: _("Choose at least one."),
    forms.ModelMultipleChoiceField: _("Choose at least one."),
    forms.BooleanField: _("Tick this to go on."),
    forms.FileField: _("Choose a file."),
}
"""By the field; one that is not here says what the nearest above it says. A field's own ``error_messages`` come first."""


def say_what_is_missing() -> None:
    """For every form of this process, those of other packages too."""
    for field, words in MISSING.items():
        field.default_error_messages = {**field.default_error_messages, "required": words}
