"""A published brief with an invitation and an offer, for the matrix of who may open what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.conversations.services import Upload
from tests.support.briefs import open_brief, sent_offer

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User


def brief_arguments(owner: User, buyer: User) -> dict[str, Any]:
    """``buyer``'s brief, to which ``owner`` was invited and made an offer."""
    brief = open_brief(buyer)
    briefs.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={owner.pk: None})
    briefs.brief_files_add(actor=buyer.actor, brief_id=brief.pk, files=[Upload("doors.txt", b"Forty doors, all blue.")])
    file = brief.files.get()
    return {"brief_id": brief.pk, "offer_id": sent_offer(owner, brief).pk, "brief_file_id": file.pk}
