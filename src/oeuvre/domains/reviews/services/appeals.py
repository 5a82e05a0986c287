"""A freelancer says that a number is wrong, once an announcement; an operator decides. Imported through ``services``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.reviews import notices
from oeuvre.domains.reviews.common import seal, words
from oeuvre.domains.reviews.errors import AppealInvalidError, AppealUsedUpError, NoDemotionError
from oeuvre.domains.reviews.levels.formula import LevelNumbers
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.models import Demotion, FreelancerLevel
from oeuvre.domains.reviews.services.levels import change_record, demotion_open, level_lock
from oeuvre.domains.reviews.states import DEMOTION, DemotionState, LevelEvent
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor

REFUSED_NOTICE_DAYS = 7
"""After an appeal that was refused late, so many days are left at least."""


def level_appeal(*, actor: Actor, text: str) -> Demotion:
    """Ask an operator to look at the lower level that is announced; until the answer it does not happen.

    Raises NoDemotionError, AppealUsedUpError, AppealInvalidError.
    """
    freelancer_id = actor.person_id
    text = words(text, least=LIMITS.least, most=LIMITS.appeal, field="text", error=AppealInvalidError)
    with transaction.atomic():
        level_lock(freelancer_id)
        demotion = demotion_open(freelancer_id)
        if demotion is None:
            raise NoDemotionError(_("No lower level is announced for you."))
        if demotion.status != DemotionState.ANNOUNCED:
            raise AppealUsedUpError(_("You appealed already; it can be done once."), demotion=demotion)
        DEMOTION.transition(
            demotion,
            DemotionState.APPEALED,
            actor=actor,
            appeal=seal(freelancer_id, text, appeal_context(demotion)),
            appealed_at=timezone.now(),
        )
    return demotion


def level_appeal_decide(*, actor: Actor, demotion_id: UUID, grant: bool, reasons: str) -> Demotion:
    """Grant an appeal, and the level stays for the time that the rules give; or refuse it, with reasons.

    Operators only, and not about themselves. Raises PermissionDeniedError, NoDemotionError, AppealInvalidError,
    IllegalTransitionError for one that nobody appealed, or that was answered.
    """
    actor.require(Role.OPERATOR)
    reasons = words(reasons, most=LIMITS.reasons, field="reasons", error=AppealInvalidError)
    found = Demotion.objects.select_related("freelancer").filter(pk=demotion_id).exclude(freelancer=actor.user_id)
    demotion = found.first()
    if demotion is None:
        raise NoDemotionError(_("There is no such appeal for you to decide."), demotion_id=demotion_id)
    rules, now = level_rules(), timezone.now()
    with transaction.atomic():
        level_lock(demotion.freelancer_id)
        changes = {
            "answer": seal(demotion.freelancer_id, reasons, answer_context(demotion)),
            "answered_by_id": actor.person_id,
            "answered_at": now,
        }
        if grant:
            DEMOTION.transition(demotion, DemotionState.OVERTURNED, actor=actor, **changes)
            row = FreelancerLevel.objects.get(freelancer_id=demotion.freelancer_id)
            row.kept_until = now + timedelta(days=rules.kept_days)
            row.save(update_fields=["kept_until", "updated_at"])
            change_record(row, LevelEvent.KEPT, row.level, LevelNumbers.from_dict(demotion.numbers), actor)
        else:
            changes["effective_at"] = max(demotion.effective_at, now + timedelta(days=REFUSED_NOTICE_DAYS))
            DEMOTION.transition(demotion, DemotionState.UPHELD, actor=actor, **changes)
        rule = rules.by_key(demotion.from_level)
        notices.appeal_answered(demotion.freelancer, demotion, rule, granted=grant)
    return demotion


def appeal_context(demotion: Demotion) -> str:
    """What the freelancer's words are bound to."""
    return f"demotion:{demotion.pk}:appeal"


def answer_context(demotion: Demotion) -> str:
    return f"demotion:{demotion.pk}:answer"
