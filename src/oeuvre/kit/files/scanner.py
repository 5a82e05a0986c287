"""What looks for malicious software in files. Asked for as ``port("scanner", Scanner)``."""

from __future__ import annotations

from typing import Protocol


class Scanner(Protocol):
    """Knows malicious files by their bytes."""

    def scan(self, data: bytes) -> str:
        """The name of what was found; empty where nothing was. Raises ScannerUnavailableError."""
        ...


class NoScanner:
    """The provider of an installation without a scanner: what the types let through stays."""

    def scan(self, data: bytes) -> str:
        return ""
