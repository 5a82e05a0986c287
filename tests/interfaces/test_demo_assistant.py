"""The demo writer's assistant: set up, judged and put to work in steps that can be repeated; kept back where it is wrong."""

from __future__ import annotations

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import selectors, thinking
from oeuvre.domains.assistant.engine.types import Action, Decision, Sentence
from oeuvre.domains.assistant.services import rehearsal_execute
from oeuvre.domains.assistant.states import AssistantState
from oeuvre.domains.conversations.models import Message
from oeuvre.interfaces.demo.assistants import Stage, assistant_load
from oeuvre.interfaces.demo.content import DemoFreelancer, demo_people
from oeuvre.interfaces.demo.loader import demo_load

pytestmark = pytest.mark.django_db
WRITER = next(person for person in demo_people() if person.assistant)


@pytest.fixture
def loaded() -> User:
    demo_load(password="a-long-demo-password")
    return User.objects.get(email=WRITER.email)


def scripted(monkeypatch: pytest.MonkeyPatch, *, wrong: str = "") -> None:
    """An engine that does what the file expects, but for one message."""
    expected = {case["message"]: case["expects"][0] for case in WRITER.assistant["cases"]}

    def decide(message: str, **_: object) -> Decision:
        action = Action.CLARIFY if message == wrong else Action(expected.get(message, "hand_off"))
        return Decision(action, "scripted", 0.9, (Sentence("Well.", ("profile",)),))

    monkeypatch.setattr(thinking, "decide", decide)
    monkeypatch.setattr(thinking, "builtin_cases", lambda groups, languages: [])


def rehearse(writer: User) -> None:
    state = selectors.rehearsal_state(actor=writer.actor)
    assert state is not None
    assert state.is_open
    rehearsal_execute(run_id=state.run_id)


def test_assistant_load__sets_up_rehearses_judges_and_goes_live(loaded: User, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch)
    assert assistant_load(WRITER) is Stage.REHEARSING
    assert assistant_load(WRITER) is Stage.REHEARSING  # still under way: nothing is done twice
    rehearse(loaded)
    assert assistant_load(WRITER) is Stage.REHEARSING  # judged; what must pass is tried again
    rehearse(loaded)
    assert assistant_load(WRITER) is Stage.LIVE
    found = selectors.assistant_of(actor=loaded.actor)
    assert found is not None
    assert found.status == AssistantState.LIVE
    bank = selectors.bank_of(actor=loaded.actor)
    assert len(bank.rows) == len(WRITER.assistant["answers"])
    buyers = {row["buyer"] for row in WRITER.assistant["enquiries"]}
    assert Message.objects.filter(author__email__in=buyers, conversation__freelancer=loaded).count() == len(buyers)
    assert assistant_load(WRITER) is Stage.LIVE
    assert Message.objects.filter(author__email__in=buyers, conversation__freelancer=loaded).count() == len(buyers)


def test_assistant_load__keeps_back_one_that_gets_a_case_wrong(loaded: User, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, wrong=WRITER.assistant["cases"][2]["message"])
    for _ in range(2):
        assert assistant_load(WRITER) is Stage.REHEARSING
        rehearse(loaded)
    assert assistant_load(WRITER) is Stage.HELD_BACK
    found = selectors.assistant_of(actor=loaded.actor)
    assert found is not None
    assert found.status == AssistantState.DRAFT


def test_demo_people__have_one_assistant_with_cases_of_every_kind() -> None:
    people: list[DemoFreelancer] = [person for person in demo_people() if person.assistant]
    assert [person.handle for person in people] == ["maren-oduya"]
    actions = {action for case in WRITER.assistant["cases"] for action in case["expects"]}
    assert {"compose", "hand_off", "decline"} <= actions
