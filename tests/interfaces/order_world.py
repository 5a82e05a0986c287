"""One order with everything that an address of orders can name, for the table of who may open what."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre.domains.disputes import services as disputes
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import OutcomeKind
from oeuvre.domains.orders import services as orders
from oeuvre.domains.reviews import services as reviews
from oeuvre.domains.reviews.models import ImportedReputation, Installation, Review
from oeuvre.domains.reviews.states import InstallationState, ReportReason
from oeuvre.integrations.credentials import SigningKey
from oeuvre.kit.money import Money
from tests.support.gigs import live_gig
from tests.support.media import draft_recording
from tests.support.orders import QUESTION, accepted, delivered, started
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

FILE_QUESTION = {"key": "q2", "kind": "file", "label": "Anything to look at?", "required": False, "options": []}


def dispute_arguments(owner: User, buyer: User) -> dict[str, Any]:
    """A dispute with a proposal and its evidence."""
    order = started(buyer, owner)
    delivered(order)
    dispute = disputes.dispute_open(
        actor=buyer.actor, order_id=order.pk, reason="not_as_agreed", text="It is about another harbour, not ours."
    )
    run_tasks()
    proposal = disputes.proposal_make(
        actor=buyer.actor, dispute_id=dispute.pk, outcome=Outcome(OutcomeKind.REFUND, Money(2_500))
    )
    return {"dispute_id": dispute.pk, "proposal_id": proposal.pk, "number": 1}


def brought_along(owner: User) -> ImportedReputation:
    """What another installation, whose key is known, says of the owner."""
    here = reviews.profile_address(owner.profile.handle)
    payload = reviews.reputation_export(actor=owner.actor, recipient=here)["payload"]
    issuer = {"name": "The Reading Room", "address": "https://rooms.example"}
    statement = SigningKey(Ed25519PrivateKey.generate()).sign_json(payload | {"issuer": issuer}).as_json()
    row = reviews.reputation_import(actor=owner.actor, statement=statement)
    Installation.objects.update(status=InstallationState.KNOWN)
    return row


def review_desk_arguments(owner: User, review: Review) -> dict[str, Any]:
    """What operators look at: a reported review, a key of another installation. Appeals are answered in the list."""
    report = reviews.report_create(actor=owner.actor, review_id=review.pk, reason=ReportReason.UNTRUE)
    row = brought_along(owner)
    return {
        "import_id": row.pk,
        "installation_id": row.installation_id,
        "review_report_id": report.pk,
        "demotion_id": uuid.uuid4(),
    }


def order_arguments(owner: User, buyer: User) -> dict[str, Any]:
    """A completed order of ``buyer`` with ``owner``: answered, asked, changed, delivered, with consent to training."""
    order = started(buyer, owner, requirements=(QUESTION, FILE_QUESTION))
    given = orders.requirement_file_add(
        actor=buyer.actor, order_id=order.pk, question="q2", name="a.txt", data=b"The ferry leaves at six."
    )
    orders.requirements_give(actor=buyer.actor, order_id=order.pk, answers={"q1": "Everybody."})
    question = orders.question_ask(actor=owner.actor, order_id=order.pk, text="Which harbour?")
    orders.question_answer(actor=buyer.actor, question_id=question.pk, text="The small one.")
    change = orders.extension_propose(actor=owner.actor, order_id=order.pk, days=1)
    orders.change_accept(actor=buyer.actor, change_id=change.pk)
    order.refresh_from_db()
    delivery = delivered(order)
    orders.training_consent_ask(actor=owner.actor, order_id=order.pk)
    orders.training_consent_decide(actor=buyer.actor, order_id=order.pk, grant=True)
    accepted(order)
    run_tasks()
    draft_recording(order)
    scores = {"as_asked": 5, "communication": 4, "on_time": 5}
    for person in (buyer, owner):
        reviews.review_write(actor=person.actor, order_id=order.pk, scores=scores, text="It was a pleasure to work on.")
    about_owner = Review.objects.get(window__order=order, author=buyer)
    return {
        **dispute_arguments(owner, buyer),
        **review_desk_arguments(owner, about_owner),
        "review_id": about_owner.pk,
        "order_id": order.pk,
        "given_id": given.pk,
        "delivered_id": delivery.files.get().pk,
        "delivery_id": delivery.pk,
        "question_id": question.pk,
        "change_id": change.pk,
        "url_key": live_gig(owner).url_key,
    }
