"""What the assistant knows of enquiries: which messages it handled, and how. Without an assistant there is none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.assistant import selectors as assistant
from oeuvre.domains.assistant.states import ExchangeState
from oeuvre.domains.insights.enquiries import Handled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.assistant.selectors import ExchangeFacts
    from oeuvre.kit.actor import Actor

NO_TOPIC = frozenset(
    {"background", "chit_chat", "greeting", "job", "manipulation", "partnership", "spam", "thanks", "wrong_person"}
)
"""Aspects that are said along the way, or by whoever has no enquiry."""
_NO_SOURCE = frozenset({"unsupported", "partly"})
"""The engine's reasons for a hand-off that an answer in the bank would have settled, at least in part."""
_REFUSED, _NOT_FOR_US = "refused", "not_for_us"


def handled_of(*, freelancer_id: UUID, since: datetime) -> list[Handled]:
    """Messages that reached the assistant since a moment, oldest first. One query."""
    return [handled(one) for one in assistant.exchange_facts(freelancer_id=freelancer_id, since=since)]


def handled(one: ExchangeFacts) -> Handled:
    """An exchange as insights count it: only what was sent has a time, and what was written as a draft the freelancer sent."""
    handed_off = one.outcome == ExchangeState.HANDED_OFF
    return Handled(
        id=one.id,
        conversation_id=one.conversation_id,
        at=one.created_at,
        aspects=tuple(aspect for aspect in one.aspects if aspect not in NO_TOPIC),
        seconds=one.waited if one.outcome == ExchangeState.SENT else None,
        handed_off=handed_off,
        unsupported=handed_off and one.reason in _NO_SOURCE,
        declined=one.outcome == ExchangeState.SENT and one.reason == _REFUSED,
        not_for_us=one.reason == _NOT_FOR_US,
    )


def questions_of(*, actor: Actor, handled: Sequence[Handled]) -> Mapping[UUID, str]:
    """What buyers wrote in these, by id, as far as it can be read. Two queries, and none for none."""
    if not handled:
        return {}
    return assistant.exchange_questions(actor=actor, exchange_ids=[one.id for one in handled])
