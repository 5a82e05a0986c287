"""Lengths of time as people write them."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """``0:42``, ``12:05``, ``1:02:03``: rounded to whole seconds."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"
