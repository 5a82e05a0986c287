"""Bundles of evidence: put together, sealed, opened for the two sides and the operator. Imported through ``services``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.disputes.archives import pack
from oeuvre.domains.disputes.common import KEY_OWNER, locked
from oeuvre.domains.disputes.gathering import SYSTEM, gather
from oeuvre.domains.disputes.models import Dispute, EvidenceBundle
from oeuvre.domains.disputes.ports import Statements
from oeuvre.domains.disputes.states import OPEN
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from uuid import UUID

FORMAT = "org.oeuvre.evidence"


def evidence_build(*, dispute_id: UUID) -> EvidenceBundle | None:
    """What the worker does when a dispute is opened, handed to an operator, or appealed: everything as it stands now.

    Earlier bundles stay as they are. None for a dispute that is over. That messages were shown is recorded, and to whom.
    """
    dispute = Dispute.objects.select_related("order", "buyer", "freelancer").get(pk=dispute_id)
    if dispute.status not in OPEN:
        return None
    gathered = gather(dispute)
    bundle = EvidenceBundle(pk=uuid.uuid4(), dispute=dispute)
    head = {
        "type": FORMAT,
        "dispute": dispute.number,
        "order": dispute.order.number,
        "made": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform": settings.SITE_NAME,
    }
    packed = pack(gathered.entries, head=head, sign=port("credentials", Statements).sign_statement)
    with accounts.blobs_sealing(owner_type=KEY_OWNER, owner_id=dispute.pk) as seal, transaction.atomic():
        locked(dispute.pk)
        bundle.number = dispute.bundles.count() + 1
        bundle.sha256, bundle.size = packed.sha256, len(packed.data)
        bundle.files, bundle.left_out = packed.files, packed.left_out
        bundle.blob_key = seal(packed.data, bundle_context(bundle))
        bundle.save(force_insert=True)
        audit.record(
            actor=SYSTEM,
            code="dispute.evidence_built",
            subject=dispute,
            number=bundle.number,
            sha256=bundle.sha256,
            files=bundle.files,
        )
        for conversation_id, count in gathered.messages.items():
            audit.record(
                actor=SYSTEM,
                code="dispute.messages_shown",
                subject=dispute,
                conversation=conversation_id,
                messages=count,
                bundle=bundle.number,
            )
    return bundle


def bundle_context(bundle: EvidenceBundle) -> str:
    """What a bundle's ciphertext is bound to."""
    return f"evidence:{bundle.pk}"
