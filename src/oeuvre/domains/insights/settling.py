"""Unanswered questions that a freelancer has dealt with. Imported through ``services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.assistant import selectors as assistant
from oeuvre.domains.audit import services as audit
from oeuvre.domains.insights.models import SettledQuestion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from oeuvre.domains.insights.enquiries import Handled
    from oeuvre.kit.actor import Actor


def question_settle(*, actor: Actor, exchange_id: UUID) -> SettledQuestion:
    """Take a question off the list of the unanswered; repeated, it changes nothing. Raises ExchangeNotFoundError."""
    assistant.exchange_get(actor=actor, exchange_id=exchange_id)
    with transaction.atomic():
        row, made = SettledQuestion.objects.get_or_create(person_id=actor.person_id, exchange_id=exchange_id)
        if made:
            audit.record(actor=actor, code="unanswered_question.settled", subject=row)
    return row


def settled_among(*, person_id: UUID, handled: Iterable[Handled]) -> frozenset[UUID]:
    """Which of these the person has settled. One query, and none where nothing is unanswered."""
    asked = [one.id for one in handled if one.unsupported]
    if not asked:
        return frozenset()
    rows = SettledQuestion.objects.filter(person_id=person_id, exchange_id__in=asked)
    return frozenset(rows.values_list("exchange_id", flat=True))
