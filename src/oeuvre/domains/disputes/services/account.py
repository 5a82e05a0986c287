"""What disputes do when a person takes their data away or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import DeletionBlockedError
from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.disputes.common import locked, visible
from oeuvre.domains.disputes.reading import entries_of
from oeuvre.domains.disputes.services.tending import dispute_purge
from oeuvre.domains.disputes.states import OPEN
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from oeuvre.domains.disputes.models import Dispute


def _own(actor: Actor) -> QuerySet[Dispute]:
    """Also of an operator only those that they are part of."""
    return visible(Actor(actor.person_id, frozenset())).order_by("created_at")


def export(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """Each of the person's disputes as JSON."""
    for dispute in _own(actor):
        facts = entries_of(dispute) | {
            "order": dispute.order.number,
            "state": dispute.status,
            "settled by": dispute.settled_by,
            "outcome": dispute.settled_kind,
            "back": dispute.settled_back,
            "ended": dispute.ended_at,
        }
        yield (
            f"{dispute.number}.json",
            json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode(),
        )


def erase(actor: Actor) -> None:
    """Destroy the words and evidence of the person's disputes. Raises DeletionBlockedError while one is open."""
    own = _own(actor)
    if own.filter(status__in=[str(state) for state in OPEN]).exists():
        raise DeletionBlockedError(_("A dispute of yours is open. Settle it first, or withdraw it."))
    for dispute_id in own.values_list("pk", flat=True):
        dispute_purge(locked(dispute_id))


def erase_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""
    said = _("What was written in your disputes, and their evidence, is destroyed for both sides. Outcomes stay.")
    return [DeletionEffect(_own(actor).filter(purged_at=None), lambda _count: said)]
