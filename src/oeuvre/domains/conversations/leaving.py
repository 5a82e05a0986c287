"""What accounts ask of conversations when a person takes their data away, or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.conversations import services
from oeuvre.domains.conversations.limits import REPORT_KEPT_DAYS
from oeuvre.domains.conversations.models import Message, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oeuvre.kit.actor import Actor


def export(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """One file with all that the person wrote and set, and every file that they attached."""
    found = services.messages_export(actor=actor)
    yield "messages.json", json.dumps(found, ensure_ascii=False, indent=1).encode()
    yield from services.files_export(actor=actor)


def erase(actor: Actor) -> None:
    services.messages_erase(actor=actor)


def effects(actor: Actor) -> Iterator[DeletionEffect]:
    said = _(
        "The words and files of your messages are removed, also for the people you wrote to. Theirs stay with them."
    )
    yield DeletionEffect(Message.objects.filter(author_id=actor.person_id, erased_at=None), lambda _count: said)
    kept = _(
        "Messages that you reported, or somebody reported of you, stay with the operator until %(days)d days after "
        "the answer."
    ) % {"days": REPORT_KEPT_DAYS}
    reported = Q(reported_id=actor.person_id) | Q(reporter_id=actor.person_id)
    yield DeletionEffect(Report.objects.filter(reported, purged_at=None), lambda _count: kept)
