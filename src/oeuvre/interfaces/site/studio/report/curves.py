"""What is said beside the curve of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class CurveWords:
    """Title, the names of the two lines, what the vertical axis counts, and what is said where the second line rose."""

    title: StrOrPromise
    learned: StrOrPromise
    held_out: StrOrPromise
    y: StrOrPromise
    rose: StrOrPromise


USUAL = CurveWords(
    title=gettext_lazy("Loss while training"),
    learned=gettext_lazy("Works it learns from"),
    held_out=gettext_lazy("Works held out"),
    y=gettext_lazy("Loss (nats a token)"),
    rose=gettext_lazy("The held-out loss rose again at the end; the best step is kept, not the last."),
)
"""Of a model that foresees the next token."""
