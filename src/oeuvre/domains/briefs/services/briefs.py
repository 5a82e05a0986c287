"""Writing briefs: draft, edit, publish, take back. Imported through ``briefs.services``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.briefs import notices
from oeuvre.domains.briefs.checks import brief_check, brief_complete_check
from oeuvre.domains.briefs.common import offers_end, open_check, own_brief_locked
from oeuvre.domains.briefs.content import BriefContent, brief_clean
from oeuvre.domains.briefs.errors import (
    BriefChangedError,
    BriefContentError,
    BriefNotFoundError,
    BriefNotOpenError,
    BriefTakenError,
    TooManyBriefsError,
)
from oeuvre.domains.briefs.files import files_erase
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, BriefFile, Offer
from oeuvre.domains.briefs.sealing import brief_seal, briefs_open
from oeuvre.domains.briefs.states import BRIEF, OPEN_BRIEF, BriefState, OfferState
from oeuvre.domains.briefs.words import category_name
from oeuvre.domains.demand.services import demand_record
from oeuvre.domains.demand.states import DemandKind
from oeuvre.kit.locks import lock_names, lock_rows

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def brief_create(*, actor: Actor, content: BriefContent) -> Brief:
    """A new draft of the actor's. Raises BriefContentError, TooManyBriefsError."""
    buyer_id = actor.person_id
    content = brief_clean(content)
    brief_check(content)
    with transaction.atomic():
        lock_names([f"briefs:{buyer_id}"])
        if Brief.objects.filter(buyer_id=buyer_id, status=BriefState.DRAFT).count() >= LIMITS.drafts:
            raise TooManyBriefsError(
                _("You have %(most)d drafts. Publish one or take one back first.") % {"most": LIMITS.drafts}
            )
        brief = Brief(buyer_id=buyer_id, **_columns(content))
        brief.sealed = brief_seal(brief, content)
        brief.save(force_insert=True)
        audit.record(actor=actor, code="brief.created", subject=brief, category=content.category)
    return brief


def brief_edit(*, actor: Actor, brief_id: UUID, revision: int, content: BriefContent) -> Brief:
    """Save a draft, or change an open brief; freelancers whose offers wait are told of the latter.

    ``revision`` is the one that was edited. Raises BriefNotFoundError, BriefChangedError, BriefNotOpenError once it is
    over, BriefTakenError while an accepted offer waits for its payment, BriefContentError, also for an end that has passed.
    """
    content = brief_clean(content)
    brief_check(content)
    with transaction.atomic():
        brief = own_brief_locked(actor=actor, brief_id=brief_id)
        if brief.status != BriefState.DRAFT:
            open_check(brief)
            untaken_check(brief)
            brief_complete_check(content)
        if brief.revision != revision:
            raise BriefChangedError(
                _("This brief was changed in another window. Look at it, and make your change again."), brief=brief
            )
        for name, value in _columns(content).items():
            setattr(brief, name, value)
        brief.sealed = brief_seal(brief, content)
        if brief.opened_at is not None:
            brief.closes_at = _closes_at(brief.opened_at, content.open_days)
        brief_changed(brief, tell=True)
        audit.record(actor=actor, code="brief.edited", subject=brief, revision=brief.revision)
    return brief


def brief_changed(brief: Brief, *, tell: bool) -> None:
    """Save a locked brief that says something else now; ``tell`` mails it to freelancers whose offers wait."""
    brief.revision += 1
    brief.save()
    if tell and brief.is_open:
        for offer in brief.offers.filter(status=OfferState.SENT).select_related("freelancer"):
            notices.changed(brief=brief, freelancer=offer.freelancer, category=category_name(brief.category))


def brief_extend(*, actor: Actor, brief_id: UUID, open_days: int) -> Brief:
    """Let an open brief take offers until so many days after it was opened; nothing that it says changes.

    Raises BriefNotFoundError, BriefNotOpenError once it is over, BriefContentError for an end that has passed or lies
    beyond ``LIMITS.most_open_days``.
    """
    with transaction.atomic():
        brief = own_brief_locked(actor=actor, brief_id=brief_id)
        open_check(brief)
        if not 1 <= open_days <= LIMITS.most_open_days:
            raise BriefContentError(
                _("A brief takes offers for 1 to %(most)d days.") % {"most": LIMITS.most_open_days}, field="open_days"
            )
        brief.open_days, brief.closes_at = open_days, _closes_at(brief.opened_at or timezone.now(), open_days)
        brief.save(update_fields=["open_days", "closes_at", "updated_at"])
        audit.record(actor=actor, code="brief.extended", subject=brief, days=open_days)
    return brief


def brief_publish(*, actor: Actor, brief_id: UUID) -> Brief:
    """Show it to every freelancer. A brief that was published already stays so.

    Raises BriefNotFoundError, BriefContentError for what is missing, BriefNotOpenError, TooManyBriefsError.
    """
    with transaction.atomic():
        lock_names([f"briefs:{actor.person_id}"])
        brief = own_brief_locked(actor=actor, brief_id=brief_id)
        return brief if brief.status == BriefState.PUBLISHED else brief_open(actor, brief, BriefState.PUBLISHED)


def brief_open(actor: Actor, brief: Brief, state: BriefState) -> Brief:
    """Let a draft (or one that was sent) take offers, and count that something was wanted, once a brief.

    The caller holds the name ``briefs:<buyer>`` and the brief's row.
    """
    first = brief.status == BriefState.DRAFT
    if not first and not brief.is_open:
        raise BriefNotOpenError(_("This brief is over. Make a new one from it."), brief=brief)
    content = briefs_open([brief])[brief.pk]
    brief_complete_check(content or BriefContent())
    if not first:
        return BRIEF.transition(brief, state, actor=actor)
    open_now = Brief.objects.filter(buyer_id=brief.buyer_id, status__in=[str(one) for one in OPEN_BRIEF])
    if open_now.count() >= LIMITS.open_briefs:
        raise TooManyBriefsError(
            _("You have %(most)d briefs that take offers. Take one back first.") % {"most": LIMITS.open_briefs}
        )
    now = timezone.now()
    opened = BRIEF.transition(brief, state, actor=actor, opened_at=now, closes_at=now + timedelta(days=brief.open_days))
    demand_record(
        kind=DemandKind.BRIEF,
        category=brief.category,
        use_case=brief.use_case,
        language=brief.languages[0] if len(brief.languages) == 1 else "",
        amount=brief.budget_to,
        days=max(0, (brief.due - now.date()).days) if brief.due else None,
    )
    return opened


def brief_withdraw(*, actor: Actor, brief_id: UUID) -> Brief:
    """Take a brief back: a draft's words and files are erased, offers on an open one are declined.

    Raises BriefNotFoundError, BriefNotOpenError once it is over, BriefTakenError while an accepted offer waits for its
    payment.
    """
    with transaction.atomic():
        brief = own_brief_locked(actor=actor, brief_id=brief_id)
        if brief.status == BriefState.WITHDRAWN:
            return brief
        return brief_end(actor, brief)


def brief_end(actor: Actor, brief: Brief) -> Brief:
    """Withdraw a locked brief of the actor's."""
    if brief.status != BriefState.DRAFT and not brief.is_open:
        raise BriefNotOpenError(_("This brief is over already."), brief=brief)
    untaken_check(brief)
    erased: dict[str, Any] = {"sealed": b""} if brief.status == BriefState.DRAFT else {}
    if erased:
        files_erase(BriefFile.objects.filter(brief=brief))
    brief = BRIEF.transition(brief, BriefState.WITHDRAWN, actor=actor, **erased)
    waiting = lock_rows(Offer.objects.filter(brief=brief, status=OfferState.SENT))
    offers_end(actor=actor, offers=waiting, to=OfferState.DECLINED, reason="withdrawn")
    return brief


def brief_copy(*, actor: Actor, brief_id: UUID) -> Brief:
    """A new draft that says what an old brief of the actor's says, without its files. Raises BriefNotFoundError, TooManyBriefsError."""
    old = Brief.objects.filter(pk=brief_id, buyer_id=actor.person_id).first()
    content = briefs_open([old])[old.pk] if old else None
    if content is None:
        raise BriefNotFoundError(_("There is no such brief of yours."))
    return brief_create(actor=actor, content=content)


def untaken_check(brief: Brief) -> None:
    """Raises BriefTakenError for a locked brief on which an accepted offer waits for its payment."""
    taken = Offer.objects.filter(brief=brief, status=OfferState.ACCEPTED).first()
    if taken is not None:
        raise BriefTakenError(
            _("You accepted an offer on this brief. Pay the order that was made from it, or cancel it, first."),
            offer_id=taken.pk,
        )


def _closes_at(opened_at: datetime, open_days: int) -> datetime:
    """When a brief that was opened then ends. Raises BriefContentError for an end that has passed: offers would end too."""
    closes_at = opened_at + timedelta(days=open_days)
    if closes_at <= timezone.now():
        raise BriefContentError(_("This day has passed already. Choose a later one."), field="open_days")
    return closes_at


def _columns(content: BriefContent) -> dict[str, Any]:
    """What of a brief is kept in clear."""
    return {
        "category": content.category,
        "use_case": content.use_case,
        "attributes": {
            key: list(value) if isinstance(value, tuple) else value for key, value in content.attributes.items()
        },
        "languages": list(content.languages),
        "budget_low": content.budget_low.amount if content.budget_low else None,
        "budget_high": content.budget_high.amount if content.budget_high else None,
        "currency": settings.CURRENCY if content.budget_low or content.budget_high else "",
        "due": content.due,
        "ai_wish": content.ai_wish,
        "privacy_level": content.privacy_level,
        "licence": content.licence,
        "open_days": content.open_days,
    }
