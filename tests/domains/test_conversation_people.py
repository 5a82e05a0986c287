"""What people set between them: blocks, templates, and whether an assistant may learn."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from oeuvre.domains.accounts.services import account_delete
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.conversations import leaving, selectors, services, subjects
from oeuvre.domains.conversations.errors import (
    BlockedError,
    ConversationNotFoundError,
    TemplateInvalidError,
    TemplateNotFoundError,
)
from oeuvre.domains.conversations.limits import TEMPLATES
from oeuvre.domains.conversations.models import (
    Block,
    Conversation,
    LearningConsent,
    MessagePreferences,
    MessageTemplate,
)
from oeuvre.domains.conversations.services import Card
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.conversation_talk import BODY, page_of, say, start

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(buyer: User, freelancer: User) -> Conversation:
    return start(buyer, freelancer, subject_type="gig", subject_id=uuid.uuid4(), subject_label="A song")


def block(person: User, talk: Conversation) -> None:
    services.person_block(actor=person.actor, conversation_id=talk.pk)


# Blocks


@pytest.mark.parametrize("blocked_by", ["buyer", "freelancer"])
def test_person_block__ends_writing_in_both_directions_and_everywhere(
    blocked_by: str, buyer: User, freelancer: User, talk: Conversation
) -> None:
    blocker, blocked = (buyer, freelancer) if blocked_by == "buyer" else (freelancer, buyer)
    general = start(buyer, freelancer)
    block(blocker, talk)
    for conversation in (talk, general):
        for person in (blocker, blocked):
            with pytest.raises(BlockedError) as caught:
                say(person, conversation)
            assert caught.value.context["by_self"] == (person == blocker)
    with pytest.raises(BlockedError):
        start(buyer, freelancer, subject_type="brief", subject_id=uuid.uuid4())
    assert selectors.is_blocked(one_id=buyer.pk, other_id=freelancer.pk)
    assert not page_of(blocked, talk).standing.may_write
    assert [message.body for message in page_of(blocked, talk).messages] == [BODY]


def test_person_block__is_undone_by_whoever_set_it(buyer: User, freelancer: User, talk: Conversation) -> None:
    block(freelancer, talk)
    block(freelancer, talk)
    assert [row.blocked for row in selectors.blocks_of(actor=freelancer.actor)] == [buyer]
    assert services.person_unblock(actor=buyer.actor, person_id=freelancer.pk) is False
    with pytest.raises(BlockedError):
        say(buyer, talk)
    assert services.person_unblock(actor=freelancer.actor, person_id=buyer.pk) is True
    assert say(buyer, talk).pk
    codes = AuditRecord.objects.filter(code__startswith="person.").values_list("code", flat=True)
    assert sorted(codes) == ["person.blocked", "person.unblocked"]


def test_person_block__leaves_what_is_under_way_alone(
    buyer: User, freelancer: User, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, over = uuid.uuid4(), uuid.uuid4()
    orders = [start(buyer, freelancer, subject_type="order", subject_id=order) for order in (running, over)]
    monkeypatch.setattr(subjects, "_under_way", {})
    services.under_way_register("orders", lambda talk: talk.subject_id == running)
    block(freelancer, talk)
    for person in (buyer, freelancer):
        assert say(person, orders[0]).pk
        assert page_of(person, orders[0]).standing.may_write
        with pytest.raises(BlockedError):
            say(person, orders[1])
    card = Card("order_event", over, "Order cancelled")
    assert services.event_post(actor=buyer.actor, conversation_id=orders[1].pk, card=card).pk


def test_person_block__is_for_people_who_share_a_conversation(other_freelancer: User, talk: Conversation) -> None:
    with pytest.raises(ConversationNotFoundError):
        block(other_freelancer, talk)
    assert not Block.objects.exists()


# Templates


def keep(person: User, title: str = "Hello", body: str = "Dear {name}, about {piece}: yes.", **options: Any) -> Any:
    return services.template_save(actor=person.actor, title=title, body=body, **options)


def test_template__puts_the_names_in(freelancer: User, talk: Conversation) -> None:
    row = keep(freelancer)
    said = selectors.template_filled(actor=freelancer.actor, template_id=row.pk, conversation_id=talk.pk)
    assert said == "Dear Cleo Marsh, about A song: yes."
    (text,) = selectors.templates_filled(actor=freelancer.actor, conversation=talk)
    assert (text.title, text.body) == ("Hello", said)


def test_template__is_sealed_changed_and_deleted(freelancer: User) -> None:
    row = keep(freelancer, body="the cormorant answers")
    assert b"cormorant" not in bytes(MessageTemplate.objects.get().sealed)
    keep(freelancer, title=" Good   day ", body="Changed.", template_id=row.pk)
    assert selectors.templates_of(actor=freelancer.actor) == [selectors.TemplateText(row.pk, "Good day", "Changed.")]
    services.template_delete(actor=freelancer.actor, template_id=row.pk)
    assert selectors.templates_of(actor=freelancer.actor) == []


@pytest.mark.parametrize(
    ("title", "body", "field"),
    [
        ("", "words", "title"),
        ("x" * 81, "words", "title"),
        ("Hello", " ", "body"),
        ("Hello", "x" * 4001, "body"),
        ("Hello", "Dear {nmae}", "body"),
    ],
)
def test_template_save__says_what_is_wrong(title: str, body: str, field: str, freelancer: User) -> None:
    with pytest.raises(TemplateInvalidError) as caught:
        keep(freelancer, title, body)
    assert caught.value.context["field"] == field
    assert "{nmae}" in caught.value.message or "nmae" not in body


def test_template_save__takes_a_title_once_and_so_many(freelancer: User, other_freelancer: User) -> None:
    keep(freelancer)
    with pytest.raises(TemplateInvalidError, match="of this title"):
        keep(freelancer)
    assert keep(other_freelancer).pk
    for number in range(TEMPLATES - 1):
        keep(freelancer, str(number))
    with pytest.raises(TemplateInvalidError, match="the most there can be"):
        keep(freelancer, "One more")


def test_template__is_its_owners_alone(
    freelancer: User, other_freelancer: User, buyer: User, talk: Conversation
) -> None:
    row = keep(freelancer)
    for call in (
        lambda: selectors.template_get(actor=other_freelancer.actor, template_id=row.pk),
        lambda: keep(other_freelancer, template_id=row.pk),
        lambda: services.template_delete(actor=other_freelancer.actor, template_id=row.pk),
    ):
        with pytest.raises(TemplateNotFoundError):
            call()
    with pytest.raises(PermissionDeniedError):
        keep(buyer)
    with pytest.raises(PermissionDeniedError):
        selectors.templates_of(actor=buyer.actor)
    own = keep(other_freelancer)
    with pytest.raises(ConversationNotFoundError):
        selectors.template_filled(actor=other_freelancer.actor, template_id=own.pk, conversation_id=talk.pk)


# Learning


def learnable(freelancer: User) -> list[uuid.UUID]:
    return [row.pk for row in selectors.learnable(actor=Actor.system(), freelancer_id=freelancer.pk)]


def test_learning__begins_when_both_agree_and_ends_when_either_takes_it_back(
    buyer: User, freelancer: User, other_freelancer: User, talk: Conversation
) -> None:
    say(freelancer, talk)
    start(buyer, other_freelancer)
    assert learnable(freelancer) == []
    for _ in range(2):
        services.learning_agree(actor=freelancer.actor, conversation_id=talk.pk)
    assert learnable(freelancer) == []
    services.learning_agree(actor=buyer.actor, conversation_id=talk.pk)
    assert learnable(freelancer) == [talk.pk]
    assert learnable(other_freelancer) == []
    assert page_of(buyer, talk).standing.is_learnable
    texts = list(selectors.learnable_texts(actor=Actor.system(), conversation_id=talk.pk))
    assert [(text.body, text.is_own) for text in texts] == [(BODY, False), ("Gladly.", True)]

    assert services.learning_end(actor=buyer.actor, conversation_id=talk.pk) is True
    assert services.learning_end(actor=buyer.actor, conversation_id=talk.pk) is False
    assert learnable(freelancer) == []
    with pytest.raises(ConversationNotFoundError):
        list(selectors.learnable_texts(actor=Actor.system(), conversation_id=talk.pk))
    history = selectors.learning_history(actor=freelancer.actor, conversation_id=talk.pk)
    assert [(row.person, row.ended_at is None) for row in history] == [(buyer, False), (freelancer, True)]
    services.learning_agree(actor=buyer.actor, conversation_id=talk.pk)
    assert learnable(freelancer) == [talk.pk]


def test_learnable__needs_two_people_not_two_consents(freelancer: User, talk: Conversation) -> None:
    services.learning_agree(actor=freelancer.actor, conversation_id=talk.pk)
    services.learning_end(actor=freelancer.actor, conversation_id=talk.pk)
    services.learning_agree(actor=freelancer.actor, conversation_id=talk.pk)
    assert LearningConsent.objects.filter(conversation=talk).count() == 2
    assert learnable(freelancer) == []


def test_learnable__is_for_the_freelancer_and_the_system(
    buyer: User, freelancer: User, other_freelancer: User, operator: User, talk: Conversation
) -> None:
    for person in (buyer, freelancer):
        services.learning_agree(actor=person.actor, conversation_id=talk.pk)
    assert selectors.learnable(actor=freelancer.actor, freelancer_id=freelancer.pk).get() == talk
    for person in (buyer, other_freelancer, operator):
        with pytest.raises(PermissionDeniedError):
            selectors.learnable(actor=person.actor, freelancer_id=freelancer.pk)
        with pytest.raises(ConversationNotFoundError):
            list(selectors.learnable_texts(actor=person.actor, conversation_id=talk.pk))
        if person != buyer:
            with pytest.raises(ConversationNotFoundError):
                services.learning_agree(actor=person.actor, conversation_id=talk.pk)


def test_learnable_texts__leave_out_cards_files_and_what_nobody_wrote(
    buyer: User, freelancer: User, talk: Conversation
) -> None:
    services.event_post(actor=Actor.system(), conversation_id=talk.pk, card=Card("offer", talk.pk, "An offer"))
    for person in (buyer, freelancer):
        services.learning_agree(actor=person.actor, conversation_id=talk.pk)
    texts = selectors.learnable_texts(actor=freelancer.actor, conversation_id=talk.pk)
    assert [text.body for text in texts] == [BODY]


# Leaving


@pytest.mark.usefixtures("blob_folder")
def test_account_delete__takes_everything_along_that_a_person_set(
    buyer: User, freelancer: User, talk: Conversation
) -> None:
    services.preferences_set(actor=freelancer.actor, digest="daily", receipts=True)
    keep(freelancer)
    block(freelancer, talk)
    for person in (buyer, freelancer):
        services.learning_agree(actor=person.actor, conversation_id=talk.pk)
    found = json.loads(dict(leaving.export(freelancer.actor))["messages.json"])
    assert found["preferences"] == {"digest": "daily", "receipts": True}
    assert [row["title"] for row in found["templates"]] == ["Hello"]
    assert [row["name"] for row in found["blocked"]] == ["Cleo Marsh"]
    assert found["learning"][0]["ended"] is None
    account_delete(actor=freelancer.actor, password="a long password")
    for table in (MessagePreferences, MessageTemplate, Block):
        assert not table._default_manager.exists()
    assert learnable(freelancer) == []
    assert page_of(buyer, talk).standing.is_gone


def test_templates__stand_in_no_record(freelancer: User) -> None:
    keep(freelancer, body="the cormorant answers")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_auditrecord WHERE data::text LIKE '%%cormorant%%'")
        assert cursor.fetchone() == (0,)
