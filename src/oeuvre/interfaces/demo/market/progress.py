"""How far each story has been played, so that a start after a kill goes on where the last one was.

A beat and its record are one transaction. The records are in the audit log, as of everything else that the system does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.audit import selectors
from oeuvre.domains.audit import services as audit
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

CODE = "demo.played"


def played(operator: User, story: str) -> int:
    """How many beats of the story are done."""
    return selectors.history(subject=operator).filter(code=CODE, data__story=story).count()


def played_all(operator: User) -> dict[str, int]:
    """The same of every story that has begun."""
    found: dict[str, int] = {}
    for data in selectors.history(subject=operator).filter(code=CODE).values_list("data", flat=True):
        found[data["story"]] = found.get(data["story"], 0) + 1
    return found


def beat_done(operator: User, story: str, number: int) -> None:
    """Write down that a beat is done, in its transaction."""
    audit.record(actor=Actor.system(), code=CODE, subject=operator, story=story, beat=number)
