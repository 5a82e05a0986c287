"""The bank of answers: drafted from sources, accepted, changed, rejected, added. Imported through ``services``."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from oeuvre.domains.assistant import thinking
from oeuvre.domains.assistant.checking import answer_checked
from oeuvre.domains.assistant.common import SYSTEM, own_answer_locked, own_assistant_locked
from oeuvre.domains.assistant.errors import AnswerInvalidError
from oeuvre.domains.assistant.knowledge import known_by
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.assistant.models import Answer, Assistant
from oeuvre.domains.assistant.sealing import Opener, answer_context, seal
from oeuvre.domains.assistant.services.rerunning import assistant_changed
from oeuvre.domains.assistant.sources import SourceLink, conversations_in, links_of
from oeuvre.domains.assistant.states import ANSWER, AnswerOrigin, AnswerState
from oeuvre.domains.audit import services as audit
from oeuvre.kit.locks import lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from oeuvre.domains.assistant.knowledge import Known
    from oeuvre.domains.assistant.thinking import DraftAnswer
    from oeuvre.kit.actor import Actor

_SAME = 90
"""Likeness in percent from which two questions are one."""
_OFTEN = 2
"""Times that a question was asked from which it is put before the freelancer although no source settles it."""


def answer_add(*, actor: Actor, question: str, reply: str, language: str = "en") -> Answer:
    """Add an answer in one's own words; it counts at once. Raises AssistantNotFoundError, AnswerInvalidError."""
    question, reply = answer_checked(question, reply)
    with transaction.atomic():
        assistant = own_assistant_locked(actor)
        return answer_write(actor=actor, assistant=assistant, question=question, reply=reply, language=language)


def answer_write(
    *,
    actor: Actor,
    assistant: Assistant,
    question: str,
    reply: str,
    language: str,
    origin: AnswerOrigin = AnswerOrigin.OWN,
) -> Answer:
    """An accepted answer of a locked assistant. Raises AnswerInvalidError for one too many."""
    if assistant.answers.count() >= LIMITS.answers:
        raise AnswerInvalidError(
            _("A bank has %(most)d answers at most. Delete some first.") % {"most": LIMITS.answers}, field="question"
        )
    answer = Answer(
        pk=uuid.uuid4(), assistant=assistant, status=AnswerState.ACCEPTED, origin=origin, language=language or "en"
    )
    _seal(assistant, answer, question, reply)
    answer.save(force_insert=True)
    audit.record(actor=actor, code="assistant_answer.added", subject=answer, origin=str(origin))
    assistant_changed(actor=actor, assistant=assistant)
    return answer


def answer_edit(*, actor: Actor, answer_id: UUID, question: str, reply: str) -> Answer:
    """Change an answer's words; its state stays. What it was made from stays, too: it is still made from that.

    Raises AnswerNotFoundError, AnswerInvalidError.
    """
    question, reply = answer_checked(question, reply)
    with transaction.atomic():
        answer, assistant = _locked(actor, answer_id)
        before = Opener(assistant.freelancer_id).value(answer.sealed, answer_context(answer))
        _seal(assistant, answer, question, reply, (SourceLink(**link) for link in before["links"]))
        answer.save(update_fields=["sealed", "updated_at"])
        audit.record(actor=actor, code="assistant_answer.edited", subject=answer)
        if answer.status == AnswerState.ACCEPTED:
            assistant_changed(actor=actor, assistant=assistant)
    return answer


def answer_accept(*, actor: Actor, answer_id: UUID) -> Answer:
    """Let the assistant say it. Raises AnswerNotFoundError, AnswerInvalidError for a draft that has no reply yet."""
    return _decide(actor, answer_id, AnswerState.ACCEPTED)


def answer_reject(*, actor: Actor, answer_id: UUID) -> Answer:
    """Let it never say it; the question is not drafted again. Raises AnswerNotFoundError."""
    return _decide(actor, answer_id, AnswerState.REJECTED)


def answer_delete(*, actor: Actor, answer_id: UUID) -> None:
    """Remove an answer for good. Raises AnswerNotFoundError."""
    with transaction.atomic():
        answer, assistant = _locked(actor, answer_id)
        was_used = answer.status == AnswerState.ACCEPTED
        audit.record(actor=actor, code="assistant_answer.deleted", subject=answer)
        answer.delete()
        if was_used:
            assistant_changed(actor=actor, assistant=assistant)


def _decide(actor: Actor, answer_id: UUID, state: AnswerState) -> Answer:
    with transaction.atomic():
        answer, assistant = _locked(actor, answer_id)
        if answer.status == state:
            return answer
        if state is AnswerState.ACCEPTED:
            said = Opener(assistant.freelancer_id).value(answer.sealed, answer_context(answer))
            answer_checked(said["question"], said["reply"])
        changes_replies = AnswerState.ACCEPTED in (state, answer.status)
        answer = ANSWER.transition(answer, state, actor=actor)
        if changes_replies:
            assistant_changed(actor=actor, assistant=assistant)
    return answer


def _locked(actor: Actor, answer_id: UUID) -> tuple[Answer, Assistant]:
    answer = own_answer_locked(actor, answer_id)
    return answer, lock_rows(Assistant.objects.filter(pk=answer.assistant_id))[0]


def _seal(assistant: Assistant, answer: Answer, question: str, reply: str, links: Iterable[SourceLink] = ()) -> None:
    """``links`` names what it was made from, as that was called then."""
    named = [{"id": link.id, "label": link.label, "url": link.url} for link in links]
    value = {"question": question, "reply": reply, "links": named}
    answer.sealed = seal(assistant.freelancer_id, value, answer_context(answer))


def bank_draft_start(*, actor: Actor) -> Assistant:
    """Have answers drafted from what buyers asked and from one's own sources, in the background; safe to repeat.

    Raises AssistantNotFoundError.
    """
    with transaction.atomic():
        assistant = own_assistant_locked(actor)
        if assistant.drafting_since is not None:
            return assistant
        assistant.drafting_since = timezone.now()
        assistant.save(update_fields=["drafting_since", "updated_at"])
        audit.record(actor=actor, code="assistant.bank_drafting", subject=assistant)
        defer("assistant.bank_draft", assistant_id=str(assistant.pk))
    return assistant


def bank_draft_build(*, assistant_id: UUID) -> int:
    """Draft what is not in the bank yet; returns how many. Done again after it was finished, it does nothing."""
    assistant = Assistant.objects.filter(pk=assistant_id).exclude(drafting_since=None).first()
    if assistant is None:
        return 0
    known = known_by(assistant)
    asked: dict[str, list[UUID]] = defaultdict(list)
    for talk in known.talks:
        for words, _reply in talk.pairs:
            asked[words].append(talk.id)
    drafts = thinking.bank_draft(list(asked), known=known)
    with transaction.atomic():
        locked = lock_rows(Assistant.objects.filter(pk=assistant_id))[0]
        if locked.drafting_since is None:
            return 0
        made = _keep(locked, drafts, known, asked)
        locked.drafting_since = None
        locked.save(update_fields=["drafting_since", "updated_at"])
        audit.record(actor=SYSTEM, code="assistant.bank_drafted", subject=locked, answers=made)
    return made


def bank_draft_fail(*, assistant_id: UUID) -> None:
    """The worker gave up; the freelancer may start again."""
    with transaction.atomic():
        for locked in lock_rows(Assistant.objects.filter(pk=assistant_id).exclude(drafting_since=None)):
            locked.drafting_since = None
            locked.save(update_fields=["drafting_since", "updated_at"])
            audit.record(actor=SYSTEM, code="assistant.bank_draft_failed", subject=locked)


def _keep(assistant: Assistant, drafts: Iterable[DraftAnswer], known: Known, asked: dict[str, list[UUID]]) -> int:
    opener = Opener(assistant.freelancer_id)
    rows = list(assistant.answers.all())
    there = [default_process(opener.value(row.sealed, answer_context(row))["question"]) for row in rows]
    by_hex = {talk.hex: talk for talk in known.talk_ids}
    room = min(LIMITS.drafts, LIMITS.answers - len(rows))
    made = 0
    for draft in drafts:
        question, reply = draft.question[: LIMITS.question].strip(), draft.reply[: LIMITS.reply].strip()
        plain = default_process(question)
        if made >= room:
            break
        if not question or any(fuzz.ratio(plain, one) >= _SAME for one in there):
            continue
        if not reply and draft.asked < _OFTEN:
            continue
        quoted = [talk for words in (draft.question, *draft.asked_texts) for talk in asked.get(words, ())]
        answer = Answer(
            pk=uuid.uuid4(),
            assistant=assistant,
            origin=AnswerOrigin.DRAFTED,
            language=draft.language,
            confidence=draft.confidence,
            asked=draft.asked,
            sources=list(draft.sources),
            conversations=list(dict.fromkeys([*quoted, *conversations_in(draft.sources, by_hex)])),
        )
        _seal(assistant, answer, question, reply, links_of(draft.sources, known.knowledge))
        answer.save(force_insert=True)
        there.append(plain)
        made += 1
    return made
