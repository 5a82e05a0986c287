"""How much a dispute may hold. Lengths are characters, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass

from oeuvre.kit.files.naming import MB


@dataclass(frozen=True, slots=True)
class Limits:
    least: int = 20
    """Less says too little to answer."""
    text: int = 5000
    note: int = 1000
    statements: int = 20
    """Of each side, beside the claim, the answer and the appeal."""
    proposals: int = 20
    """Of each side."""
    per_side: int = 3
    """Disputes that one side may open about one order."""
    redelivery_days: int = 60
    bundle: int = 50 * MB
    """Files in one bundle of evidence; what does not fit is named in it with its hash."""
    kept_days: int = 365
    """How long words and evidence are kept after the end."""
    appeal_days: int = 7


LIMITS = Limits()
