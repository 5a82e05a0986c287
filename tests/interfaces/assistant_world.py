"""An assistant with one of everything, and one at work whose thinking follows a script."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from oeuvre.domains.assistant import services, thinking
from oeuvre.domains.assistant.content import SettingsContent
from oeuvre.domains.assistant.engine.types import Action, Audience, Decision, Policy, Sentence
from oeuvre.domains.assistant.models import Assistant, Exchange
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.conversations.models import Conversation
from tests.support.factories import CARD
from tests.support.gigs import live_gig, small_catalogue
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from oeuvre.domains.accounts.models import User

REPLY, HANDED = "The basic size takes three days.", "I have passed your message on."
SUMMARY = "Wants a contract before anything else."


def decide(message: str, *, on_sentence: Callable[[Sentence], bool] | None = None, **_given: Any) -> Decision:
    """Hands off what speaks of a contract; answers everything else with one sentence from the profile."""
    if "contract" in message:
        return Decision(Action.HAND_OFF, "topic", 0.2, (Sentence(HANDED),), summary=SUMMARY)
    sentence = Sentence(REPLY, ("profile",))
    if on_sentence is not None:
        on_sentence(sentence)
    return Decision(Action.COMPOSE, "sources", 0.9, (sentence,), aspects=("delivery",))


def scripted(monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...] = ()) -> None:
    """The engine is this script. ``asked`` are the questions of buyers that its draft is made for."""
    monkeypatch.setattr(thinking, "decide", decide)
    cases = [
        thinking.BuiltinCase("when", "When could you deliver?", "en", Audience.NEW, (Action.COMPOSE,)),
        thinking.BuiltinCase("paper", "Send a contract first.", "en", Audience.NEW, (Action.HAND_OFF,)),
    ]
    monkeypatch.setattr(thinking, "builtin_cases", lambda groups, languages: cases)
    draft = SimpleNamespace(
        question="How long does it take?", reply="Three days, as a rule.", sources=("profile",), confidence=0.9, asked=4,
        language="en", asked_texts=asked,
    )  # fmt: skip
    monkeypatch.setattr(thinking, "bank_draft", lambda questions, known: [draft])


def subscribed(freelancer: User) -> User:
    """With a plan that includes the assistant."""
    billing.subscription_start(actor=freelancer.actor, plan=Plan.ASSISTANT, method_token=CARD)
    run_tasks()
    return freelancer


def live_assistant(freelancer: User, policy: Policy = Policy.ANSWER) -> Assistant:
    """Set up, rehearsed and live; needs ``scripted``."""
    small_catalogue()
    live_gig(subscribed(freelancer))
    services.assistant_create(actor=freelancer.actor)
    settings = SettingsContent(policies=dict.fromkeys(Audience, policy))
    services.settings_save(actor=freelancer.actor, settings=settings)
    services.rehearsal_start(actor=freelancer.actor)
    run_tasks()
    return services.assistant_go_live(actor=freelancer.actor)


def assistant_arguments(owner: User, buyer: User) -> dict[str, Any]:
    """For the addresses of an assistant: one of each thing of ``owner``'s."""
    assistant = services.assistant_create(actor=owner.actor)
    talk = Conversation.objects.filter(freelancer=owner, buyer=buyer)[0]
    exchange = Exchange.objects.create(
        assistant=assistant,
        conversation=talk,
        asked_ids=list(talk.messages.values_list("pk", flat=True)[:1]),
        status="handed_off",
        ended_at=timezone.now(),
    )
    return {
        "section_key": "audiences",
        "answer_id": services.answer_add(actor=owner.actor, question="How long?", reply="Three days.").pk,
        "rehearsal_case_id": services.case_add(actor=owner.actor, text="When could you deliver?").pk,
        "exchange_id": exchange.pk,
    }
