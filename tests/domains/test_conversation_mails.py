"""When people are told by mail of what waits for them: at once, once a day, or never; and what posts of orders tell."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.utils import timezone

from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.conversations.errors import (
    ConversationNotFoundError,
    MessageIdTakenError,
    OwnConversationError,
    PreferencesInvalidError,
)
from oeuvre.domains.conversations.models import Conversation, Message
from oeuvre.domains.conversations.services import Card
from oeuvre.domains.conversations.tasks import digests_start
from oeuvre.kit.actor import Actor
from tests.domains.conversation_talk import BODY, page_of, read, run_due, say, start
from tests.support.clock import Clock
from tests.support.worker import pending_tasks, run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, timezone.now() + timedelta(minutes=1))


def wants(person: User, digest: str) -> None:
    services.preferences_set(actor=person.actor, digest=digest, receipts=False)


def morning(clock: Clock) -> int:
    """A day goes by; returns how many mails went out."""
    clock.move(days=1)
    before = len(mail.outbox)
    digests_start(0)
    run_tasks()
    return len(mail.outbox) - before


@pytest.mark.parametrize("digest", ["daily", "never"])
def test_message_notify__spares_who_does_not_want_a_mail_at_once(digest: str, buyer: User, freelancer: User) -> None:
    wants(freelancer, digest)
    start(buyer, freelancer)
    run_due()
    assert mail.outbox == []


def test_digest__is_one_mail_about_everything_that_waits(
    buyer: User, freelancer: User, other_freelancer: User, clock: Clock
) -> None:
    wants(freelancer, "daily")
    talk = start(buyer, freelancer, subject_type="gig", subject_id=uuid.uuid4(), subject_label="A song")
    say(buyer, talk, "And soon.")
    start(other_freelancer, freelancer)
    assert morning(clock) == 1
    letter = mail.outbox[-1]
    assert letter.to == [freelancer.email]
    assert letter.subject == "3 new messages on Oeuvre"
    assert "Cleo Marsh, A song: 2 new" in letter.body
    assert "Bo Lind: 1 new" in letter.body
    assert BODY not in letter.body
    assert "/conversations/preferences/" in letter.body


def test_digest__comes_again_only_when_something_new_came(buyer: User, freelancer: User, clock: Clock) -> None:
    wants(freelancer, "daily")
    assert morning(clock) == 0
    talk = start(buyer, freelancer)
    assert morning(clock) == 1
    assert morning(clock) == 0
    say(buyer, talk)
    assert morning(clock) == 1
    read(freelancer, talk)
    assert morning(clock) == 0


def test_digest__started_twice_is_sent_once(buyer: User, freelancer: User, clock: Clock) -> None:
    wants(freelancer, "daily")
    start(buyer, freelancer)
    clock.move(days=1)
    services.digests_start()
    services.digests_start()
    assert pending_tasks().count("conversations.digest_send") == 2
    run_tasks()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("digest", ["at_once", "never"])
def test_digest__is_for_those_who_want_it(digest: str, buyer: User, freelancer: User, clock: Clock) -> None:
    wants(freelancer, digest)
    start(buyer, freelancer)
    run_due()
    mail.outbox.clear()
    assert morning(clock) == 0
    assert services.digest_build(actor=Actor.system(), person_id=freelancer.pk) is False


def test_digest__is_not_sent_to_who_left(buyer: User, freelancer: User, clock: Clock) -> None:
    wants(freelancer, "daily")
    start(buyer, freelancer)
    freelancer.is_active = False
    freelancer.save()
    assert morning(clock) == 0
    assert services.digest_build(actor=Actor.system(), person_id=freelancer.pk) is False


def test_preferences__are_at_once_and_no_receipts_by_themselves(freelancer: User) -> None:
    assert selectors.preferences_of(person_id=freelancer.pk) == selectors.Preferences("at_once", receipts=False)
    with pytest.raises(PreferencesInvalidError):
        wants(freelancer, "hourly")


@pytest.mark.parametrize(
    ("buyer_shows", "freelancer_shows"), [(True, True), (True, False), (False, True), (False, False)]
)
def test_receipts__are_seen_only_where_both_show_them(
    buyer_shows: bool, freelancer_shows: bool, buyer: User, freelancer: User
) -> None:
    services.preferences_set(actor=buyer.actor, digest="never", receipts=buyer_shows)
    services.preferences_set(actor=freelancer.actor, digest="never", receipts=freelancer_shows)
    talk = start(buyer, freelancer)
    assert page_of(buyer, talk).receipt is None
    read(freelancer, talk)
    last = say(buyer, talk, "Unread yet.")
    receipt = page_of(buyer, talk).receipt
    assert (receipt is not None) == (buyer_shows and freelancer_shows)
    assert page_of(freelancer, talk).receipt is None
    if receipt:
        assert receipt.message_id != last.pk
        assert receipt.read_at == Message.objects.get(pk=receipt.message_id).freelancer_read_at


def test_messages_read__leaves_new_what_came_after_the_page_was_made(buyer: User, freelancer: User) -> None:
    talk = start(buyer, freelancer)
    page = page_of(freelancer, talk)
    say(buyer, talk, "Just now.")
    assert services.messages_read(actor=freelancer.actor, page=page) == 1
    assert selectors.unread_count(actor=freelancer.actor) == 1
    assert [message.is_new for message in page_of(freelancer, talk).messages] == [False, True]


# Cards that domains above post


OFFER = Card("offer", uuid.UUID(int=7), "Offer: a song, $480.00")


def post(actor: Actor, talk: Conversation, **options: Any) -> Message:
    return services.event_post(actor=actor, conversation_id=talk.pk, card=OFFER, **options)


def test_event_post__shows_a_card_as_its_authors_message(buyer: User, freelancer: User) -> None:
    talk = start(buyer, freelancer)
    post(freelancer.actor, talk, body="As we said.")
    shown = page_of(buyer, talk).messages[-1]
    assert (shown.card, shown.body, shown.author, shown.is_new) == (OFFER, "As we said.", "Ada Fell", True)
    assert selectors.unread_count(actor=buyer.actor) == 1
    run_due()
    letter = mail.outbox[-1]
    assert (letter.to, letter.subject) == ([buyer.email], "Offer: a song, $480.00: Ada Fell on Oeuvre")
    assert "As we said." not in letter.body


@pytest.mark.parametrize("by", ["system", "operator"])
def test_event_post__that_neither_did_is_news_for_both(by: str, buyer: User, freelancer: User, operator: User) -> None:
    talk = start(buyer, freelancer)
    read(freelancer, talk)
    post(Actor.system() if by == "system" else operator.actor, talk)
    for person in (buyer, freelancer):
        shown = page_of(person, talk).messages[-1]
        assert (shown.author, shown.is_own, shown.is_new, shown.body) == ("", False, True, "")
        assert selectors.unread_count(actor=person.actor) == 1
    run_due()
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([buyer.email, freelancer.email])
    read(buyer, talk)
    assert selectors.unread_count(actor=freelancer.actor) == 1


@pytest.mark.parametrize("by_system", [True, False])
def test_event_post__twice_with_one_id_is_one(by_system: bool, buyer: User, freelancer: User) -> None:
    talk = start(buyer, freelancer)
    actor, key = (Actor.system() if by_system else freelancer.actor), uuid.uuid4()
    assert post(actor, talk, message_id=key).pk == post(actor, talk, message_id=key).pk == key
    assert Message.objects.count() == 2


def test_event_post__finds_no_conversation_and_takes_no_others_id(buyer: User, freelancer: User) -> None:
    talk = start(buyer, freelancer)
    with pytest.raises(ConversationNotFoundError):
        services.event_post(actor=Actor.system(), conversation_id=uuid.uuid4(), card=OFFER)
    with pytest.raises(MessageIdTakenError):
        post(freelancer.actor, talk, message_id=talk.messages.get().pk)


def test_conversation_open__writes_nothing_and_shows_in_no_list_until_something_is_said(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    about: dict[str, Any] = {"subject_type": "order", "subject_id": uuid.uuid4(), "subject_label": "Order 7"}
    pair = {"buyer_id": buyer.pk, "freelancer_id": freelancer.pk}
    talk = services.conversation_open(actor=Actor.system(), **pair, **about)
    assert services.conversation_open(actor=freelancer.actor, **pair, **about).pk == talk.pk
    assert page_of(buyer, talk).messages == ()
    assert not selectors.conversations_of(actor=buyer.actor).exists()
    post(Actor.system(), talk)
    assert selectors.conversations_of(actor=buyer.actor).get().unread == 1
    with pytest.raises(ConversationNotFoundError):
        services.conversation_open(actor=other_freelancer.actor, **pair, **about)
    with pytest.raises(OwnConversationError):
        services.conversation_open(actor=buyer.actor, buyer_id=buyer.pk, freelancer_id=buyer.pk)
