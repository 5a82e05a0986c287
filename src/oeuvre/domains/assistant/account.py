"""What assistants do when a person takes their data away or leaves. Imported through ``services``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.accounts.services import DeletionEffect
from oeuvre.domains.assistant.content import settings_json
from oeuvre.domains.assistant.knowledge import settings_open
from oeuvre.domains.assistant.models import Answer, Assistant, Correction, Exchange, RehearsalCase
from oeuvre.domains.assistant.sealing import (
    Opener,
    answer_context,
    case_context,
    correction_context,
    decision_context,
)
from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations import selectors as conversations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def export(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """The person's assistant as JSON: settings, answers, cases, and what it did."""
    assistant = Assistant.objects.filter(freelancer_id=actor.person_id).first()
    if assistant is None:
        return
    opener = Opener(assistant.freelancer_id)
    facts: dict[str, Any] = {
        "state": assistant.status,
        "settings": settings_json(settings_open(assistant, opener)),
        "answers": [
            {"state": row.status, "origin": row.origin} | opener.value(row.sealed, answer_context(row))
            for row in assistant.answers.order_by("created_at")
        ],
        "rehearsal": [
            {"text": opener.value(row.sealed, case_context(row)), "mark": row.mark, "must pass": row.must_pass}
            for row in assistant.cases.all()
        ],
        "exchanges": [
            {
                "at": row.created_at,
                "state": row.status,
                "reason": row.reason,
                "seconds": row.seconds,
                "tokens": row.tokens,
                "decision": opener.value(row.sealed_decision, decision_context(row)),
            }
            for row in assistant.exchanges.order_by("created_at").iterator()
        ],
        "corrections": [
            {"at": row.created_at, "reply": opener.value(row.sealed, correction_context(row))}
            for row in Correction.objects.filter(exchange__assistant=assistant).order_by("created_at")
        ],
    }
    yield "assistant.json", json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def erase(actor: Actor) -> None:
    """Remove the person's own assistant with all that it kept, and what other people's assistants kept of their words."""
    for assistant in Assistant.objects.filter(freelancer_id=actor.person_id):
        audit.record(actor=actor, code="assistant.deleted", subject=assistant)
        assistant.delete()
    talks = _talks_as_buyer(actor)
    Answer.objects.filter(conversations__overlap=talks).delete()
    RehearsalCase.objects.filter(conversations__overlap=talks).delete()
    Exchange.objects.filter(conversation__buyer_id=actor.person_id).update(sealed_decision=b"", sealed_live=b"")


def _talks_as_buyer(actor: Actor) -> list[UUID]:
    rows = conversations.conversations_of(actor=actor).filter(buyer_id=actor.person_id)
    return list(rows.values_list("pk", flat=True))


def erase_effects(actor: Actor) -> list[DeletionEffect]:
    """What that will do."""
    own = Assistant.objects.filter(freelancer_id=actor.person_id)
    talked = conversations.conversations_of(actor=actor).filter(
        Exists(Exchange.objects.filter(conversation=OuterRef("pk"))), buyer_id=actor.person_id
    )
    return [
        DeletionEffect(
            own, lambda _count: _("Your assistant is removed, with its answers, its rehearsals and what it kept.")
        ),
        DeletionEffect(
            talked,
            lambda count: (
                ngettext(
                    "What an assistant noted and learned from your words in %(count)d conversation is removed.",
                    "What assistants noted and learned from your words in %(count)d conversations is removed.",
                    count,
                )
                % {"count": count}
            ),
        ),
    ]
