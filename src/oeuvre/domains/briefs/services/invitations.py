"""Inviting freelancers to a brief. Imported through ``briefs.services``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.selectors import freelancer_reachable
from oeuvre.domains.audit import services as audit
from oeuvre.domains.briefs import notices
from oeuvre.domains.briefs.common import open_check, own_brief_locked
from oeuvre.domains.briefs.errors import InvitationError, InvitationNotFoundError, TooManyInvitationsError
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Invitation
from oeuvre.domains.briefs.services.briefs import brief_open
from oeuvre.domains.briefs.states import BriefState
from oeuvre.domains.briefs.words import category_name
from oeuvre.domains.conversations.selectors import is_blocked
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from oeuvre.domains.briefs.models import Brief
    from oeuvre.kit.actor import Actor


def brief_send(*, actor: Actor, brief_id: UUID, freelancers: Mapping[UUID, UUID | None]) -> Brief:
    """Ask chosen freelancers for an offer: ids, each with the gig that they were found by, or None.

    A draft is thereby sent; a brief that is open already gets further invitations. Who was invited before is not asked
    again. Raises BriefNotFoundError, InvitationError, TooManyInvitationsError, and what ``brief_publish`` raises.
    """
    if not freelancers:
        raise InvitationError(_("Choose at least one freelancer."))
    with transaction.atomic():
        lock_names([f"briefs:{actor.person_id}"])
        brief = own_brief_locked(actor=actor, brief_id=brief_id)
        if brief.status == BriefState.DRAFT:
            brief = brief_open(actor, brief, BriefState.SENT)
        open_check(brief)
        known = set(Invitation.objects.filter(brief=brief).values_list("freelancer_id", flat=True))
        new = {person: gig for person, gig in freelancers.items() if person not in known}
        if len(known) + len(new) > LIMITS.invitations:
            raise TooManyInvitationsError(
                _("At most %(most)d freelancers are invited to a brief. Publish it to be found by all.")
                % {"most": LIMITS.invitations}
            )
        _day_check(actor, len(new))
        category = category_name(brief.category)
        for person, gig in sorted(new.items()):
            _invite(actor, brief, person, gig, category)
    return brief


def _day_check(actor: Actor, more: int) -> None:
    """Copies of a brief that was taken back would otherwise mail the same people again and again."""
    since = timezone.now() - timedelta(days=1)
    today = Invitation.objects.filter(brief__buyer_id=actor.person_id, created_at__gt=since).count()
    if more and today + more > LIMITS.invitations_a_day:
        raise TooManyInvitationsError(
            _(
                "At most %(most)d freelancers are invited in a day. Publish the brief to be found by all, or come back tomorrow."
            )
            % {"most": LIMITS.invitations_a_day}
        )


def _invite(actor: Actor, brief: Brief, freelancer_id: UUID, gig_id: UUID | None, category: str) -> None:
    if freelancer_id == brief.buyer_id:
        raise InvitationError(_("This is you. Choose somebody else."), freelancer_id=freelancer_id)
    blocked = is_blocked(one_id=brief.buyer_id, other_id=freelancer_id)
    if blocked or not freelancer_reachable(user_id=freelancer_id):
        raise InvitationError(
            _("This freelancer cannot be invited. Choose somebody else."), freelancer_id=freelancer_id
        )
    invitation = Invitation.objects.create(brief=brief, freelancer_id=freelancer_id, gig_id=gig_id)
    audit.record(actor=actor, code="brief.invited", subject=brief, freelancer=str(freelancer_id))
    notices.invited(brief=brief, freelancer=invitation.freelancer, category=category)


def invitation_decline(*, actor: Actor, brief_id: UUID) -> Invitation:
    """The freelancer will make no offer; said once. Raises InvitationNotFoundError."""
    with transaction.atomic():
        mine = Invitation.objects.select_for_update(of=("self",)).select_related("brief")
        invitation = mine.filter(brief_id=brief_id, freelancer_id=actor.person_id).first()
        if invitation is None:
            raise InvitationNotFoundError(_("You are not invited to this brief."))
        if invitation.declined_at is None:
            invitation.declined_at = timezone.now()
            invitation.save(update_fields=["declined_at", "updated_at"])
            audit.record(actor=actor, code="brief.invitation_declined", subject=invitation.brief)
    return invitation
