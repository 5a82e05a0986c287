"""Reports: an operator sees what was shown and nothing else, answers, and what was shown goes after a while."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.utils import timezone

from oeuvre.domains.accounts.services import account_delete, deletion_effects
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.conversations.errors import (
    AttachmentNotFoundError,
    ConversationNotFoundError,
    OwnReportError,
    ReportInvalidError,
    ReportNotFoundError,
)
from oeuvre.domains.conversations.limits import REPORT_KEPT_DAYS
from oeuvre.domains.conversations.models import Conversation, Report, ReportedMessage
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.states import IllegalTransitionError
from tests.domains.conversation_talk import BODY, note, say, start
from tests.support.clock import Clock
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]
THREAT = "Pay me outside of this site, or else."


@pytest.fixture
def talk(buyer: User, freelancer: User) -> Conversation:
    talk = start(buyer, freelancer)
    say(freelancer, talk, THREAT, note("bank.txt", "send it to the cormorant"))
    say(buyer, talk, "I would rather not.")
    return talk


def report(person: User, talk: Conversation, *numbers: int, **options: Any) -> Report:
    """Of the messages of these numbers, in the order in which they were written."""
    ids = [message.pk for number, message in enumerate(talk.messages.order_by("created_at")) if number in numbers]
    given: dict[str, Any] = {"reason": "fraud", "note": "He means it.", **options}
    return services.report_create(actor=person.actor, conversation_id=talk.pk, message_ids=ids, **given)


def answer(operator: User, found: Report, decision: str = "breach", words: str = "We spoke to him.") -> Report:
    return services.report_decide(actor=operator.actor, report_id=found.pk, decision=decision, answer=words)


def test_report__shows_the_operator_what_was_chosen_and_nothing_else(
    buyer: User, operator: User, talk: Conversation
) -> None:
    found = report(buyer, talk, 1)
    text = selectors.report_get(actor=operator.actor, report_id=found.pk)
    assert [message.body for message in text.messages] == [THREAT]
    assert (text.note, text.messages[0].author, text.messages[0].is_reported) == ("He means it.", "Ada Fell", True)
    (file,) = text.messages[0].files
    content = selectors.report_file(actor=operator.actor, report_id=found.pk, file_id=file.id)
    assert (content.name, content.data) == ("bank.txt", b"send it to the cormorant")
    with pytest.raises(ConversationNotFoundError):
        selectors.conversation_messages(actor=operator.actor, conversation_id=talk.pk)
    attachment = talk.messages.order_by("created_at")[1].attachments.get()
    with pytest.raises(AttachmentNotFoundError):
        selectors.attachment_content(actor=operator.actor, conversation_id=talk.pk, attachment_id=attachment.pk)
    codes = AuditRecord.objects.filter(object_id=str(found.pk)).values_list("code", flat=True)
    assert set(codes) == {"report.created", "report.opened", "report.file_opened"}


def test_report__lies_sealed(buyer: User, talk: Conversation, blob_folder: Path) -> None:
    found = report(buyer, talk, 1)
    row = ReportedMessage.objects.get()
    kept = [bytes(row.sealed), bytes(found.sealed_note), *(path.read_bytes() for path in blob_folder.rglob("?" * 32))]
    assert len(kept) == 4
    assert not [data for data in kept if b"outside" in data or b"means" in data or b"cormorant" in data]


def test_report__is_for_operators_and_its_reporter(
    buyer: User, freelancer: User, other_freelancer: User, talk: Conversation
) -> None:
    found = report(buyer, talk, 1)
    file = found.messages.get().files.get()
    for person in (buyer, freelancer, other_freelancer):
        for call in (
            lambda actor: selectors.reports(actor=actor),
            lambda actor: selectors.report_get(actor=actor, report_id=found.pk),
            lambda actor: selectors.report_file(actor=actor, report_id=found.pk, file_id=file.pk),
            lambda actor: services.report_decide(actor=actor, report_id=found.pk, decision="breach", answer="x"),
        ):
            with pytest.raises(PermissionDeniedError):
                call(person.actor)
    assert [text.report for text in selectors.reports_own(actor=buyer.actor, conversation_id=talk.pk)] == [found]
    assert selectors.reports_own(actor=freelancer.actor, conversation_id=talk.pk) == []
    with pytest.raises(ConversationNotFoundError):
        selectors.reports_own(actor=other_freelancer.actor, conversation_id=talk.pk)


def test_report_file__is_found_under_its_own_report_only(buyer: User, operator: User, talk: Conversation) -> None:
    first, second = report(buyer, talk, 1), report(buyer, talk, 1)
    file = first.messages.get().files.get()
    with pytest.raises(AttachmentNotFoundError):
        selectors.report_file(actor=operator.actor, report_id=second.pk, file_id=file.pk)
    with pytest.raises(ReportNotFoundError):
        selectors.report_get(actor=operator.actor, report_id=uuid.uuid4())


@pytest.mark.parametrize(
    ("numbers", "options", "field"),
    [
        ((), {}, "messages"),
        ((0, 2), {}, "messages"),
        (tuple(range(20)), {}, "messages"),
        ((1,), {"reason": "boredom"}, "reason"),
        ((1,), {"note": "x" * 1001}, "note"),
    ],
)
def test_report_create__says_what_is_wrong(
    numbers: tuple[int, ...], options: dict[str, str], field: str, buyer: User, freelancer: User, talk: Conversation
) -> None:
    for number in range(9):
        say(freelancer, talk, str(number))
    with pytest.raises(ReportInvalidError) as caught:
        report(buyer, talk, *numbers, **options)
    assert caught.value.context["field"] == field
    assert not Report.objects.exists()


def test_report_create__shows_no_messages_of_other_conversations(
    buyer: User, freelancer: User, other_freelancer: User, operator: User, talk: Conversation
) -> None:
    elsewhere = say(other_freelancer, start(buyer, other_freelancer), "Not yours to show.")
    ids = [elsewhere.pk, talk.messages.get(author=freelancer).pk]
    found = services.report_create(actor=buyer.actor, conversation_id=talk.pk, message_ids=ids, reason="spam")
    text = selectors.report_get(actor=operator.actor, report_id=found.pk)
    assert [message.body for message in text.messages] == [THREAT]
    with pytest.raises(ConversationNotFoundError):
        report(other_freelancer, talk, 1)


def test_report_decide__answers_the_reporter_alone(
    buyer: User, freelancer: User, operator: User, talk: Conversation
) -> None:
    found = report(buyer, talk, 0, 1)
    assert [message.author for message in selectors.report_get(actor=operator.actor, report_id=found.pk).messages] == [
        "Cleo Marsh",
        "Ada Fell",
    ]
    assert answer(operator, found).status == "breach"
    (text,) = selectors.reports_own(actor=buyer.actor, conversation_id=talk.pk)
    assert (text.answer, text.messages) == ("We spoke to him.", ())
    run_tasks()
    assert [letter.to for letter in mail.outbox] == [[buyer.email]]
    assert "We spoke" not in mail.outbox[0].body
    assert f"/conversations/{talk.pk}/about/" in mail.outbox[0].body
    assert not selectors.reports(actor=operator.actor).exists()
    assert selectors.reports(actor=operator.actor, is_open=False).get() == found
    with pytest.raises(IllegalTransitionError):
        answer(operator, found, "no_breach")


@pytest.mark.parametrize(("decision", "words"), [("open", "x"), ("breach", " "), ("breach", "x" * 1001)])
def test_report_decide__needs_a_decision_and_an_answer(
    decision: str, words: str, buyer: User, operator: User, talk: Conversation
) -> None:
    found = report(buyer, talk, 1)
    with pytest.raises(ReportInvalidError):
        answer(operator, found, decision, words)


def test_report__is_not_decided_by_an_operator_who_is_part_of_it(
    buyer: User, freelancer: User, talk: Conversation
) -> None:
    found = report(buyer, talk, 1)
    for person in (buyer, freelancer):
        person.is_staff = True
        person.save()
        with pytest.raises(OwnReportError):
            selectors.report_get(actor=person.actor, report_id=found.pk)
        with pytest.raises(OwnReportError):
            answer(person, found)


def test_report__outlives_the_account_of_whoever_was_reported(
    buyer: User, freelancer: User, operator: User, talk: Conversation
) -> None:
    found = report(buyer, talk, 1)
    for person, warned in ((freelancer, True), (buyer, True), (operator, False)):
        effects = deletion_effects(actor=person.actor)
        assert any("somebody reported" in sentence for sentence in effects) == warned
    account_delete(actor=freelancer.actor, password="a long password")
    run_tasks()
    text = selectors.report_get(actor=operator.actor, report_id=found.pk)
    assert [(message.body, len(message.files)) for message in text.messages] == [(THREAT, 1)]
    assert answer(operator, found).status == "breach"


def test_reports_purge__destroys_what_was_shown_some_time_after_the_answer(
    buyer: User,
    operator: User,
    talk: Conversation,
    blob_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, timezone.now() + timedelta(minutes=1))
    waiting, found = report(buyer, talk, 1), report(buyer, talk, 1)
    answer(operator, found)
    clock.move(days=REPORT_KEPT_DAYS - 1)
    assert services.reports_purge(actor=Actor.system()) == 0
    clock.move(days=2)
    assert services.reports_purge(actor=Actor.system()) == 1
    assert services.reports_purge(actor=Actor.system()) == 0
    before = len(list(blob_folder.rglob("?" * 32)))
    run_tasks()
    assert len(list(blob_folder.rglob("?" * 32))) == before - 1
    text = selectors.report_get(actor=operator.actor, report_id=found.pk)
    assert (text.messages, text.note, text.answer) == ((), "", "")
    assert text.report.purged_at
    (kept,) = selectors.report_get(actor=operator.actor, report_id=waiting.pk).messages
    assert kept.body == THREAT
    assert BODY in [
        message.body for message in selectors.conversation_history(actor=buyer.actor, conversation_id=talk.pk)
    ]
