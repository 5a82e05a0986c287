"""The bank of answers, what it is drafted from, and consents that are taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import errors, selectors, services, thinking
from oeuvre.domains.assistant.knowledge import Known, known_by
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.assistant.models import Answer, Assistant
from oeuvre.domains.assistant.services import Note, SettingsContent, bank
from oeuvre.domains.assistant.sources import talk_id
from oeuvre.domains.assistant.states import AnswerState
from oeuvre.domains.assistant.thinking import DraftAnswer
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation
from tests.domains.conversation_talk import say, start
from tests.support.assistants import QUESTION, REPLY, Script, scripted
from tests.support.ended_orders import ended
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import live_gig
from tests.support.worker import pending_tasks

pytestmark = pytest.mark.django_db
ASKED = "How soon can I have a notice?"
SAID = "Two days after you have told me what it says."


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def writer(db: None) -> User:
    return freelancer_with_profile("ada@example.org", "ada", "Ada Fell")


@pytest.fixture
def assistant(writer: User) -> Assistant:
    return services.assistant_create(actor=writer.actor)


@pytest.fixture
def talk(buyer: User, writer: User) -> Conversation:
    """Asked and answered; nobody has agreed to anything."""
    conversation = start(buyer, writer, ASKED)
    say(writer, conversation, SAID)
    return conversation


@pytest.fixture
def agreed(assistant: Assistant, buyer: User, writer: User, talk: Conversation) -> Conversation:
    conversations.learning_agree(actor=buyer.actor, conversation_id=talk.pk)
    services.learning_set(actor=writer.actor, conversation_id=talk.pk, agree=True)
    return talk


def drafting(monkeypatch: pytest.MonkeyPatch, *drafts: DraftAnswer) -> list[list[str]]:
    """The engine drafts these; returns what it is asked."""
    asked: list[list[str]] = []

    def draft(questions: Any, *, known: Known) -> list[DraftAnswer]:
        asked.append(list(questions))
        return list(drafts)

    monkeypatch.setattr(thinking, "bank_draft", draft)
    return asked


def draft_bank(user: User) -> int:
    services.bank_draft_start(actor=user.actor)
    return services.bank_draft_build(assistant_id=Assistant.objects.get(freelancer=user).pk)


def passages(assistant: Assistant) -> dict[str, str]:
    return {passage.id: passage.text for passage in known_by(assistant).knowledge.passages}


# Answers


def test_answer_add__counts_at_once_and_lies_sealed(assistant: Assistant, writer: User) -> None:
    answer = services.answer_add(actor=writer.actor, question=" How  long? ", reply="Two days.\r\n", language="pt")
    (known,) = known_by(assistant).knowledge.answers
    assert (known.question, known.reply, known.language) == ("How long?", "Two days.", "pt")
    assert b"Two days" not in bytes(Answer.objects.get().sealed)
    assert AuditRecord.objects.filter(code="assistant_answer.added", object_id=answer.pk).exists()


@pytest.mark.parametrize(
    ("question", "reply", "field"),
    [("", "Yes.", "question"), ("Why?", " ", "reply"), ("?" * 501, "Yes.", "question"), ("Why?", "x" * 2001, "reply")],
)
def test_answer_add__refuses_what_is_missing_or_too_long(
    assistant: Assistant, writer: User, question: str, reply: str, field: str
) -> None:
    with pytest.raises(errors.AnswerInvalidError) as refused:
        services.answer_add(actor=writer.actor, question=question, reply=reply)
    assert refused.value.context["field"] == field


def test_answer_add__refuses_one_too_many(assistant: Assistant, writer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "LIMITS", replace(LIMITS, answers=1))
    services.answer_add(actor=writer.actor, question="Why?", reply="Because.")
    with pytest.raises(errors.AnswerInvalidError):
        services.answer_add(actor=writer.actor, question="How?", reply="So.")


def test_answer_edit__changes_what_is_said(assistant: Assistant, writer: User) -> None:
    answer = services.answer_add(actor=writer.actor, question=QUESTION, reply=REPLY)
    services.answer_edit(actor=writer.actor, answer_id=answer.pk, question=QUESTION, reply="Three days.")
    assert [one.reply for one in known_by(assistant).knowledge.answers] == ["Three days."]


def test_answer_reject__and_delete_take_it_out_of_use(assistant: Assistant, writer: User) -> None:
    answer = services.answer_add(actor=writer.actor, question=QUESTION, reply=REPLY)
    services.answer_reject(actor=writer.actor, answer_id=answer.pk)
    assert not known_by(assistant).knowledge.answers
    services.answer_accept(actor=writer.actor, answer_id=answer.pk)
    assert known_by(assistant).knowledge.answers
    services.answer_delete(actor=writer.actor, answer_id=answer.pk)
    assert not Answer.objects.exists()
    with pytest.raises(errors.AnswerNotFoundError):
        selectors.answer_get(actor=writer.actor, answer_id=answer.pk)


def test_answers__are_nobody_elses(assistant: Assistant, writer: User, other_freelancer: User) -> None:
    answer = services.answer_add(actor=writer.actor, question=QUESTION, reply=REPLY)
    services.assistant_create(actor=other_freelancer.actor)
    stranger = other_freelancer.actor
    calls: list[Callable[[], object]] = [
        lambda: selectors.answer_get(actor=stranger, answer_id=answer.pk),
        lambda: services.answer_edit(actor=stranger, answer_id=answer.pk, question="Mine?", reply="Mine."),
        lambda: services.answer_accept(actor=stranger, answer_id=answer.pk),
        lambda: services.answer_reject(actor=stranger, answer_id=answer.pk),
        lambda: services.answer_delete(actor=stranger, answer_id=answer.pk),
    ]
    for call in calls:
        with pytest.raises(errors.AnswerNotFoundError):
            call()
    assert selectors.bank_of(actor=stranger).rows == []


def test_bank_of__finds_by_state_and_words(assistant: Assistant, writer: User) -> None:
    services.answer_add(actor=writer.actor, question="Do you translate?", reply="Into Portuguese.")
    services.answer_add(actor=writer.actor, question="Do you draw?", reply="No.")
    rejected = services.answer_add(actor=writer.actor, question="Do you sing?", reply="No.")
    services.answer_reject(actor=writer.actor, answer_id=rejected.pk)
    found = selectors.bank_of(actor=writer.actor)
    assert dict(found.counts) == {"accepted": 2, "rejected": 1}
    rows = selectors.bank_of(actor=writer.actor, status="accepted", words="PORTUGUESE translate").rows
    assert [row.question for row in rows] == ["Do you translate?"]


# Drafting


def test_bank_draft_build__asks_for_what_buyers_asked_where_both_agreed(
    agreed: Conversation,
    assistant: Assistant,
    buyer: User,
    writer: User,
    operator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = start(operator, writer, "Do you also paint doors?")
    say(writer, other, "No, only words.")
    source = f"passage:{talk_id(agreed.pk, 0)}"
    asked = drafting(monkeypatch, DraftAnswer(ASKED, SAID, (source,), 0.8, 3, asked_texts=(ASKED,)))
    assert draft_bank(writer) == 1
    assert asked == [[ASKED]]
    answer = Answer.objects.get()
    assert (answer.status, answer.asked, answer.conversations) == (AnswerState.DRAFTED, 3, [agreed.pk])
    (shown,) = selectors.bank_of(actor=writer.actor).rows
    assert (shown.question, shown.confidence, len(shown.sources), shown.is_withdrawn) == (ASKED, 0.8, 1, False)
    assert not known_by(assistant).knowledge.answers, "drafts are not said"
    services.answer_accept(actor=writer.actor, answer_id=answer.pk)
    assert [one.id for one in known_by(assistant).knowledge.answers] == [str(answer.pk)]


def test_bank_draft_build__an_answer_to_what_two_asked_comes_from_both(
    agreed: Conversation, writer: User, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = start(operator, writer, ASKED)
    say(writer, other, SAID)
    for person in (operator, writer):
        conversations.learning_agree(actor=person.actor, conversation_id=other.pk)
    drafting(monkeypatch, DraftAnswer("How soon?", SAID, (), 0.8, 2, asked_texts=(ASKED,)))
    draft_bank(writer)
    assert set(Answer.objects.get().conversations) == {agreed.pk, other.pk}


def test_bank_draft_build__drafts_nothing_twice_and_nothing_that_was_rejected(
    assistant: Assistant, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafting(
        monkeypatch,
        DraftAnswer("Do you translate?", "Yes.", (), 0.5, 1),
        DraftAnswer("Do you translate", "Yes!", (), 0.4, 1),
    )
    assert draft_bank(writer) == 1
    services.answer_reject(actor=writer.actor, answer_id=Answer.objects.get().pk)
    assert draft_bank(writer) == 0


def test_bank_draft_build__puts_what_is_often_asked_and_nowhere_settled_before_the_freelancer(
    assistant: Assistant, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafting(monkeypatch, DraftAnswer("Do you fly?", "", (), 0.0, 2), DraftAnswer("Do you swim?", "", (), 0.0, 1))
    assert draft_bank(writer) == 1
    answer = Answer.objects.get()
    with pytest.raises(errors.AnswerInvalidError):
        services.answer_accept(actor=writer.actor, answer_id=answer.pk)
    services.answer_edit(actor=writer.actor, answer_id=answer.pk, question="Do you fly?", reply="No.")
    assert services.answer_accept(actor=writer.actor, answer_id=answer.pk).status == AnswerState.ACCEPTED


def test_bank_draft_start__runs_once_and_says_so(assistant: Assistant, writer: User) -> None:
    services.bank_draft_start(actor=writer.actor)
    services.bank_draft_start(actor=writer.actor)
    assert pending_tasks().count("assistant.bank_draft") == 1
    assert selectors.bank_of(actor=writer.actor).is_drafting
    services.bank_draft_fail(assistant_id=assistant.pk)
    assert not selectors.bank_of(actor=writer.actor).is_drafting
    assert services.bank_draft_build(assistant_id=assistant.pk) == 0


# Learning


def test_known_by__reads_a_conversation_only_while_both_agree(
    assistant: Assistant, buyer: User, writer: User, talk: Conversation
) -> None:
    assert passages(assistant) == {}
    services.learning_set(actor=writer.actor, conversation_id=talk.pk, agree=True)
    assert passages(assistant) == {}
    conversations.learning_agree(actor=buyer.actor, conversation_id=talk.pk)
    assert passages(assistant) == {talk_id(talk.pk, 0): SAID}
    conversations.learning_end(actor=buyer.actor, conversation_id=talk.pk)
    assert passages(assistant) == {}


def test_learning_set__taken_back_takes_all_that_was_made_from_it_out_of_use_and_lists_it(
    agreed: Conversation, assistant: Assistant, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafting(monkeypatch, DraftAnswer(ASKED, SAID, (f"passage:{talk_id(agreed.pk, 0)}",), 0.8, 1))
    draft_bank(writer)
    answer = Answer.objects.get()
    services.answer_accept(actor=writer.actor, answer_id=answer.pk)
    own = services.answer_add(actor=writer.actor, question="Do you draw?", reply="No.")
    derived = services.learning_set(actor=writer.actor, conversation_id=agreed.pk, agree=False)
    assert [link.label for link in derived.answers] == [f"Answer: {ASKED}"]
    assert [one.id for one in known_by(assistant).knowledge.answers] == [str(own.pk)]
    assert passages(assistant) == {}
    assert selectors.answer_get(actor=writer.actor, answer_id=answer.pk).is_withdrawn


def test_learning_list__shows_who_agrees_and_what_was_made(
    agreed: Conversation, buyer: User, writer: User, operator: User
) -> None:
    other = start(operator, writer, "Hello")
    conversations.learning_agree(actor=operator.actor, conversation_id=other.pk)
    rows = {row.conversation_id: row for row in selectors.learning_list(actor=writer.actor)}
    assert (rows[agreed.pk].is_learnable, rows[agreed.pk].other_name) == (True, buyer.public_name)
    assert (rows[other.pk].is_learnable, rows[other.pk].own_consent) == (False, None)
    assert selectors.waiting_of(actor=writer.actor).asked == 1
    assert selectors.learning_list(actor=buyer.actor) == []


def test_known_by__learns_nothing_from_what_an_assistant_wrote(
    agreed: Conversation, assistant: Assistant, buyer: User, writer: User
) -> None:
    say(buyer, agreed, "And the price?")
    message = say(writer, agreed, "The assistant said this.")
    type(message).objects.filter(pk=message.pk).update(by_assistant=True)
    assert passages(assistant) == {talk_id(agreed.pk, 0): SAID}


# What else it knows


def test_known_by__reads_profile_gigs_notes_and_facts_of_finished_orders(
    assistant: Assistant, writer: User, buyer: User
) -> None:
    gig = live_gig(writer)
    ended(buyer, writer)
    services.settings_save(
        actor=writer.actor, settings=SettingsContent(notes=(Note("How I work", "Two drafts.", "en", "n1"),))
    )
    assistant.refresh_from_db()
    known = known_by(assistant)
    assert (known.knowledge.profile.name, known.knowledge.profile.headline) == ("Ada Fell", "Sea stories")
    (facts,) = known.knowledge.gigs
    assert (facts.key, known.gigs) == (gig.code, {gig.code: gig.pk})
    assert [(one.key, one.price.amount, one.days, one.includes) for one in facts.packages] == [
        ("basic", 4_000, 2, ("1 Notices",)),
        ("premium", 30_000, 9, ("10 Notices",)),
    ]
    assert [(one.title, one.price.amount) for one in facts.extras] == [("Translation", 1_500)]
    assert (facts.rights, facts.requirements) == ("Commercial use", ("What must people know?", "Which doors?"))
    assert facts.faq[0].answer == "Within a day's sailing."
    assert facts.url.endswith(f"/gigs/{gig.url_key}/")
    assert passages(assistant) == {
        "note-n1": "Two drafts.",
        "record": "Completed orders here: 1. Of 1 that had a date, 1 were delivered in time.",
    }


def test_known_by__its_fingerprint_changes_with_what_is_said_and_not_with_hours(
    assistant: Assistant, writer: User
) -> None:
    assert known_by(assistant).settings == SettingsContent()
    before = known_by(assistant).fingerprint
    services.settings_save(actor=writer.actor, settings=SettingsContent(outside_office_only=True, returns_after_days=9))
    assistant.refresh_from_db()
    assert known_by(assistant).fingerprint == before
    services.answer_add(actor=writer.actor, question=QUESTION, reply=REPLY)
    assert known_by(assistant).fingerprint != before


def test_known_by__asks_the_database_no_more_often_for_many_conversations(
    assistant: Assistant, writer: User, django_assert_max_num_queries: Any
) -> None:
    live_gig(writer)
    for number in range(4):
        person = User.objects.create_user(f"b{number}@example.org", "a long password")
        talk = start(person, writer, f"Question {number}?")
        say(writer, talk, f"Reply {number}.")
        for one in (person, writer):
            conversations.learning_agree(actor=one.actor, conversation_id=talk.pk)
        services.answer_add(actor=writer.actor, question=f"Question {number}?", reply="Yes.")
    assistant.refresh_from_db()
    with django_assert_max_num_queries(13):
        assert len(known_by(assistant).knowledge.passages) == 4
