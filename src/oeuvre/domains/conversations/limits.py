"""How much a message may hold, and how many of them there may be. Sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

BODY_CHARACTERS = 4000
TEMPLATES = 50
"""Templates of one freelancer."""
TEMPLATE_TITLE = 80
REPORTED_MESSAGES = 10
"""Messages that one report may show."""
NOTE_CHARACTERS = 1000
"""A reporter's note, and an operator's answer."""
REPORT_KEPT_DAYS = 90
"""How long what was reported is kept after the answer."""


@dataclass(frozen=True, slots=True)
class AttachmentLimits:
    """The operator's settings."""

    files: int
    """Files of one message."""
    file: int
    """One file."""
    message: int
    """All files of one message."""
    day: int
    """What one person may attach in 24 hours."""


def attachment_limits() -> AttachmentLimits:
    return AttachmentLimits(
        files=settings.ATTACHMENT_FILES,
        file=settings.ATTACHMENT_BYTES,
        message=settings.ATTACHMENTS_BYTES,
        day=settings.ATTACHMENTS_DAY_BYTES,
    )
