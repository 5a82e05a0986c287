"""One order and its two people, and what each beat of its story does: a call of a service, as one of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from oeuvre.domains.accounts.models import User
from oeuvre.domains.conversations import selectors as conversation_selectors
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation
from oeuvre.domains.disputes import services as disputes
from oeuvre.domains.disputes.models import Dispute
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import OutcomeKind, ProposalState
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import ChangeState, DeliveryState, OrderState
from oeuvre.domains.reviews import services as reviews
from oeuvre.domains.reviews.models import Review
from oeuvre.interfaces.demo.market.briefing import Briefing
from oeuvre.interfaces.demo.market.content import email_of
from oeuvre.interfaces.demo.market.files import file_made, files_made, wanted_by
from oeuvre.interfaces.demo.market.placing import offer_row, order_place, title_of
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.interfaces.demo.market.content import Row

READ_AFTER = 1.0
"""Days after which a message has been read."""
ASPECTS = ("as_asked", "communication", "on_time")


@dataclass(frozen=True)
class Play:
    """A row of ``orders`` in the market's file, on its way to being one."""

    row: Row
    operator: User

    @cached_property
    def buyer(self) -> User:
        return User.objects.get(email=email_of(self.row["buyer"]))

    @cached_property
    def freelancer(self) -> User:
        return User.objects.get(email=email_of(self.row["freelancer"]))

    @property
    def order_id(self) -> UUID:
        """The same at every start of an installation, and another one in every installation."""
        return uuid5(self.operator.pk, f"demo market {self.row['key']}")

    @property
    def order(self) -> Order:
        return Order.objects.select_related("buyer", "freelancer").get(pk=self.order_id)

    def person(self, side: str) -> User:
        return self.buyer if side == "buyer" else self.freelancer

    def other(self, side: str) -> User:
        return self.freelancer if side == "buyer" else self.buyer

    def money(self, minor: int) -> Money:
        return Money(minor, self.order.currency)

    # What they say

    @cached_property
    def briefing(self) -> Briefing | None:
        """The brief that it began with, where it began with one."""
        return Briefing(offer_row(self.row["offer"])[0]) if "offer" in self.row else None

    @cached_property
    def conversation(self) -> Conversation:
        return conversations.conversation_open(
            actor=Actor.system(),
            buyer_id=self.buyer.pk,
            freelancer_id=self.freelancer.pk,
            subject_type="brief" if self.briefing else "order",
            subject_id=self.briefing.found.get().pk if self.briefing else self.order_id,
            subject_label=title_of(self.row),
        )

    def say(self, message: Row) -> None:
        """Write a message, after reading what came before; the other one has read it if it is old."""
        author = self.person(message["by"])
        self._read(author)
        conversations.message_send(actor=author.actor, conversation_id=self.conversation.pk, body=message["text"])
        if message["days_ago"] > READ_AFTER:
            self._read(self.other(message["by"]))

    def _read(self, person: User) -> None:
        page = conversation_selectors.conversation_messages(actor=person.actor, conversation_id=self.conversation.pk)
        conversations.messages_read(actor=person.actor, page=page)

    # The order

    def place(self) -> None:
        order_place(self.row, order_id=self.order_id, buyer=self.buyer, conversation_id=self.conversation.pk)

    def start(self) -> None:
        """Answer the freelancer's questions, where there are any."""
        order = self.order
        if order.status != OrderState.AWAITING_REQUIREMENTS:
            return
        kinds = {question["key"]: question["kind"] for question in order.requirements}
        answers = self.row.get("answers", {})
        for key, value in answers.items():
            if kinds.get(key) == "file":
                data = file_made(value, f"{value}: {order.title}")
                orders.requirement_file_add(
                    actor=self.buyer.actor, order_id=order.pk, question=key, name=value, data=data
                )
        given = {key: value for key, value in answers.items() if kinds.get(key) != "file"}
        orders.requirements_give(actor=self.buyer.actor, order_id=order.pk, answers=given)

    def deliver(self, delivery: Row) -> None:
        order, actor = self.order, self.freelancer.actor
        wanted = wanted_by(order.criteria.values_list("kind", "spec"), order.language)
        for name, data in files_made(delivery["files"], about=delivery["note"], wanted=wanted):
            orders.delivery_file_add(actor=actor, order_id=order.pk, name=name, data=data)
        orders.delivery_describe(
            actor=actor,
            order_id=order.pk,
            note=delivery["note"],
            ai_use=delivery["ai"],
            ai_note=delivery["ai_note"],
        )
        orders.delivery_submit(actor=actor, order_id=order.pk)

    def accept(self) -> None:
        """The buyer accepts what is under review."""
        delivery = self.order.deliveries.get(status=DeliveryState.SUBMITTED)
        orders.delivery_accept(actor=self.buyer.actor, delivery_id=delivery.pk)

    def revise(self, request: Row) -> None:
        delivery = self.order.deliveries.get(status=DeliveryState.SUBMITTED)
        orders.revision_request(actor=self.buyer.actor, delivery_id=delivery.pk, text=request["text"])

    def clear(self) -> None:
        orders.lines_clear(actor=Actor.system())

    def extension_ask(self, change: Row) -> None:
        orders.extension_propose(
            actor=self.person(change["by"]).actor, order_id=self.order_id, days=change["days"], note=change["note"]
        )

    def cancellation_ask(self, change: Row) -> None:
        actor = self.person(change["by"]).actor
        orders.cancellation_propose(actor=actor, order_id=self.order_id, note=change["note"])

    def change_agree(self, change: Row) -> None:
        """The other one agrees to what was proposed."""
        waiting = self.order.changes.get(status=ChangeState.PROPOSED)
        orders.change_accept(actor=self.other(change["by"]).actor, change_id=waiting.pk)

    def cancel(self) -> None:
        """The buyer ends it alone, because it is late."""
        orders.order_cancel(actor=self.buyer.actor, order_id=self.order_id)

    # Dispute

    @property
    def dispute(self) -> Dispute:
        return Dispute.objects.get(order_id=self.order_id)

    def dispute_open(self, dispute: Row) -> None:
        disputes.dispute_open(
            actor=self.person(dispute["by"]).actor,
            order_id=self.order_id,
            reason=dispute["reason"],
            text=dispute["text"],
        )

    def propose(self, proposal: Row) -> None:
        disputes.proposal_make(
            actor=self.person(proposal["by"]).actor,
            dispute_id=self.dispute.pk,
            outcome=self._refund(proposal["refund"]),
            note=proposal["note"],
        )

    def proposal_agree(self, proposal: Row) -> None:
        found = self.dispute.proposals.get(side=proposal["by"], status=ProposalState.OPEN)
        disputes.proposal_accept(actor=self.other(proposal["by"]).actor, proposal_id=found.pk)

    def operator_call(self, decision: Row) -> None:
        disputes.dispute_escalate(actor=self.person(decision["called_by"]).actor, dispute_id=self.dispute.pk)

    def decide(self, decision: Row) -> None:
        disputes.decision_make(
            actor=self.operator.actor,
            dispute_id=self.dispute.pk,
            outcome=self._refund(decision["refund"]),
            reasons=decision["reasons"],
        )

    def decision_agree(self) -> None:
        for person in (self.buyer, self.freelancer):
            disputes.decision_accept(actor=person.actor, dispute_id=self.dispute.pk)

    def _refund(self, minor: int) -> Outcome:
        return Outcome(OutcomeKind.REFUND, self.money(minor))

    # Afterwards

    def review(self, side: str, review: Row) -> None:
        scores: dict[str, Any] = {aspect: review[aspect] for aspect in ASPECTS}
        reviews.review_write(
            actor=self.person(side).actor, order_id=self.order_id, scores=scores, text=review["text"], named=True
        )

    def review_answer(self, side: str, review: Row) -> None:
        """Whom the review is about answers it."""
        found = Review.objects.get(window__order_id=self.order_id, side=side)
        reviews.answer_write(actor=self.other(side).actor, review_id=found.pk, text=review["answer"])
