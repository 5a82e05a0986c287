"""Who is told of their insights once a week, and how that ends. Imported through ``services`` and ``selectors``."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.insights.errors import InsightsUnsubscribeInvalidError
from oeuvre.domains.insights.models import WeeklyMail
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from uuid import UUID

_SALT = "insights.unsubscribe"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def is_mail_wanted(*, actor: Actor) -> bool:
    """Whether the actor gets the weekly mail, as far as they decide."""
    return not WeeklyMail.objects.filter(person_id=actor.person_id, is_wanted=False).exists()


def weekly_mail_set(*, actor: Actor, wanted: bool) -> WeeklyMail:
    """Turn the actor's weekly mail on or off. Raises RoleRequiredError for who is no freelancer."""
    actor.require(Role.FREELANCER)
    return _set(actor, actor.person_id, wanted=wanted)


def unsubscribe_token(*, person_id: UUID) -> str:
    """What a mail's link carries. It holds for ever, and for nothing but ending this mail."""
    return signing.dumps(str(person_id), salt=_SALT)


def weekly_mail_unsubscribe(*, token: str) -> WeeklyMail:
    """End the weekly mail of the person that a mail's link was for, who need not be logged in. Safe to repeat.

    Raises InsightsUnsubscribeInvalidError.
    """
    try:
        person_id = uuid.UUID(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError):
        raise InsightsUnsubscribeInvalidError(
            _("This link is not complete. Copy all of it from the mail, or turn the mail off after logging in.")
        ) from None
    return _set(Actor(person_id, frozenset()), person_id, wanted=False)


def _set(actor: Actor, person_id: UUID, *, wanted: bool) -> WeeklyMail:
    with transaction.atomic():
        row = row_locked(person_id)
        if row.is_wanted != wanted:
            row.is_wanted = wanted
            row.save(update_fields=["is_wanted", "updated_at"])
            audit.record(actor=actor, code="weekly_mail.set", subject=row, wanted=wanted)
    return row


def row_locked(person_id: UUID) -> WeeklyMail:
    """The person's row, made where there is none, under its lock."""
    lock_names([f"insights.weekly:{person_id}"])
    row, _made = WeeklyMail.objects.select_for_update().get_or_create(person_id=person_id)
    return row
