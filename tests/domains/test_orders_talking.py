"""What orders plug into the domains below them: their conversation, their criteria, their evidence of a skill."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Criterion
from oeuvre.domains.catalog.errors import CriterionInvalidError, EvidenceNotFoundError
from oeuvre.domains.catalog.models import Skill, SkillArea
from oeuvre.domains.conversations import selectors as talks
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.errors import BlockedError
from oeuvre.domains.conversations.models import Conversation
from oeuvre.domains.orders import services
from oeuvre.domains.orders.errors import OrderNotFoundError
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.terms import Origin
from tests.domains.conversation_talk import run_due, say, start
from tests.support.gigs import draft_gig
from tests.support.orders import accepted, completed, delivered, placed, started

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


def talk_of(person: User, order: Order) -> Conversation:
    found = services.order_talk_open(actor=person.actor, order_id=order.pk)
    return talks.conversation_get(actor=person.actor, conversation_id=found)


def said(person: User, talk: Conversation) -> list[str]:
    page = talks.conversation_messages(actor=person.actor, conversation_id=talk.pk)
    return [message.card.label for message in page.messages if message.card]


class TestConversation:
    def test_order_talk_open__opens_one_for_both_and_keeps_it(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        order = started(buyer, freelancer)
        assert order.conversation_id is None
        talk = talk_of(freelancer, order)
        assert talk == talk_of(buyer, order)
        assert (talk.buyer, talk.freelancer, talk.subject_id) == (buyer, freelancer, order.pk)
        assert talk.subject_label == f"A notice for the harbour ({order.number})"
        with pytest.raises(OrderNotFoundError):
            services.order_talk_open(actor=other_freelancer.actor, order_id=order.pk)

    def test_order_talk_open__goes_on_where_the_offer_was_talked_about(self, buyer: User, freelancer: User) -> None:
        talk = start(buyer, freelancer)
        order = started(buyer, freelancer, origin=Origin(conversation_id=talk.pk))
        assert talk_of(buyer, order) == talk

    def test_conversation__gets_a_card_of_what_happens_and_mails_nobody_twice(
        self, buyer: User, freelancer: User
    ) -> None:
        order = started(buyer, freelancer)
        talk = talk_of(buyer, order)
        order.refresh_from_db()
        mail.outbox.clear()
        delivered(order)
        accepted(order)
        run_due()
        assert said(freelancer, talk) == ["The work was delivered.", "The order is complete."]
        assert sorted((one.to[0], one.subject) for one in mail.outbox) == [
            (buyer.email, "Ada Fell delivered"),
            (buyer.email, "Your order is complete"),
            (freelancer.email, "Your order is complete"),
        ]
        assert talks.unread_count(actor=buyer.actor) == talks.unread_count(actor=freelancer.actor) == 0

    @pytest.mark.parametrize("of_its_own", [True, False], ids=["its own", "its offer's"])
    def test_conversation__of_a_running_order_stays_open_despite_a_block(
        self, of_its_own: bool, buyer: User, freelancer: User
    ) -> None:
        enquiry = start(buyer, freelancer)
        origin = Origin(gig_id=uuid.uuid4()) if of_its_own else Origin(conversation_id=enquiry.pk)
        order = started(buyer, freelancer, origin=origin)
        talk = talk_of(buyer, order)
        conversations.person_block(actor=buyer.actor, conversation_id=talk.pk)
        for person in (buyer, freelancer):
            assert say(person, talk).pk
        if of_its_own:
            with pytest.raises(BlockedError):
                say(freelancer, enquiry)
        delivered(order)
        accepted(order)
        with pytest.raises(BlockedError):
            say(freelancer, talk)

    def test_conversation__of_an_order_that_is_not_paid_yields_to_a_block(self, buyer: User, freelancer: User) -> None:
        talk = talk_of(buyer, placed(buyer, freelancer))
        conversations.person_block(actor=freelancer.actor, conversation_id=talk.pk)
        with pytest.raises(BlockedError):
            say(buyer, talk)


def test_criteria__of_a_gig_are_judged_by_what_orders_can_check(freelancer: User) -> None:
    with pytest.raises(CriterionInvalidError):
        draft_gig(freelancer, criteria=(Criterion("words", "", {"least": 90, "most": 20}),))


def test_completed_order__is_evidence_of_a_skill(buyer: User, freelancer: User) -> None:
    area = SkillArea.objects.create(key="h-words", name="Words", summary="And their order.")
    skill = Skill.objects.create(key="h-notices", area=area, kind="trade", name="Notices", evidence=["order"])
    catalog.freelancer_skill_add(actor=freelancer.actor, skill_key=skill.key)
    done, running = completed(buyer, freelancer), started(buyer, freelancer)

    def prove(order: Order) -> None:
        catalog.freelancer_skill_evidence_add(
            actor=freelancer.actor, skill_key=skill.key, kind="order", ref_id=order.pk
        )

    prove(done)
    with pytest.raises(EvidenceNotFoundError):
        prove(running)
