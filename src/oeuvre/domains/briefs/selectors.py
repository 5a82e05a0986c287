"""Reading briefs and offers, and asking the guide: each selector takes the actor and returns only what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, IntegerField, OuterRef, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.briefs.common import another_check
from oeuvre.domains.briefs.errors import BriefNotFoundError, OfferNotFoundError
from oeuvre.domains.briefs.facts import OfferFact, offers_sent
from oeuvre.domains.briefs.files import BriefFileShown, file_content, file_gone, files_shown
from oeuvre.domains.briefs.finding import brief_fit, guide_found
from oeuvre.domains.briefs.guide.questions import Answer, Question
from oeuvre.domains.briefs.guiding import (
    CaseShown,
    GuideShown,
    ProposalShown,
    RangeShown,
    guide,
    guide_forget,
)
from oeuvre.domains.briefs.listing import (
    BriefRow,
    Desk,
    FittingRow,
    Waiting,
    briefs_counts,
    briefs_desk,
    briefs_for_freelancers,
    briefs_own,
    buyer_waiting,
    waiting_on,
    with_waiting,
)
from oeuvre.domains.briefs.matching import Fit, Match, Part, matches_of
from oeuvre.domains.briefs.models import Brief, BriefFile, Invitation, Offer
from oeuvre.domains.briefs.sealing import both_open, briefs_open
from oeuvre.domains.briefs.services.accepting import OfferTerms, terms_of
from oeuvre.domains.briefs.states import OPEN_BRIEF, OPEN_OFFER, BriefState, OfferState
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.kit import parts
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.pagination import Page, paginate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.briefs.content import BriefContent, OfferContent
    from oeuvre.domains.catalog.selectors import AttributeWords
    from oeuvre.domains.catalog.services import Criterion
    from oeuvre.domains.conversations.selectors import FileContent

__all__ = [
    "Answer",
    "BriefFileShown",
    "BriefRow",
    "BriefShown",
    "CaseShown",
    "Desk",
    "Fit",
    "FittingRow",
    "GuideShown",
    "Match",
    "OfferFact",
    "OfferShown",
    "Part",
    "ProposalShown",
    "Question",
    "RangeShown",
    "Waiting",
    "brief_file",
    "brief_fit",
    "brief_get",
    "brief_match",
    "brief_matches",
    "briefs_counts",
    "briefs_desk",
    "briefs_for_freelancers",
    "briefs_own",
    "buyer_waiting",
    "guide",
    "guide_forget",
    "guide_found",
    "invitations_of",
    "invitations_to",
    "offer_another_check",
    "offer_get",
    "offer_terms",
    "offers_in_conversation",
    "offers_on",
    "offers_own",
    "offers_sent",
    "offers_shown",
    "offers_waiting",
]


# Briefs


@dataclass(frozen=True, slots=True)
class BriefShown:
    """A brief's page."""

    brief: Brief
    content: BriefContent | None
    """None where its words were erased, or its buyer has left."""
    attributes: tuple[tuple[str, tuple[str, ...]], ...]
    """What it asks for, as people read it: label, values."""
    words: AttributeWords
    """How those read, and ``licence`` and ``privacy_level`` with all their options."""
    is_own: bool
    invitation: Invitation | None
    """The actor's own."""
    offer: Offer | None
    """The actor's own: the open one, else the latest."""
    offers: int
    """How many wait for an answer; freelancers see the number and nothing else of others' offers."""
    may_open: bool
    """Whether the actor may open its files."""

    @property
    def files(self) -> tuple[BriefFileShown, ...]:
        """Those that the actor may open. A query, where there are any."""
        return files_shown(self.brief) if self.may_open else ()

    @property
    def invited(self) -> frozenset[UUID]:
        """Freelancers whom the buyer invited, for the buyer; nobody for others."""
        return _annotated(self.brief, "invited") if self.is_own else frozenset()

    @property
    def answered(self) -> frozenset[UUID]:
        """Freelancers whose offers wait or were accepted, for the buyer; nobody for others."""
        return _annotated(self.brief, "answered") if self.is_own else frozenset()


def _annotated(brief: Brief, name: str) -> frozenset[UUID]:
    return frozenset(getattr(brief, name) or ())


def brief_get(*, actor: Actor, brief_id: UUID) -> BriefShown:
    """The buyer's own brief; a published one for freelancers and operators; one that was sent, for those invited; and any
    for who made an offer on it. Raises BriefNotFoundError.
    """
    brief = _with_all(actor, with_waiting(Brief.objects.filter(pk=brief_id).select_related("buyer"))).first()
    is_own = brief is not None and actor.user_id is not None and brief.buyer_id == actor.user_id
    invitation = next(iter(getattr(brief, "own_invitations", ())), None)
    offer = _latest(getattr(brief, "own_offers", ()))
    if brief is None or not _may_see(actor, brief, is_invited=invitation is not None, has_offer=offer is not None):
        raise BriefNotFoundError(_("There is no such brief."))
    words = catalog.attribute_words({*brief.attributes, "licence", "privacy_level"})
    return BriefShown(
        brief=brief,
        content=briefs_open([brief])[brief.pk],
        attributes=tuple(
            (words.label(key), tuple(words.values(key, tuple(value) if isinstance(value, list) else value)))
            for key, value in brief.attributes.items()
        ),
        words=words,
        is_own=is_own,
        invitation=invitation,
        offer=offer,
        offers=waiting_on(brief),
        may_open=_may_open(actor, brief, offer),
    )


def _with_all(actor: Actor, briefs: QuerySet[Brief]) -> QuerySet[Brief]:
    """With files, with the actor's own invitation and offers, and with the ids of whom it was sent to and who answered."""
    answers = Offer.objects.filter(status__in=[str(OfferState.SENT), str(OfferState.ACCEPTED)])
    sent_to, answered = (
        ArraySubquery(rows.filter(brief=OuterRef("pk")).values("freelancer_id"))
        for rows in (Invitation.objects.all(), answers)
    )
    mine = (
        parts.Part(
            "invitations", rows=Invitation.objects.filter(freelancer_id=actor.user_id), to_attr="own_invitations"
        ),
        parts.Part("offers", rows=_offers_by(actor), to_attr="own_offers"),
    )
    return parts.with_parts(briefs.annotate(invited=sent_to, answered=answered), parts.Part("files"), *mine)


def brief_file(*, actor: Actor, brief_id: UUID, file_id: UUID) -> FileContent:
    """A file of a brief that the actor may read. Raises BriefFileNotFoundError.

    While the brief takes offers that is everybody who may see it; afterwards the buyer, and who got the order.
    """
    file = BriefFile.objects.select_related("brief").filter(pk=file_id, brief_id=brief_id).first()
    if file is None:
        raise file_gone()
    offer, invitation = _own_offer(actor, brief_id), _own_invitation(actor, brief_id)
    seen = _may_see(actor, file.brief, is_invited=invitation is not None, has_offer=offer is not None)
    if not seen or not _may_open(actor, file.brief, offer):
        raise file_gone()
    return file_content(file)


def _may_open(actor: Actor, brief: Brief, offer: Offer | None) -> bool:
    """Whether the files too are for an actor who may see the brief."""
    if brief.is_open or (actor.user_id is not None and brief.buyer_id == actor.user_id):
        return True
    return offer is not None and (offer.status == OfferState.ACCEPTED or offer.ordered_at is not None)


def _may_see(actor: Actor, brief: Brief, *, is_invited: bool, has_offer: bool) -> bool:
    if actor.user_id is not None and brief.buyer_id == actor.user_id:
        return True
    if brief.status == BriefState.PUBLISHED:
        return actor.has(Role.FREELANCER, Role.OPERATOR)
    return brief.status != BriefState.DRAFT and (has_offer or (is_invited and brief.is_open))


def _own_invitation(actor: Actor, brief_id: UUID) -> Invitation | None:
    if actor.user_id is None:
        return None
    return Invitation.objects.filter(brief_id=brief_id, freelancer_id=actor.user_id).first()


def _own_offer(actor: Actor, brief_id: UUID) -> Offer | None:
    if actor.user_id is None:
        return None
    return _latest(_offers_by(actor).filter(brief_id=brief_id))


def _offers_by(actor: Actor) -> QuerySet[Offer]:
    return Offer.objects.filter(freelancer_id=actor.user_id).order_by("-created_at")


def _latest(mine: Iterable[Offer]) -> Offer | None:
    """The open one, else the latest."""
    over = {OfferState.DECLINED, OfferState.WITHDRAWN, OfferState.EXPIRED}
    return min(mine, key=lambda offer: offer.status in over, default=None)


def invitations_of(*, actor: Actor) -> QuerySet[Invitation]:
    """Invitations to open briefs that the freelancer has neither declined nor answered, the newest first."""
    if actor.user_id is None:
        return Invitation.objects.none()
    mine = Invitation.objects.filter(
        freelancer_id=actor.user_id, declined_at=None, brief__status__in=[str(state) for state in OPEN_BRIEF]
    )
    answered = Q(brief__offers__freelancer_id=actor.user_id) & ~Q(brief__offers__status=OfferState.DRAFTED)
    return mine.exclude(answered).select_related("brief__buyer").order_by("-created_at")


def invitations_to(*, actor: Actor, brief_id: UUID) -> QuerySet[Invitation]:
    """Whom the buyer invited to their own brief, with the freelancers; nobody of anybody else's brief."""
    if actor.user_id is None:
        return Invitation.objects.none()
    rows = Invitation.objects.filter(brief_id=brief_id, brief__buyer_id=actor.user_id)
    return rows.select_related("freelancer__profile").order_by("created_at")


def _own_brief(actor: Actor, brief_id: UUID) -> Brief:
    brief = Brief.objects.filter(pk=brief_id, buyer_id=actor.user_id).first() if actor.user_id else None
    if brief is None:
        raise BriefNotFoundError(_("There is no such brief of yours."))
    return brief


# Matching


def brief_matches(*, shown: BriefShown, most: int = 20) -> list[Match]:
    """Freelancers who fit a brief, best first, for its buyer; empty without a category.

    Raises BriefNotFoundError where whom it is shown to is not the buyer.
    """
    if not shown.is_own:
        raise BriefNotFoundError(_("There is no such brief of yours."))
    return _matches(shown)[:most]


def brief_match(*, actor: Actor, shown: BriefShown, freelancer_id: UUID) -> Match | None:
    """Why one freelancer fits, as the buyer and that freelancer both see it; None where no gig of theirs is among the best.

    Raises BriefNotFoundError for a third person.
    """
    if not (shown.is_own or actor.user_id == freelancer_id):
        raise BriefNotFoundError(_("There is no such brief."))
    found = _matches(shown)
    return next((match for match in found if match.freelancer_id == freelancer_id), None)


def _matches(shown: BriefShown) -> list[Match]:
    return matches_of(shown.brief, shown.content) if shown.content and shown.brief.category else []


# Offers


@dataclass(frozen=True, slots=True)
class OfferShown:
    """An offer, and how it stands to its brief. What cannot be compared is None."""

    offer: Offer
    content: OfferContent | None
    """None where its freelancer has left."""
    freelancer: User
    is_open: bool
    """Whether it can be accepted now, as far as its own state and time go."""
    before_change: bool
    """The brief was changed after it was sent."""
    within_budget: bool | None
    in_time: bool | None
    missing_criteria: tuple[Criterion, ...]
    """What the brief asks for and the offer does not promise."""


def offers_on(*, actor: Actor, brief_id: UUID) -> list[OfferShown]:
    """All offers that the buyer got on a brief, to be compared: open ones first, then by price.

    Raises BriefNotFoundError for anybody else's brief.
    """
    rows = list(_visible(actor).filter(brief_id=brief_id, brief__buyer_id=actor.user_id))
    if not rows:
        _own_brief(actor, brief_id)
    order = [OfferState.ACCEPTED, OfferState.SENT, OfferState.DECLINED, OfferState.WITHDRAWN, OfferState.EXPIRED]
    shown = _shown(rows)
    return sorted(shown, key=lambda one: (order.index(OfferState(one.offer.status)), one.offer.amount, one.offer.pk))


def offer_get(*, actor: Actor, offer_id: UUID) -> OfferShown:
    """An offer for its two people. Raises OfferNotFoundError."""
    offer = _visible(actor).filter(pk=offer_id).first()
    if offer is None:
        raise OfferNotFoundError(_("There is no such offer."))
    return _shown([offer])[0]


def offer_another_check(*, actor: Actor, brief_id: UUID) -> None:
    """Raises TooManyOffersError for a freelancer who could send no further offer on the brief, before they write one."""
    another_check(freelancer_id=actor.user_id, brief_id=brief_id)


def offers_shown(*, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, OfferShown]:
    """Of the named offers those that the actor may see, by id: what cards in messages show."""
    return {one.offer.pk: one for one in _shown(list(_visible(actor).filter(pk__in=list(ids))))}


def offers_waiting(*, actor: Actor) -> list[OfferShown]:
    """Offers to the buyer that can be accepted now, those that end first at the top."""
    if actor.user_id is None:
        return []
    rows = _visible(actor).filter(buyer_id=actor.user_id, status=OfferState.SENT, valid_until__gt=timezone.now())
    return _shown(list(rows.order_by("valid_until", "pk")))


def offers_own(*, actor: Actor, page: int | str | None = 1, per_page: int = 24) -> Page[OfferShown]:
    """The freelancer's own offers: drafts, then those that wait, then those that are over, each the newest first."""
    rows = _visible(actor).filter(freelancer_id=actor.user_id)
    rank = Case(
        When(status=OfferState.DRAFTED, then=0),
        When(status__in=[str(state) for state in OPEN_OFFER], ordered_at=None, then=1),
        default=2,
        output_field=IntegerField(),
    )
    found: Page[Offer] = paginate(rows.order_by(rank, "-created_at", "pk"), page=page, per_page=per_page)
    return Page(_shown(list(found.items)), found.number, found.pages, found.total)


def offers_in_conversation(*, actor: Actor, conversation_id: UUID) -> list[OfferShown]:
    """The offers that belong to a conversation of the actor's, the newest first: what its cards show."""
    return _shown(list(_visible(actor).filter(conversation_id=conversation_id).order_by("-created_at")))


def offer_terms(*, actor: Actor, offer_id: UUID) -> OfferTerms:
    """What an order made from the offer would say, for the buyer; ``offer_accept`` makes sure of it under the lock.

    Raises OfferNotFoundError.
    """
    offer = _visible(actor).filter(pk=offer_id, buyer_id=actor.user_id).first()
    if offer is None:
        raise OfferNotFoundError(_("There is no such offer to you."))
    return terms_of(offer)


def _visible(actor: Actor) -> QuerySet[Offer]:
    """Offers of which the actor is one side; drafts only the freelancer's own."""
    rows = Offer.objects.select_related("brief", "freelancer__profile")
    if actor.user_id is None:
        return rows.none()
    return rows.filter(Q(freelancer_id=actor.user_id) | Q(buyer_id=actor.user_id, sent_at__isnull=False))


def _shown(offers: list[Offer]) -> list[OfferShown]:
    asked = {offer.brief.pk: offer.brief for offer in offers if offer.brief}
    briefs, contents = both_open(asked.values(), offers)
    return [_offer(one, contents[one.pk], briefs.get(one.brief_id) if one.brief_id else None) for one in offers]


def _offer(offer: Offer, content: OfferContent | None, asked: BriefContent | None) -> OfferShown:
    brief = offer.brief
    budget = brief.budget_to if brief else None
    sent_on = (offer.sent_at or timezone.now()).date()
    promised = [(one.kind, dict(one.spec), one.label) for one in content.criteria] if content else []
    wanted = asked.criteria if asked and content else ()
    return OfferShown(
        offer=offer,
        content=content,
        freelancer=offer.freelancer,
        is_open=offer.status == OfferState.SENT
        and offer.valid_until is not None
        and offer.valid_until > timezone.now(),
        before_change=bool(brief and offer.brief_revision is not None and offer.brief_revision < brief.revision),
        within_budget=not budget < offer.price if budget and budget.currency == offer.currency else None,
        in_time=offer.days <= (brief.due - sent_on).days if brief and brief.due else None,
        missing_criteria=tuple(one for one in wanted if (one.kind, dict(one.spec), one.label) not in promised),
    )
