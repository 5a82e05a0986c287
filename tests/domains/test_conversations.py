"""Private conversations: who may write, who may read, what is kept and what goes with an account."""

from __future__ import annotations

import json
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.utils import timezone

from oeuvre.domains.accounts.services import account_delete, deletion_effects, vault_destroy
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.conversations import leaving, selectors, services
from oeuvre.domains.conversations.errors import (
    ConversationNotFoundError,
    FreelancerNotFoundError,
    MessageIdTakenError,
    MessageInvalidError,
    OwnConversationError,
    RecipientGoneError,
)
from oeuvre.domains.conversations.models import Conversation, Message
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.conversation_talk import BODY, bodies, read, run_due, start

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User


def test_conversation_start__lets_both_people_read_and_records_it(buyer: User, freelancer: User) -> None:
    subject = uuid.uuid4()
    conversation = start(buyer, freelancer, subject_type="generation", subject_id=subject, subject_label="A generation")
    assert bodies(buyer, conversation) == bodies(freelancer, conversation) == [BODY]
    assert (conversation.subject_type, conversation.subject_id) == ("generation", subject)
    codes = AuditRecord.objects.filter(actor_id=buyer.pk).values_list("code", flat=True)
    assert set(codes) >= {"conversation.started", "message.sent"}


def test_conversation_start__goes_on_in_the_one_for_the_same_pair_and_piece(buyer: User, freelancer: User) -> None:
    about: dict[str, Any] = {"subject_type": "generation", "subject_id": uuid.uuid4()}
    first, again = start(buyer, freelancer, **about), start(buyer, freelancer, "And a title?", **about)
    other, general = (
        start(buyer, freelancer, subject_type="generation", subject_id=uuid.uuid4()),
        start(buyer, freelancer),
    )
    assert first.pk == again.pk
    assert len({first.pk, other.pk, general.pk, start(buyer, freelancer).pk}) == 3
    assert bodies(freelancer, first) == [BODY, "And a title?"]


def test_conversation_start__refuses_oneself_and_who_is_no_freelancer(buyer: User, freelancer: User) -> None:
    with pytest.raises(OwnConversationError):
        start(freelancer, freelancer)
    with pytest.raises(FreelancerNotFoundError):
        start(freelancer, buyer)
    freelancer.is_active = False
    freelancer.save()
    with pytest.raises(FreelancerNotFoundError):
        start(buyer, freelancer)


@pytest.mark.parametrize("actor", [Actor.anonymous(), Actor.system()])
def test_conversation_start__needs_a_person(actor: Actor, freelancer: User) -> None:
    with pytest.raises(PermissionDeniedError):
        services.conversation_start(actor=actor, freelancer_id=freelancer.pk, body=BODY)


@pytest.mark.parametrize("body", ["", " \n\t ", "\x00", "x" * (services.BODY_CHARACTERS + 1)])
def test_conversation_start__refuses_an_empty_or_overlong_message_and_keeps_nothing(
    body: str, buyer: User, freelancer: User
) -> None:
    with pytest.raises(MessageInvalidError):
        start(buyer, freelancer, body)
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_conversation_start__of_many_at_once_makes_one(buyer: User, freelancer: User) -> None:
    barrier, failures = threading.Barrier(4), []

    def write() -> None:
        close_old_connections()
        barrier.wait()
        try:
            start(buyer, freelancer)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Conversation.objects.count() == 1
    assert Message.objects.count() == 4


def test_conversation__of_a_pair_without_a_piece_is_one_in_the_database_too(buyer: User, freelancer: User) -> None:
    start(buyer, freelancer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.create(buyer=buyer, freelancer=freelancer, last_message_at=timezone.now())


def test_message_send__answers_and_moves_the_conversation_up(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    first, second = start(buyer, freelancer), start(buyer, other_freelancer)
    assert [row.pk for row in selectors.conversations_of(actor=buyer.actor)] == [second.pk, first.pk]
    services.message_send(actor=freelancer.actor, conversation_id=first.pk, body=" Gladly.\r\nTomorrow? ")
    assert bodies(buyer, first) == [BODY, "Gladly.\nTomorrow?"]
    assert [row.pk for row in selectors.conversations_of(actor=buyer.actor)] == [first.pk, second.pk]


def test_message_send__twice_with_one_id_is_one_message(buyer: User, freelancer: User) -> None:
    conversation, form = start(buyer, freelancer), uuid.uuid4()
    for _ in range(2):
        services.message_send(actor=buyer.actor, conversation_id=conversation.pk, body="Once.", message_id=form)
    assert bodies(buyer, conversation) == [BODY, "Once."]
    with pytest.raises(MessageIdTakenError):
        services.message_send(actor=freelancer.actor, conversation_id=conversation.pk, body="Mine.", message_id=form)


def test_message_send__to_a_deleted_account_says_so(buyer: User, freelancer: User) -> None:
    conversation = start(buyer, freelancer)
    freelancer.deleted_at = timezone.now()
    freelancer.save()
    with pytest.raises(RecipientGoneError):
        services.message_send(actor=buyer.actor, conversation_id=conversation.pk, body="Hello?")
    assert freelancer.public_name == "Deleted account"


def test_conversation__is_hidden_from_everybody_else(
    buyer: User, freelancer: User, other_freelancer: User, operator: User
) -> None:
    conversation = start(buyer, freelancer)
    page = selectors.conversation_messages(actor=freelancer.actor, conversation_id=conversation.pk)
    strangers = [other_freelancer.actor, operator.actor, Actor.anonymous(), Actor.system()]
    for actor in strangers:
        assert not selectors.conversations_of(actor=actor).exists()
        assert selectors.unread_count(actor=actor) == 0
        with pytest.raises(ConversationNotFoundError):
            selectors.conversation_get(actor=actor, conversation_id=conversation.pk)
        with pytest.raises(ConversationNotFoundError):
            selectors.conversation_messages(actor=actor, conversation_id=conversation.pk)
        with pytest.raises(ConversationNotFoundError):
            services.message_send(actor=actor, conversation_id=conversation.pk, body="Let me in.")
        with pytest.raises(ConversationNotFoundError):
            services.messages_read(actor=actor, page=page)


def test_messages_read__counts_what_the_other_wrote_once(buyer: User, freelancer: User) -> None:
    conversation = start(buyer, freelancer)
    services.message_send(actor=buyer.actor, conversation_id=conversation.pk, body="Are you there?")
    assert selectors.unread_count(actor=freelancer.actor) == 2
    assert selectors.conversations_of(actor=freelancer.actor).get().unread == 2
    assert selectors.unread_count(actor=buyer.actor) == 0
    assert read(buyer, conversation) == 0
    assert read(freelancer, conversation) == 2
    assert read(freelancer, conversation) == 0
    assert selectors.unread_count(actor=freelancer.actor) == 0
    assert AuditRecord.objects.filter(code="conversation.read").count() == 1


def test_message__lies_encrypted_and_is_in_no_record_and_no_job(buyer: User, freelancer: User) -> None:
    start(buyer, freelancer, "the cormorant keeps its own ledger")
    assert b"cormorant" not in bytes(Message.objects.get().sealed)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE '%%cormorant%%'")
        assert cursor.fetchone() == (0,)
    assert not [record for record in AuditRecord.objects.all() if "cormorant" in str(record.data)]


def test_conversation_messages__pages_back_in_order_with_few_queries(
    buyer: User, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = start(buyer, freelancer, "0")
    for number in range(1, selectors.MESSAGES_SHOWN + 3):
        author = freelancer if number % 2 else buyer
        services.message_send(actor=author.actor, conversation_id=conversation.pk, body=str(number))
    with django_assert_max_num_queries(5):
        page = selectors.conversation_messages(actor=buyer.actor, conversation_id=conversation.pk)
    assert [message.body for message in page.messages] == [str(n) for n in range(3, selectors.MESSAGES_SHOWN + 3)]
    assert [message.is_own for message in page.messages[:2]] == [False, True]
    before = selectors.conversation_messages(actor=buyer.actor, conversation_id=conversation.pk, before=page.earlier)
    assert [message.body for message in before.messages] == ["0", "1", "2"]
    assert before.earlier is None


def test_message_notify__tells_the_other_once_without_a_word_of_it(buyer: User, freelancer: User) -> None:
    conversation = start(
        buyer, freelancer, subject_type="generation", subject_id=uuid.uuid4(), subject_label="100% sea"
    )
    services.message_send(actor=buyer.actor, conversation_id=conversation.pk, body="Are you there?")
    run_due()
    run_due()
    assert [letter.to for letter in mail.outbox] == [[freelancer.email]]
    letter = mail.outbox[0]
    assert letter.subject == "Cleo Marsh wrote to you on Oeuvre"
    assert f"/conversations/{conversation.pk}/" in letter.body
    assert "100% sea" in letter.body
    assert BODY not in letter.body
    assert buyer.email not in letter.body + letter.subject


def test_message_notify__tells_again_after_what_was_new_is_read(buyer: User, freelancer: User) -> None:
    conversation = start(buyer, freelancer)
    run_due()
    read(freelancer, conversation)
    services.message_send(actor=buyer.actor, conversation_id=conversation.pk, body="One more thing.")
    run_due()
    assert len(mail.outbox) == 2


def test_message_notify__spares_who_read_it_already(buyer: User, freelancer: User) -> None:
    conversation = start(buyer, freelancer)
    read(freelancer, conversation)
    run_due()
    assert mail.outbox == []


def test_messages_export__holds_all_that_one_person_wrote(buyer: User, freelancer: User) -> None:
    conversation = start(buyer, freelancer, subject_type="generation", subject_id=uuid.uuid4(), subject_label="Piece")
    services.message_send(actor=freelancer.actor, conversation_id=conversation.pk, body="Gladly.")
    found = services.messages_export(actor=buyer.actor)
    (entry,) = found["conversations"]
    assert (entry["with"], entry["piece"]) == ("Ada Fell", "Piece")
    assert [message["body"] for message in entry["messages"]] == [BODY]
    ((name, content),) = leaving.export(freelancer.actor)
    assert name == "messages.json"
    assert [message["body"] for message in json.loads(content)["conversations"][0]["messages"]] == ["Gladly."]


def test_messages_erase__removes_one_persons_words_for_good(buyer: User, freelancer: User) -> None:
    conversation = start(buyer, freelancer)
    services.message_send(actor=freelancer.actor, conversation_id=conversation.pk, body="Gladly.")
    assert services.messages_erase(actor=buyer.actor) == 1
    assert services.messages_erase(actor=buyer.actor) == 0
    assert bodies(freelancer, conversation) == [None, "Gladly."]
    assert bytes(Message.objects.get(author=buyer).sealed) == b""
    assert AuditRecord.objects.filter(code="conversation.erased").count() == 1


@pytest.mark.usefixtures("blob_folder")
def test_account_delete__takes_the_messages_along_and_says_so_before(buyer: User, freelancer: User) -> None:
    silent = len(deletion_effects(actor=freelancer.actor))
    conversation = start(buyer, freelancer)
    assert any("words and files of your messages" in sentence for sentence in deletion_effects(actor=buyer.actor))
    assert len(deletion_effects(actor=freelancer.actor)) == silent
    account_delete(actor=buyer.actor, password="a long password")
    assert bodies(freelancer, conversation) == [None]
    with pytest.raises(RecipientGoneError):
        services.message_send(actor=freelancer.actor, conversation_id=conversation.pk, body="Hello?")


def test_messages__of_a_destroyed_key_are_shown_as_gone(buyer: User, freelancer: User) -> None:
    conversation = start(buyer, freelancer)
    services.message_send(actor=freelancer.actor, conversation_id=conversation.pk, body="Gladly.")
    vault_destroy(actor=Actor.system(), owner_type="account", owner_id=buyer.pk)
    assert bodies(freelancer, conversation) == [None, "Gladly."]
