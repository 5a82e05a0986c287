"""What accounts ask of insights when a person takes their data away, or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.insights.models import SettledQuestion, WeeklyMail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oeuvre.kit.actor import Actor


def export(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """One file with what the person set; figures are not kept, so there are none to take along."""
    row = WeeklyMail.objects.filter(person_id=actor.person_id).first()
    if row is not None:
        mailed = row.mailed_for.isoformat() if row.mailed_for else None
        yield "weekly-mail.json", json.dumps({"wanted": row.is_wanted, "mailed_for": mailed}, indent=1).encode()


def erase(actor: Actor) -> None:
    WeeklyMail.objects.filter(person_id=actor.person_id).delete()
    SettledQuestion.objects.filter(person_id=actor.person_id).delete()


def effects(actor: Actor) -> Iterator[DeletionEffect]:
    wanted = WeeklyMail.objects.filter(person_id=actor.person_id, is_wanted=True)
    yield DeletionEffect(wanted, lambda _count: _("The weekly mail about your business ends."))
