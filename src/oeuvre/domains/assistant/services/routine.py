"""Routine work that goes with a reply: a gig's card, a custom offer within limits. Done by the domains' own services.

The engine names what to do; what it costs and holds is read here, from the gig, and checked against the freelancer's limits
once more. Imported through ``services``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.assistant.engine.types import TaskKind
from oeuvre.domains.assistant.errors import OfferOutsideLimitsError
from oeuvre.domains.assistant.knowledge import freelancer_actor
from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.briefs.services import OfferContent, OfferPart
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.conversations.services import Card
from oeuvre.kit.errors import DomainError
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from oeuvre.domains.assistant.engine.types import ExtraFacts, GigFacts, PackageFacts, TaskCall
    from oeuvre.domains.assistant.knowledge import Known
    from oeuvre.domains.briefs.models import Offer
    from oeuvre.kit.money import Money


def card_of(*, known: Known, task: TaskCall | None) -> Card | None:
    """The card of the gig that a reply points to."""
    if task is None or task.kind is not TaskKind.SEND_GIG:
        return None
    code = task.arguments.get("gig", "")
    gig = next((one for one in known.knowledge.gigs if one.key == code), None)
    return Card("gig", known.gigs[code], gig.title) if gig else None


def offer_locks(*, known: Known, conversation_id: UUID, task: TaskCall | None) -> None:
    """The names that making an offer locks, before the conversation is locked: whoever makes one by hand does it so, too."""
    if task is not None and task.kind is TaskKind.CUSTOM_OFFER:
        lock_names([f"offers:{known.freelancer_id}", f"offer:{known.freelancer_id}:{conversation_id}"])


def offer_make(*, known: Known, conversation_id: UUID, task: TaskCall | None) -> Offer | None:
    """Send the custom offer that a reply announces, as the freelancer.

    Raises OfferOutsideLimitsError for one beyond the limits, of nothing on offer, or where none can be made now.
    """
    if task is None or task.kind is not TaskKind.CUSTOM_OFFER:
        return None
    content = offer_content(known=known, arguments=task.arguments)
    actor = freelancer_actor(known.freelancer_id)
    try:
        draft = briefs.offer_draft(actor=actor, content=content, conversation_id=conversation_id)
        return briefs.offer_send(actor=actor, offer_id=draft.pk)
    except DomainError as error:
        raise OfferOutsideLimitsError(error.message, cause=error.code) from error


def offer_content(*, known: Known, arguments: Mapping[str, str]) -> OfferContent:
    """So many times a package of a gig, with extras, at their listed prices. Raises OfferOutsideLimitsError."""
    limits = known.settings.offers
    if limits is None or TaskKind.CUSTOM_OFFER not in known.settings.tasks:
        raise OfferOutsideLimitsError(_("The assistant may make no offers."))
    gig, package, extras = _chosen(known, arguments)
    copies = _number(arguments.get("copies", "1"))
    if not 1 <= copies <= limits.most_copies:
        raise OfferOutsideLimitsError(_("The assistant may not offer so many."))
    price = package.price * copies
    for extra in extras:
        price += extra.price
    if price.currency != limits.most.currency or price.amount > limits.most.amount:
        raise OfferOutsideLimitsError(_("The assistant may not offer so much."), price=price)
    return _content(known, gig, package, extras, copies, price)


def _chosen(known: Known, arguments: Mapping[str, str]) -> tuple[GigFacts, PackageFacts, list[ExtraFacts]]:
    gig = next((one for one in known.knowledge.gigs if one.key == arguments.get("gig")), None)
    package = next((one for one in gig.packages if one.key == arguments.get("package")), None) if gig else None
    if gig is None or package is None:
        raise OfferOutsideLimitsError(_("There is no such package on offer."))
    places = [_number(place) for place in arguments.get("extras", "").split(",") if place.strip()]
    if len(set(places)) != len(places) or not all(0 <= place < len(gig.extras) for place in places):
        raise OfferOutsideLimitsError(_("This gig has no such extra."))
    return gig, package, [gig.extras[place] for place in places]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise OfferOutsideLimitsError(_("This is no number.")) from None


def _content(
    known: Known, gig: GigFacts, package: PackageFacts, extras: list[ExtraFacts], copies: int, price: Money
) -> OfferContent:
    version = catalog.gig_version_of(
        actor=freelancer_actor(known.freelancer_id), gig_id=known.gigs[gig.key]
    ).gig.published
    assert version is not None  # noqa: S101  (it is live)
    counted = [f"{copies} × {package.title}", *(extra.title for extra in extras)]
    held = [package.description, *(f"- {one}" for one in package.includes)]
    title = f"{gig.title}: {package.title}"[:100]
    return OfferContent(
        title=title,
        scope="\n".join([", ".join(counted), *(one for one in held if one)]),
        milestones=(OfferPart(package.title, price, package.days * copies + sum(extra.days for extra in extras)),),
        revisions=package.revisions,
        ai_policy=AiPolicy(version.ai_policy),
        rights=version.rights,
    )
