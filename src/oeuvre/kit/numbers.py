"""Numbers for people: on certificates, receipts and orders."""

from __future__ import annotations

import secrets

from django.utils import timezone

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits that cannot be taken for each other when read aloud."""


def reference_number(prefix: str) -> str:
    """A number such as ``LC-2026-7K3F9QXB``: 40 random bits, so it cannot be guessed or counted."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{prefix}-{timezone.now():%Y}-{random}"
