"""The whole way with the real engine: a buyer writes, and what stands in the freelancer's gigs is what is said."""

from __future__ import annotations

from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import ports, services, thinking
from oeuvre.domains.assistant.engine import deciding
from oeuvre.domains.assistant.knowledge import known_by
from oeuvre.domains.assistant.models import Assistant, RehearsalCase
from oeuvre.domains.assistant.services import tending
from oeuvre.domains.assistant.states import ExchangeState
from oeuvre.kit.ports import port
from tests.domains.conversation_talk import page_of, start
from tests.support.assistants import answered, live_assistant
from tests.support.fake_embeddings import FAKE_EMBEDDINGS, FakeEmbeddings

pytestmark = pytest.mark.django_db


def studio() -> FakeEmbeddings:
    return port("embeddings", FakeEmbeddings)


@pytest.fixture(params=["vectors", "words alone"])
def assistant(
    request: pytest.FixtureRequest, freelancer: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Assistant:
    """Live, with a studio that embeds texts, and with one that is away."""
    monkeypatch.setattr(ports, "VECTORS", ports.KeptVectors())
    settings.PORTS = {**settings.PORTS, **FAKE_EMBEDDINGS}
    studio().away = request.param == "words alone"
    return live_assistant(freelancer)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What does the package “One notice” cost?", ("$40",)),
        ("Quanto custa o pacote “One notice”?", ("40",)),
    ],
)
def test_reply_execute__says_what_the_gig_says_in_the_buyers_language(
    assistant: Assistant, buyer: User, freelancer: User, question: str, said: tuple[str, ...]
) -> None:
    exchange = answered(start(buyer, freelancer, question))
    assert exchange.status == ExchangeState.SENT, exchange.reason
    reply = page_of(buyer, exchange.conversation).messages[-1]
    assert reply.by_assistant
    assert [one for one in said if one not in (reply.body or "")] == [], reply.body


def test_reply_execute__hands_off_what_no_source_settles(assistant: Assistant, buyer: User, freelancer: User) -> None:
    exchange = answered(start(buyer, freelancer, "I want my money back, this is not what we agreed on!"))
    assert exchange.status == ExchangeState.HANDED_OFF
    assert "$" not in (page_of(buyer, exchange.conversation).messages[-1].body or "")


def test_rehearsal__tries_what_comes_with_the_site(assistant: Assistant) -> None:
    cases = RehearsalCase.objects.filter(assistant=assistant, origin="builtin")
    assert cases.exists()
    assert not cases.filter(action="").exists()


def test_prepare__reads_a_freelancers_sources_once(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    known = known_by(assistant)
    asked: list[Any] = []
    monkeypatch.setattr(deciding, "decide", lambda *given, **named: asked.append(given))
    thinking._prepared.clear()
    services.assistant_prepare(assistant_id=assistant.pk)
    services.assistant_prepare(assistant_id=assistant.pk)
    is_away = studio().away
    assert len(asked) == (0 if is_away else 1)
    assert (known.fingerprint in thinking._prepared) is not is_away


def test_assistants_prepare__reads_those_that_this_process_has_not_read(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "_read", set())
    assert (services.assistants_prepare(), services.assistants_prepare()) == (1, 0)
