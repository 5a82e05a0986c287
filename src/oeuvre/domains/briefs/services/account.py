"""What briefs do when a person takes their data away or leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import ngettext

from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.briefs.common import offer_locked, offers_end
from oeuvre.domains.briefs.content import brief_words_json, offer_json
from oeuvre.domains.briefs.errors import BriefFileNotFoundError
from oeuvre.domains.briefs.files import file_content, files_erase
from oeuvre.domains.briefs.models import Brief, BriefFile, Invitation, Offer
from oeuvre.domains.briefs.sealing import briefs_open, offers_open
from oeuvre.domains.briefs.services.briefs import brief_end
from oeuvre.domains.briefs.states import OPEN_BRIEF, BriefState, OfferState
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor

_FACTS = (
    "id",
    "status",
    "category",
    "use_case",
    "attributes",
    "languages",
    "budget_low",
    "budget_high",
    "currency",
    "due",
    "ai_wish",
    "privacy_level",
    "licence",
    "opened_at",
    "closes_at",
    "created_at",
)
_OFFER_FACTS = ("id", "brief_id", "status", "sent_at", "valid_until", "decided_at", "ordered_at", "created_at")


def account_files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """The briefs with their files and the offers that the actor wrote, and the invitations to them."""
    briefs = list(Brief.objects.filter(buyer_id=actor.person_id).order_by("created_at"))
    if briefs:
        words = briefs_open(briefs)
        yield "briefs.json", _json([_brief(one, words[one.pk]) for one in briefs])
    for file in BriefFile.objects.filter(brief__buyer_id=actor.person_id).select_related("brief"):
        try:
            content = file_content(file)
        except BriefFileNotFoundError:
            continue
        yield f"files/{file.pk}-{content.name}", content.data
    offers = list(Offer.objects.filter(freelancer_id=actor.person_id).order_by("created_at"))
    if offers:
        said = offers_open(offers)
        yield "offers.json", _json([_offer(one, said[one.pk]) for one in offers])
    invited = Invitation.objects.filter(freelancer_id=actor.person_id)
    if invited.exists():
        yield "invitations.json", _json(list(invited.values("brief_id", "created_at", "declined_at")))


def _brief(brief: Brief, content: Any) -> dict[str, Any]:
    facts = {name: getattr(brief, name) for name in _FACTS}
    return {**facts, **(brief_words_json(content) if content else {})}


def _offer(offer: Offer, content: Any) -> dict[str, Any]:
    facts = {name: getattr(offer, name) for name in _OFFER_FACTS}
    return {**facts, **(offer_json(content) if content else {})}


def _json(value: object) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False).encode()


def account_erase(actor: Actor) -> None:
    """Take the actor's briefs and offers back and erase their words; what became an order stays with the order."""
    for brief in lock_rows(_open_briefs(actor)):
        brief_end(actor, brief)
    for offer_id in _waiting_offers(actor).values_list("pk", flat=True):
        offer = offer_locked(offer_id)
        if offer.status in (OfferState.DRAFTED, OfferState.SENT):
            offers_end(actor=actor, offers=[offer], to=OfferState.WITHDRAWN, reason="left")
    received = Offer.objects.filter(buyer_id=actor.person_id, brief=None, status=OfferState.SENT)
    for offer_id in received.values_list("pk", flat=True):
        offers_end(actor=actor, offers=[offer_locked(offer_id)], to=OfferState.DECLINED, reason="left")
    files_erase(BriefFile.objects.filter(brief__buyer_id=actor.person_id))
    Brief.objects.filter(buyer_id=actor.person_id).update(sealed=b"", attributes={}, languages=[])
    Offer.objects.filter(freelancer_id=actor.person_id).exclude(status=OfferState.ACCEPTED).update(sealed=b"")
    Invitation.objects.filter(freelancer_id=actor.person_id).delete()


def _open_briefs(actor: Actor) -> QuerySet[Brief]:
    states = [str(state) for state in (BriefState.DRAFT, *OPEN_BRIEF)]
    return Brief.objects.filter(buyer_id=actor.person_id, status__in=states)


def _waiting_offers(actor: Actor) -> QuerySet[Offer]:
    states = [str(OfferState.DRAFTED), str(OfferState.SENT)]
    return Offer.objects.filter(freelancer_id=actor.person_id, status__in=states).order_by("pk")


def account_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""

    def taken_back(count: int) -> str:
        return ngettext(
            "Your %(count)d open brief is taken back, and offers on it are declined.",
            "Your %(count)d open briefs are taken back, and offers on them are declined.",
            count,
        ) % {"count": count}

    def withdrawn(count: int) -> str:
        return ngettext(
            "Your %(count)d offer that waits for an answer is taken back.",
            "Your %(count)d offers that wait for an answer are taken back.",
            count,
        ) % {"count": count}

    return [DeletionEffect(_open_briefs(actor), taken_back), DeletionEffect(_waiting_offers(actor), withdrawn)]
