"""Public verification of what orders hand over: by number, by hash, by credentials. Part of the selectors.

It says what the signed assignment of rights and the files' own credentials carry, and never who ordered, what it is called
or what it cost. Of an order that handed nothing over, nobody hears that it exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from oeuvre.domains.orders.models import DeliveryFile, Order
from oeuvre.domains.orders.ports import Credentials
from oeuvre.domains.orders.states import OPEN, AiUse, DeliveryState
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from datetime import datetime

_HASH = re.compile(r"[0-9a-f]{64}")
_PREFIX = "OR-"


class RightsState(StrEnum):
    """How it stands with the rights in what was handed over."""

    ASSIGNED = "assigned"
    """Accepted and paid for; the assignment is signed."""
    PENDING = "pending"
    """Handed over, and not accepted yet or still in dispute: the rights are the freelancer's."""
    RETURNED = "returned"
    """The order ended without them, or the money went back: the rights are the freelancer's."""


@dataclass(frozen=True, slots=True)
class OrderVerification:
    """What everybody may know of an order that handed something over."""

    number: str
    creator: str
    """The freelancer, as in the files' credentials."""
    state: RightsState
    rights: tuple[str, ...]
    """The licence in plain words; empty where nothing is assigned."""
    ai_use: tuple[AiUse, ...]
    """What was declared about AI, of the deliveries that the answer is about."""
    handed_over_at: datetime | None
    signature_valid: bool
    fingerprint: str
    """Of the key that signed the assignment."""
    is_file: bool
    """Whether exactly this file was handed over."""


def verify_order(*, query: str) -> OrderVerification | None:
    """Look up an order's number, or the SHA-256 of a file that an order handed over; None for anything else."""
    query = query.strip()
    if _HASH.fullmatch(query.lower()):
        return _by_hash(query.lower())
    return _by_number(query.upper()) if query.upper().startswith(_PREFIX) else None


def _by_number(number: str) -> OrderVerification | None:
    order = Order.objects.select_related("freelancer").filter(number=number).first()
    return _verified(order, None) if order else None


def _by_hash(digest: str) -> OrderVerification | None:
    """The order that handed the file over; of several, one whose rights are assigned, else the latest."""
    rows = DeliveryFile.objects.filter(Q(signed_sha256=digest) | Q(sha256=digest)).exclude(
        delivery__status=DeliveryState.DRAFT
    )
    found = [
        answer
        for file in rows.select_related("delivery__order__freelancer").order_by("-created_at")
        if (answer := _verified(file.delivery.order, file)) is not None
    ]
    assigned = (answer for answer in found if answer.state is RightsState.ASSIGNED)
    return next(assigned, found[0] if found else None)


def _verified(order: Order, file: DeliveryFile | None) -> OrderVerification | None:
    """Of an order, or of one file of it; None where it handed nothing over."""
    deliveries = list(order.deliveries.exclude(status=DeliveryState.DRAFT).order_by("number"))
    if not deliveries:
        return None
    statement: dict[str, Any] = order.rights_statement
    payload = statement.get("payload", {})
    covered = {row["sha256"] for row in payload.get("files", [])}
    assigned = bool(statement) and (file is None or bool(covered & {file.sha256, file.signed_sha256}))
    unassigned = RightsState.PENDING if order.status in OPEN else RightsState.RETURNED
    about = [row for row in deliveries if row.pk == file.delivery_id] if file else _declared(deliveries, assigned)
    return OrderVerification(
        number=order.number,
        creator=payload.get("freelancer") or str(order.freelancer),
        state=RightsState.ASSIGNED if assigned else unassigned,
        rights=tuple(payload.get("terms", ())) if assigned else (),
        ai_use=tuple(dict.fromkeys(AiUse(row.ai_use) for row in about if row.ai_use)),
        handed_over_at=about[-1].submitted_at if about else None,
        signature_valid=bool(statement) and port("credentials", Credentials).verify_statement(statement),
        fingerprint=statement.get("fingerprint", ""),
        is_file=file is not None,
    )


def _declared(deliveries: list[Any], assigned: bool) -> list[Any]:
    """The deliveries that an order's answer is about: those that were accepted, once rights are assigned."""
    accepted = [row for row in deliveries if row.status == DeliveryState.ACCEPTED]
    return accepted if assigned and accepted else deliveries[-1:]
