"""The assistant rehearses, and goes live only while what must pass passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail

from oeuvre.domains.accounts.models import FreelancerProfile, User
from oeuvre.domains.accounts.services import profile_update
from oeuvre.domains.assistant import errors, selectors, services, thinking
from oeuvre.domains.assistant.engine.types import Action, Audience
from oeuvre.domains.assistant.models import Assistant, RehearsalCase, RehearsalRun
from oeuvre.domains.assistant.states import AssistantState, Mark, PauseReason, RunState
from oeuvre.domains.assistant.thinking import BuiltinCase
from oeuvre.domains.conversations import services as conversations
from tests.domains.conversation_talk import bodies, say, start
from tests.support.assistants import Script, decision, hand_off, ready_assistant, rehearsed, scripted
from tests.support.worker import pending_tasks, run_tasks

pytestmark = pytest.mark.django_db
OWN = "Can I have ten notices for half the price?"


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def assistant(freelancer: User) -> Assistant:
    return ready_assistant(freelancer)


@pytest.fixture
def case(assistant: Assistant, freelancer: User) -> RehearsalCase:
    """A case of the freelancer's own, tried once."""
    made = services.case_add(actor=freelancer.actor, text=OWN)
    rehearsed(freelancer)
    made.refresh_from_db()
    return made


def passing(case: RehearsalCase) -> bool | None:
    case.refresh_from_db()
    return case.is_passing


def marked(freelancer: User, case: RehearsalCase, mark: str) -> None:
    services.case_mark(actor=freelancer.actor, case_id=case.pk, mark=mark)
    services.case_must_pass(actor=freelancer.actor, case_id=case.pk, must_pass=True)


def test_rehearsal_execute__tries_past_enquiries_built_in_cases_and_the_freelancers_own(
    assistant: Assistant, buyer: User, freelancer: User, operator: User, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk, other = start(buyer, freelancer, "How long does it take?"), start(operator, freelancer, "Not for learning")
    for conversation in (talk, other):
        say(freelancer, conversation, "Two days.")
    for person in (buyer, freelancer):
        conversations.learning_agree(actor=person.actor, conversation_id=talk.pk)
    built_in = BuiltinCase("discount-en", "Half price?", "en", Audience.NEW, (Action.HAND_OFF,))
    seen: list[tuple[list[str], list[str]]] = []

    def cases(groups: Any, languages: Any) -> list[BuiltinCase]:
        seen.append((list(groups), list(languages)))
        return [built_in]

    monkeypatch.setattr(thinking, "builtin_cases", cases)
    services.case_add(actor=freelancer.actor, text=OWN)
    run = services.rehearsal_start(actor=freelancer.actor)
    assert services.rehearsal_start(actor=freelancer.actor) == run
    assert "assistant.rehearse" in pending_tasks()
    services.rehearsal_execute(run_id=run.pk)
    assert seen == [(["harbour-work"], ["en"])]
    assert {asked for asked, _situation in script.asked} == {"How long does it take?", "Half price?", OWN}
    state = selectors.rehearsal_state(actor=freelancer.actor)
    assert state is not None
    assert (state.status, state.done, state.total, state.failing, state.is_current) == (RunState.DONE, 3, 3, 0, True)
    shown = {one.origin: one for one in selectors.cases_of(actor=freelancer.actor)}
    assert (shown["builtin"].is_passing, shown["own"].is_passing) == (False, None)
    assert shown["own"].decision is not None
    assert shown["own"].decision.sources[0].label == "Your profile"
    rehearsed(freelancer)
    assert RehearsalCase.objects.count() == 3, "nothing is gathered twice"


def test_rehearsal_execute__says_nothing_to_anybody(assistant: Assistant, buyer: User, freelancer: User) -> None:
    talk = start(buyer, freelancer, "How long does it take?")
    services.case_add(actor=freelancer.actor, text="How long does it take?")
    rehearsed(freelancer)
    assert bodies(buyer, talk) == ["How long does it take?"]


def test_rehearsal__a_case_from_a_conversation_leaves_with_its_consent(
    assistant: Assistant, buyer: User, freelancer: User, script: Script
) -> None:
    talk = start(buyer, freelancer, "How long does it take?")
    say(freelancer, talk, "Two days.")
    for person in (buyer, freelancer):
        conversations.learning_agree(actor=person.actor, conversation_id=talk.pk)
    rehearsed(freelancer)
    marked(freelancer, RehearsalCase.objects.get(), Mark.HAND_OFF)
    conversations.learning_end(actor=buyer.actor, conversation_id=talk.pk)
    script.asked.clear()
    rehearsed(freelancer)
    assert not script.asked
    assert selectors.cases_of(actor=freelancer.actor) == []
    assert selectors.go_live_check(actor=freelancer.actor) == []
    assert [link.label for link in selectors.derived_from(actor=freelancer.actor, conversation_id=talk.pk).cases] == [
        "Rehearsal: How long does it take?"
    ]


@pytest.mark.parametrize(
    ("mark", "then", "passes"),
    [
        (Mark.RIGHT, decision("In other words, 2 days."), True),
        (Mark.RIGHT, decision("Two days.", action=Action.ANSWER), True),
        (Mark.RIGHT, decision(action=Action.CLARIFY), False),
        (Mark.RIGHT, hand_off("Somebody will answer."), False),
        (Mark.WRONG, decision(), False),
        (Mark.WRONG, decision("Something else."), True),
        (Mark.WRONG, hand_off("Somebody will answer."), True),
        (Mark.HAND_OFF, decision("Something else."), False),
        (Mark.HAND_OFF, hand_off("Somebody will answer."), True),
    ],
)
def test_case_mark__decides_whether_a_later_try_passes(
    case: RehearsalCase, freelancer: User, script: Script, mark: str, then: Any, passes: bool
) -> None:
    services.case_mark(actor=freelancer.actor, case_id=case.pk, mark=mark)
    assert passing(case) is (mark == Mark.RIGHT)
    script.then = then
    rehearsed(freelancer)
    assert passing(case) is passes


def test_case_mark__right_needs_one_of_the_same_sources(case: RehearsalCase, freelancer: User, script: Script) -> None:
    services.case_mark(actor=freelancer.actor, case_id=case.pk, mark=Mark.RIGHT)
    reply = decision()
    script.then = replace(reply, sentences=(replace(reply.sentences[0], sources=("rules",)),))
    rehearsed(freelancer)
    assert passing(case) is False


def test_case_must_pass__keeps_it_from_going_live_while_it_fails(
    case: RehearsalCase, freelancer: User, script: Script
) -> None:
    marked(freelancer, case, Mark.HAND_OFF)
    assert [one.code for one in selectors.go_live_check(actor=freelancer.actor)] == ["must_pass"]
    with pytest.raises(errors.NotReadyError):
        services.assistant_go_live(actor=freelancer.actor)
    script.then = hand_off("Somebody will answer.")
    run_tasks()
    assert selectors.go_live_check(actor=freelancer.actor) == []
    assert services.assistant_go_live(actor=freelancer.actor).status == AssistantState.LIVE


def test_case_must_pass__needs_somebody_to_say_what_is_right(case: RehearsalCase, freelancer: User) -> None:
    with pytest.raises(errors.CaseInvalidError):
        services.case_must_pass(actor=freelancer.actor, case_id=case.pk, must_pass=True)
    marked(freelancer, case, Mark.RIGHT)
    with pytest.raises(errors.CaseInvalidError):
        services.case_mark(actor=freelancer.actor, case_id=case.pk, mark="")


def test_change__has_what_must_pass_tried_again_and_a_failure_pauses_with_notice(
    case: RehearsalCase, freelancer: User, script: Script
) -> None:
    marked(freelancer, case, Mark.RIGHT)
    run_tasks()
    services.assistant_go_live(actor=freelancer.actor)
    services.answer_add(actor=freelancer.actor, question="Half price?", reply="Gladly.")
    assert [one.code for one in selectors.go_live_check(actor=freelancer.actor)] == ["checking"]
    script.then = hand_off("Somebody will answer.")
    script.asked.clear()
    run_tasks()
    assert [asked for asked, _situation in script.asked] == [OWN]
    assistant = Assistant.objects.get()
    assert (assistant.status, assistant.paused_reason) == (AssistantState.PAUSED, PauseReason.MUST_PASS)
    assert "Your assistant is paused" in [sent.subject for sent in mail.outbox]


def test_change__that_passes_again_leaves_it_live(case: RehearsalCase, freelancer: User) -> None:
    marked(freelancer, case, Mark.RIGHT)
    run_tasks()
    services.assistant_go_live(actor=freelancer.actor)
    services.answer_add(actor=freelancer.actor, question="Do you draw?", reply="No.")
    run_tasks()
    assert selectors.go_live_check(actor=freelancer.actor) == []
    assert Assistant.objects.get().status == AssistantState.LIVE


def test_rehearsal_state__tells_of_the_run_under_way_else_of_the_last_whole_one(
    case: RehearsalCase, freelancer: User
) -> None:
    services.answer_add(actor=freelancer.actor, question="Do you draw?", reply="No.")
    state = selectors.rehearsal_state(actor=freelancer.actor)
    assert state is not None
    assert (state.is_open, state.is_whole, state.is_current) == (True, False, False)
    run_tasks()
    state = selectors.rehearsal_state(actor=freelancer.actor)
    assert state is not None
    assert (state.is_open, state.is_whole, state.total, state.is_current) == (False, True, 1, True)


def test_change__elsewhere_is_noticed_before_going_live_and_by_the_clock(freelancer: User) -> None:
    ready_assistant(freelancer)
    rehearsed(freelancer)
    FreelancerProfile.objects.create(user=freelancer, handle="ada", bio="I write.")
    with pytest.raises(errors.NotReadyError):
        services.assistant_go_live(actor=freelancer.actor)
    run_tasks()
    services.assistant_go_live(actor=freelancer.actor)
    profile_update(actor=freelancer.actor, handle="ada", bio="I write at night.")
    assert services.assistants_tend() == 1
    assert Assistant.objects.get().passed_fingerprint == ""
    run_tasks()
    assert services.assistants_tend() == 0


def test_rehearsal_cancel__stops_between_two_cases(assistant: Assistant, freelancer: User, script: Script) -> None:
    for number in range(3):
        services.case_add(actor=freelancer.actor, text=f"Question {number}?")
    run = services.rehearsal_start(actor=freelancer.actor)

    def cancelled(_message: str) -> Any:
        services.rehearsal_cancel(actor=freelancer.actor)
        return decision()

    script.then = cancelled
    assert services.rehearsal_execute(run_id=run.pk) is None
    run.refresh_from_db()
    assert (run.status, len(script.asked)) == (RunState.CANCELLED, 1)
    with pytest.raises(errors.RunNotFoundError):
        services.rehearsal_cancel(actor=freelancer.actor)


def test_rehearsal_execute__begins_anew_after_a_killed_worker_and_does_nothing_once_done(
    case: RehearsalCase, freelancer: User, script: Script
) -> None:
    run = services.rehearsal_start(actor=freelancer.actor)
    RehearsalRun.objects.filter(pk=run.pk).update(status=RunState.RUNNING)
    script.asked.clear()
    services.rehearsal_execute(run_id=run.pk)
    services.rehearsal_execute(run_id=run.pk)
    assert len(script.asked) == 1


def test_rehearsal_execute__waits_for_another_one(case: RehearsalCase, freelancer: User, script: Script) -> None:
    running = RehearsalRun.objects.get()
    RehearsalRun.objects.update(status=RunState.RUNNING)
    run = services.rehearsal_start(actor=freelancer.actor)
    script.asked.clear()
    assert services.rehearsal_execute(run_id=run.pk) is None
    assert not script.asked
    services.rehearsal_fail(run_id=running.pk)
    services.rehearsal_execute(run_id=run.pk)
    assert script.asked


def test_cases__are_nobody_elses(case: RehearsalCase, other_freelancer: User) -> None:
    services.assistant_create(actor=other_freelancer.actor)
    stranger = other_freelancer.actor
    calls: list[Callable[[], object]] = [
        lambda: selectors.case_get(actor=stranger, case_id=case.pk),
        lambda: services.case_mark(actor=stranger, case_id=case.pk, mark=Mark.RIGHT),
        lambda: services.case_must_pass(actor=stranger, case_id=case.pk, must_pass=False),
        lambda: services.case_delete(actor=stranger, case_id=case.pk),
    ]
    for call in calls:
        with pytest.raises(errors.CaseNotFoundError):
            call()
    assert selectors.cases_of(actor=stranger) == []


@pytest.mark.parametrize("text", ["", "x" * 4001])
def test_case_add__refuses_nothing_and_too_much(assistant: Assistant, freelancer: User, text: str) -> None:
    with pytest.raises(errors.CaseInvalidError):
        services.case_add(actor=freelancer.actor, text=text)


def test_case_delete__of_what_must_pass_has_the_rest_tried_again(case: RehearsalCase, freelancer: User) -> None:
    marked(freelancer, case, Mark.HAND_OFF)
    services.case_delete(actor=freelancer.actor, case_id=case.pk)
    run_tasks()
    assert selectors.go_live_check(actor=freelancer.actor) == []
