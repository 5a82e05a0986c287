"""Where two people talk about a brief. Imported through ``briefs.services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.briefs.errors import BriefNotFoundError, OfferNotAllowedError, OwnBriefError
from oeuvre.domains.briefs.models import Brief
from oeuvre.domains.briefs.states import BriefState
from oeuvre.domains.briefs.words import category_name
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.selectors import is_blocked
from oeuvre.domains.conversations.states import Subject
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor


def brief_enquire(*, actor: Actor, brief_id: UUID) -> Conversation:
    """The conversation in which a freelancer asks the buyer about an open brief, before or instead of an offer.

    It is shown in no list until something is said. Raises PermissionDeniedError for somebody who is no freelancer,
    BriefNotFoundError for a brief that they may not see or that is over, OwnBriefError, OfferNotAllowedError.
    """
    actor.require(Role.FREELANCER)
    brief = Brief.objects.filter(pk=brief_id).first()
    if brief is None or not brief.is_open:
        raise BriefNotFoundError(_("There is no such brief."))
    if brief.buyer_id == actor.user_id:
        raise OwnBriefError(_("This is your own brief."))
    is_invited = brief.invitations.filter(freelancer_id=actor.user_id).exists()
    if brief.status != BriefState.PUBLISHED and not is_invited:
        raise BriefNotFoundError(_("There is no such brief."))
    if is_blocked(one_id=actor.person_id, other_id=brief.buyer_id):
        raise OfferNotAllowedError(_("You two do not write to each other."))
    return conversation_about(actor=actor, brief=brief, freelancer_id=actor.person_id)


def conversation_about(*, actor: Actor, brief: Brief, freelancer_id: UUID) -> Conversation:
    """The two's conversation about the brief, opened where there is none."""
    return conversations.conversation_open(
        actor=actor,
        buyer_id=brief.buyer_id,
        freelancer_id=freelancer_id,
        subject_type=Subject.BRIEF,
        subject_id=brief.pk,
        subject_label=_("Brief: %(category)s") % {"category": category_name(brief.category)},
    )
