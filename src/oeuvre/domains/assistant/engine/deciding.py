"""The decision: what the assistant does with a message. ``decide`` is the way in; docs/handbook/assistant-engine.md."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine import planning, reasons
from oeuvre.domains.assistant.engine.looking import look
from oeuvre.domains.assistant.engine.summing import summary_of
from oeuvre.domains.assistant.engine.types import Action, Decision
from oeuvre.domains.assistant.engine.writing import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.domains.assistant.engine.types import Chat, Knowledge, Reader, Rules, Sentence, Situation, Vectors


def decide(
    message: str,
    *,
    knowledge: Knowledge,
    rules: Rules,
    situation: Situation,
    vectors: Vectors | None,
    reader: Reader | None = None,
    chat: Chat | None = None,
    on_sentence: Callable[[Sentence], bool] | None = None,
) -> Decision:
    """Decide and write the reply.

    ``on_sentence`` gets each sentence once it is checked; where it answers False a person has taken over, and the decision
    is a hand-off of what was said until then. Nothing in ``message`` changes what may be said.
    Without ``vectors`` or ``reader`` more is handed off.
    """
    view = look(message, knowledge=knowledge, rules=rules, situation=situation, vectors=vectors, reader=reader)
    plan = planning.plan(view)
    sentences, tokens = write(plan, view, chat)
    decision = Decision(
        action=plan.action,
        reason=plan.reason,
        confidence=round(plan.confidence, 3),
        sentences=sentences,
        task=plan.task,
        aspects=view.aspects,
        language=view.composer.language,
        summary=summary_of(view, plan) if plan.action is Action.HAND_OFF else "",
        tokens=tokens,
    )
    if on_sentence is None:
        return decision
    said: list[Sentence] = []
    for sentence in decision.sentences:
        if not on_sentence(sentence):
            return replace(
                decision,
                action=Action.HAND_OFF,
                reason=reasons.STOPPED,
                sentences=tuple(said),
                task=None,
                summary=summary_of(view, plan),
            )
        said.append(sentence)
    return decision
