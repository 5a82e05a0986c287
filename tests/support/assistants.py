"""Assistants that are live, and an engine that says what a test wants it to say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from oeuvre.domains.assistant import services, thinking
from oeuvre.domains.assistant.engine.types import Action, Audience, Decision, Policy, Sentence
from oeuvre.domains.assistant.models import Assistant, Exchange
from oeuvre.domains.assistant.services import SettingsContent
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from tests.support.gigs import live_gig

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.assistant.engine.types import Situation
    from oeuvre.domains.assistant.knowledge import Known
    from oeuvre.domains.conversations.models import Conversation

CARD = "sandbox:succeeds"
ANSWERING = dict.fromkeys(Audience, Policy.ANSWER)
QUESTION = "How long does one notice take?"
REPLY = "One notice takes 2 days."


def decision(*texts: str, action: Action = Action.COMPOSE, **changes: Any) -> Decision:
    """A reply of these sentences, each of which cites the profile."""
    sentences = tuple(Sentence(text, ("profile",)) for text in texts or (REPLY,))
    values: dict[str, Any] = {"aspects": ("delivery",), "language": "en"} | changes
    return Decision(action, "sources", 0.9, sentences, **values)


def hand_off(*texts: str, **changes: Any) -> Decision:
    return replace(
        decision(*texts, action=Action.HAND_OFF, **changes),
        sentences=tuple(Sentence(text) for text in texts),
        reason="unsupported",
        summary="They ask for a lower price.",
    )


@dataclass
class Script:
    """Stands where the engine stands. ``then`` is what it decides; ``during`` runs after each sentence that it shows."""

    then: Decision | Callable[[str], Decision] = field(default_factory=decision)
    during: Callable[[], object] | None = None
    asked: list[tuple[str, Situation]] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)

    def __call__(
        self,
        message: str,
        *,
        known: Known,
        situation: Situation,
        on_sentence: Callable[[Sentence], bool] | None = None,
    ) -> Decision:
        self.asked.append((message, situation))
        self.known.append(known)
        found = self.then(message) if callable(self.then) else self.then
        for sentence in found.sentences if on_sentence else ():
            assert on_sentence is not None
            self.shown.append(on_sentence(sentence))
            if self.during:
                self.during()
        return found


def scripted(monkeypatch: pytest.MonkeyPatch, then: Decision | Callable[[str], Decision] | None = None) -> Script:
    """Put a script in the engine's place, and nothing built in to rehearse."""
    script = Script(then or decision())
    monkeypatch.setattr(thinking, "decide", script)
    monkeypatch.setattr(thinking, "builtin_cases", lambda groups, languages: [])
    monkeypatch.setattr(thinking, "prepare", lambda known: None)
    return script


def subscribed(user: User) -> User:
    """On the plan that includes the assistant."""
    billing.subscription_start(actor=user.actor, plan=Plan.ASSISTANT, method_token=CARD)
    return user


def ready_assistant(user: User, *, has_plan: bool = True, **settings: Any) -> Assistant:
    """Set up, with a gig on offer and a plan; nothing was rehearsed."""
    live_gig(user)
    if has_plan:
        subscribed(user)
    assistant = services.assistant_create(actor=user.actor)
    services.settings_save(actor=user.actor, settings=SettingsContent(**({"policies": ANSWERING} | settings)))
    return assistant


def live_assistant(user: User, **settings: Any) -> Assistant:
    """At work. Answers everybody unless the settings say otherwise."""
    assistant = ready_assistant(user, **settings)
    rehearsed(user)
    services.assistant_go_live(actor=user.actor)
    assistant.refresh_from_db()
    return assistant


def rehearsed(user: User) -> None:
    """Every case was tried once."""
    run = services.rehearsal_start(actor=user.actor)
    services.rehearsal_execute(run_id=run.pk)


def waiting_exchange(conversation: Conversation) -> Exchange:
    return Exchange.objects.get(conversation=conversation, status="queued")


def answered(conversation: Conversation) -> Exchange:
    """What waits in the conversation is handled."""
    exchange = waiting_exchange(conversation)
    services.reply_execute(exchange_id=exchange.pk)
    exchange.refresh_from_db()
    return exchange
