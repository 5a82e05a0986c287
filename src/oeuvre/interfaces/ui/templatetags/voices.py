"""What pages say of readings: the time that is left, and what was measured, in words for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from oeuvre.domains.creation.models_voice import VoiceConsent

register = template.Library()

_MEASURES = (
    ("likeness_a_lowest", gettext_lazy("Likeness to the least like recording, first measure"), "{:.2f}"),
    ("likeness_b_lowest", gettext_lazy("Likeness to the least like recording, second measure"), "{:.2f}"),
    ("word_error_rate", gettext_lazy("Words heard differently"), "{:.0%}"),
    ("heard", gettext_lazy("Words heard"), "{}"),
    ("seconds", gettext_lazy("Seconds"), "{:.1f}"),
    ("replay_likeness", gettext_lazy("Likeness to anything handed in before, as a recording"), "{:.2f}"),
    ("works", gettext_lazy("Recordings compared"), "{:.0f}"),
)
"""By the names that the studio's check has; those that it does not tell are left out."""


@register.filter
def seconds_left(reading: VoiceConsent) -> int:
    """Until the phrase may not be read any more; never less than one, so that a page that counts down is not too early."""
    return max(1, math.ceil((reading.expires_at - timezone.now()).total_seconds()) + 1)


@register.filter
def measured(reading: VoiceConsent) -> list[tuple[str, str]]:
    """What the check found, as labels and values."""
    scores = reading.scores
    rows = [(str(label), form.format(scores[name])) for name, label, form in _MEASURES if name in scores]
    if scores.get("same_file"):
        rows.append((_("The same file was handed in before"), _("yes")))
    return rows
