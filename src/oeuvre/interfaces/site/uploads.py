"""Several files in one field of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; cleans to their list. Empty ones are left to the service, which says so by name."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = [file for file in (data if isinstance(data, (list, tuple)) else [data]) if file]
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"])
        return given
