"""One way from a service's error to the place on the page where it belongs.

A form's view says ``with FormErrors(form): service(...); return redirect(...)`` and renders the form below it; a single
button's view says ``with MessageErrors(request): ...`` and redirects below it. What does not exist stays a 404.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError

from oeuvre.kit.errors import DomainError, NotFoundError

if TYPE_CHECKING:
    from types import TracebackType

    from django.forms import BaseForm
    from django.http import HttpRequest


class _Shown:
    """Ends a block at an error that people can do something about."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, NotFoundError) or not isinstance(error, (DomainError, ValidationError)):
            return False
        self.show(error)
        return True

    def show(self, error: DomainError | ValidationError) -> None:
        raise NotImplementedError


class FormErrors(_Shown):
    """Puts the error on the form: on the field that the error's context names, else above all fields."""

    def __init__(self, form: BaseForm) -> None:
        self.form = form

    def show(self, error: DomainError | ValidationError) -> None:
        if isinstance(error, DomainError):
            field = error.context.get("field")
            self.form.add_error(field if field in self.form.fields else None, error.message)
        elif hasattr(error, "error_dict"):
            for field, problems in error.error_dict.items():
                self.form.add_error(field if field in self.form.fields else None, problems)
        else:
            self.form.add_error(None, error)


class MessageErrors(_Shown):
    """Puts the error above the next page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def show(self, error: DomainError | ValidationError) -> None:
        text = error.message if isinstance(error, DomainError) else " ".join(error.messages)
        messages.error(self.request, text)
