"""Reading the mails that an installation without a mail server writes to a folder."""

from __future__ import annotations

import email
import email.policy
import re
from typing import TYPE_CHECKING

from oeuvre.commands.walk.telling import wait_for

if TYPE_CHECKING:
    from pathlib import Path

_BETWEEN = re.compile(r"^-{79}$", re.MULTILINE)
_SECONDS = 60.0


def mailed_link(folder: Path, address: str, pattern: str) -> str:
    """The link matching ``pattern`` in a mail to ``address``, once it is there. Raises WrongError."""
    return wait_for(lambda: _find(folder, address, pattern), _SECONDS, f"a mail to {address} in {folder}")


def _find(folder: Path, address: str, pattern: str) -> str | None:
    for path in sorted(folder.glob("*"), key=lambda found: found.stat().st_mtime, reverse=True):
        for part in _BETWEEN.split(path.read_text(errors="replace")):
            message = email.message_from_string(part.strip(), policy=email.policy.default)
            body = message.get_body(("plain",))
            if body is None or address not in str(message["To"]):
                continue
            found = re.search(pattern, str(body.get_content()))
            if found:
                return found[0]
    return None
