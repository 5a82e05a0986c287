"""What orders sign: credentials in what is delivered, the assignment of rights, the buyer's word on training."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from oeuvre.domains.orders.drafts import draft_file, draft_of, draft_prompt
from oeuvre.domains.orders.models import DeliveryFile
from oeuvre.domains.orders.ports import Credentials
from oeuvre.domains.orders.states import EARNED, AiUse, DeliveryState
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import ConsentStatement, CredentialClaim, FileDigest, RightsAssignment, SourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from oeuvre.domains.orders.models import Delivery, Order
    from oeuvre.domains.orders.states import ConsentState
    from oeuvre.kit.provenance import Signed

_SOURCES = {
    AiUse.NONE: SourceType.CREATED,
    AiUse.ASSISTED: SourceType.COMPOSITE,
    AiUse.GENERATED: SourceType.GENERATED,
}
"""What a declaration says in the words of credentials, where there is no draft."""


def signer_of(order: Order, delivery: Delivery) -> Callable[[bytes, str], Signed]:
    """Gives ``sign(data, media type)`` for the files of a delivery.

    The credentials say who made it, for which order, and how. Where the order handed a draft over, it is an ingredient
    with its own credentials, and what became of it is a composite with human edits; also where models helped again, as
    ``delivery.ai_use`` then declares. ``sign`` raises CredentialError for a file that takes none.
    """
    draft = draft_of(order)
    claim = CredentialClaim(
        title=order.title,
        creator=str(order.freelancer),
        source_type=SourceType.COMPOSITE if draft else _SOURCES[AiUse(delivery.ai_use)],
        created_at=timezone.now(),
        version=draft.version if draft else "",
        licence=order.number,
        prompt_sha256=hashlib.sha256(draft_prompt(order, draft).encode()).hexdigest() if draft else "",
        seed=str(draft.seed) if draft else "",
        creator_url=settings.SITE_URL,
        software_agent=settings.SITE_NAME,
    )
    parents = [draft_file(order, draft)] if draft else []
    credentials = port("credentials", Credentials)
    return lambda data, media_type: credentials.sign(data, media_type, claim, parents)


def rights_statement(order: Order) -> dict[str, Any] | None:
    """The signed assignment of rights in all that was accepted and is paid for; None where nothing is."""
    paid_for = order.lines.filter(status__in=EARNED).values("milestone")
    accepted = order.deliveries.filter(status=DeliveryState.ACCEPTED, milestone__in=paid_for).order_by("number")
    if not accepted:
        return None
    files = DeliveryFile.objects.filter(delivery__in=accepted).order_by("created_at", "pk")
    statement = RightsAssignment(
        number=order.number,
        title=order.title,
        buyer=str(order.buyer),
        freelancer=str(order.freelancer),
        rights=order.rights,
        terms=tuple(order.rights_terms),
        files=_digests(files),
        ai_use=tuple(delivery.ai_use for delivery in accepted),
        issued_at=timezone.now(),
        verify_url=f"{settings.SITE_URL}/verify/?q={order.number}",
        platform=settings.SITE_NAME,
    )
    return port("credentials", Credentials).sign_statement(statement.payload())


def consent_statement(order: Order, decision: ConsentState) -> dict[str, Any]:
    """The buyer's decision on training, signed, with the files that it is about."""
    files = DeliveryFile.objects.filter(delivery__order=order).exclude(delivery__status=DeliveryState.DRAFT)
    statement = ConsentStatement(
        number=order.number,
        title=order.title,
        buyer=str(order.buyer),
        freelancer=str(order.freelancer),
        decision=decision.value,
        files=_digests(files.order_by("created_at", "pk")),
        decided_at=timezone.now(),
        platform=settings.SITE_NAME,
    )
    return port("credentials", Credentials).sign_statement(statement.payload())


def _digests(files: Iterable[DeliveryFile]) -> tuple[FileDigest, ...]:
    """Every file as it came and, where that differs, as it left with credentials inside."""
    return tuple(
        FileDigest(file.name, digest)
        for file in files
        for digest in dict.fromkeys((file.sha256, file.signed_sha256))
        if digest
    )
