"""What orders do when a person takes their data away or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import DeletionBlockedError, KeyDestroyedError
from oeuvre.domains.accounts.services import DeletionEffect, vault_destroy
from oeuvre.domains.orders.access import closed_milestones
from oeuvre.domains.orders.common import KEY_OWNER, unseal
from oeuvre.domains.orders.files import file_open
from oeuvre.domains.orders.models import DeliveryFile, Order, OrderLine
from oeuvre.domains.orders.states import OPEN, DeliveryState, LineState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor


def _orders(actor: Actor) -> QuerySet[Order]:
    mine = Q(buyer_id=actor.person_id) | Q(freelancer_id=actor.person_id)
    return Order.objects.filter(mine).select_related("buyer", "freelancer").order_by("created_at")


def account_files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """Every order of the actor's as JSON, with the files that were handed over in it."""
    for order in _orders(actor):
        folder = order.number
        try:
            yield f"{folder}/order.json", _json(_facts(order))
            for file in _handed_over(actor, order):
                number = file.delivery.number
                yield f"{folder}/delivery-{number}/{file.pk.hex[:8]}-{file.name}", file_open(file, order.pk)
        except KeyDestroyedError:  # the buyer has left, and took what was written with them
            yield f"{folder}/order.json", _json({"number": order.number, "state": order.status})


def _handed_over(actor: Actor, order: Order) -> QuerySet[DeliveryFile]:
    """What of it the actor may fetch."""
    closed = closed_milestones(order) if order.buyer_id == actor.person_id else frozenset()
    files = DeliveryFile.objects.filter(delivery__order=order).exclude(delivery__status=DeliveryState.DRAFT)
    files = files.exclude(delivery__milestone__in=closed)
    return files.select_related("delivery").order_by("delivery__number", "created_at")


def _facts(order: Order) -> dict[str, Any]:
    answers = unseal(order.pk, order.answers, f"order:{order.pk}:answers")
    return {
        "number": order.number,
        "title": order.title,
        "scope": unseal(order.pk, order.scope, f"order:{order.pk}:scope"),
        "buyer": order.buyer.public_name,
        "freelancer": order.freelancer.public_name,
        "state": order.status,
        "ordered": order.created_at,
        "answers": json.loads(answers) if answers else {},
        "lines": [
            {
                "title": line.title,
                "state": line.status,
                "paid": str(line.agreed.total),
                "price": str(line.agreed.price),
                "returned": str(line.returned.total),
                "freelancer": str(line.kept.freelancer),
            }
            for line in order.lines.all()
        ],
        "rights": order.rights_statement,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def account_erase(actor: Actor) -> None:
    """Destroy the keys of the orders that the actor bought: what was written and delivered in them is theirs to end.

    What the actor delivered to others stays with its buyers, and books and numbers stay. Raises DeletionBlockedError
    while an order is open or money of one is clearing.
    """
    if _orders(actor).filter(status__in=OPEN).exists():
        raise DeletionBlockedError(_("You have orders that are not finished. Finish or end them first."))
    if _clearing(actor).exists():
        raise DeletionBlockedError(_("Money of your orders is still clearing. Wait until it can be paid out."))
    for order in _orders(actor).filter(buyer_id=actor.person_id):
        vault_destroy(actor=actor, owner_type=KEY_OWNER, owner_id=order.pk)


def _clearing(actor: Actor) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(order__freelancer_id=actor.person_id, status=LineState.RELEASED)


def account_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""
    books = _("What you delivered stays with your buyers; the books of your orders are kept without your name.")
    keys = _("Download what you ordered first: the keys of your orders are destroyed, and nobody can read them.")
    return [
        DeletionEffect(_orders(actor), lambda _count: books),
        DeletionEffect(_orders(actor).filter(buyer_id=actor.person_id), lambda _count: keys),
    ]
