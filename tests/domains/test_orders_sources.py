"""Where orders come from: gigs, blends and edits, with the draft that they begin from and the credentials that say so."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.briefs.errors import OfferNotFoundError
from oeuvre.domains.briefs.models import Offer
from oeuvre.domains.briefs.states import BriefState, OfferState
from oeuvre.domains.catalog import selectors as catalogue
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Criterion
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.contents import generation_text
from oeuvre.domains.creation.errors import EditNotFoundError, GenerationClosedError, GenerationNotFoundError
from oeuvre.domains.creation.models import CreationModel, EditRequest, Generation
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.disputes import services as disputes
from oeuvre.domains.disputes.gathering import gather
from oeuvre.domains.disputes.models import Dispute
from oeuvre.domains.orders import errors, selectors, services
from oeuvre.domains.orders.models import DeliveryFile, Order
from oeuvre.domains.orders.ports import Credentials
from oeuvre.domains.orders.services.sources import gig_terms
from oeuvre.domains.orders.states import AiUse, CriterionKind, OrderSource, OrderState
from oeuvre.domains.orders.terms import CriterionTerms
from oeuvre.kit.money import Money
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import SourceType
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.briefs import open_brief, sent_offer
from tests.support.disputes import opened
from tests.support.factories import CARD, freelancer_with_profile, ready_generation
from tests.support.gigs import LEAF, gig_content, live_gig
from tests.support.orders import TEXT, accepted, delivered, draft_filled
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def piece(model: CreationModel, buyer: User) -> Generation:
    return ready_generation(model, buyer)


def _agreed_in(dispute: Dispute) -> dict[str, Any]:
    """What the evidence says of the order."""
    data = next(entry.data for entry in gather(dispute).entries if entry.path == "order.json")
    found: dict[str, Any] = json.loads(data or b"")
    return found


class TestEdit:
    @pytest.fixture
    def edit(self, piece: Generation, vetted: User, buyer: User) -> EditRequest:
        """Taken by the freelancer."""
        edit = creation.edit_request(
            actor=buyer.actor, generation_id=piece.pk, instructions="Shorter, and name the ferry."
        )
        return creation.edit_answer(actor=vetted.actor, edit_id=edit.pk, accept=True)

    def ordered(self, buyer: User, edit: EditRequest, **changes: Any) -> Order:
        return services.order_start_for_edit(
            actor=buyer.actor, **{"edit_id": edit.pk, "method_token": CARD, "expected_total": Money(4_725), **changes}
        )

    def test_order_start_for_edit__hands_the_draft_over_with_all_that_made_it(
        self, edit: EditRequest, piece: Generation, vetted: User, buyer: User
    ) -> None:
        order = self.ordered(buyer, edit)
        run_tasks()
        order.refresh_from_db()
        assert (order.source, order.status, order.ai_policy) == (
            OrderSource.EDIT,
            OrderState.IN_PROGRESS,
            AiUse.ASSISTED,
        )
        page = selectors.order_page(actor=vetted.actor, order_id=order.pk)
        assert page.scope == "Shorter, and name the ferry."
        assert page.draft
        assert (page.draft.text, page.draft.prompt) == (generation_text(piece), piece.prompt)
        assert (page.draft.seed, page.draft.version) == (piece.seed, piece.version.name)
        assert piece.prompt.encode() not in bytes(order.draft.prompt)

    def test_edit__evidence_of_a_dispute_holds_the_draft_once_work_was_handed_over(
        self, edit: EditRequest, piece: Generation, vetted: User, buyer: User
    ) -> None:
        """Both sides read it, and before that all the money can go back."""
        order = self.ordered(buyer, edit)
        run_tasks()
        dispute = opened(order, buyer, reason="rights")
        assert _agreed_in(dispute)["draft"] == {"version": piece.version.name, "seed": str(piece.seed)}
        disputes.dispute_withdraw(actor=buyer.actor, dispute_id=dispute.pk)
        order.refresh_from_db()
        delivered(order, ai_use="assisted", text=TEXT)
        assert _agreed_in(opened(order, buyer))["draft"]["text"] == generation_text(piece)

    def test_edit__delivers_a_composite_with_human_edits_whose_ingredient_is_the_draft(
        self, edit: EditRequest, piece: Generation, buyer: User
    ) -> None:
        order = self.ordered(buyer, edit)
        run_tasks()
        order.refresh_from_db()
        delivered(order, ai_use="assisted")
        file = DeliveryFile.objects.get()
        _, data, sidecar = selectors.delivery_file(actor=buyer.actor, file_id=file.pk)
        report = port("credentials", Credentials).read(data, file.media_type, sidecar)
        assert report.is_intact
        assert (report.source_type, report.edited_by_hand) == (SourceType.COMPOSITE, True)
        assert report.parents == (title_of(piece),)
        assert (report.version, report.seed) == (piece.version.name, str(piece.seed))
        assert report.prompt_sha256 == hashlib.sha256(piece.prompt.encode()).hexdigest()
        assert (report.creator, report.licence) == ("Vera Tide", order.number)

    def test_edit__cannot_be_declared_as_made_without_ai(self, edit: EditRequest, buyer: User, vetted: User) -> None:
        order = self.ordered(buyer, edit)
        run_tasks()
        order.refresh_from_db()
        draft_filled(order)
        with pytest.raises(errors.DeliveryRefusedError) as caught:
            services.delivery_submit(actor=vetted.actor, order_id=order.pk)
        assert [finding.code for finding in caught.value.context["findings"]] == ["ai_draft_undeclared"]

    def test_edit__goes_on_when_the_model_is_deleted_meanwhile(
        self, edit: EditRequest, model: CreationModel, vetted: User, buyer: User
    ) -> None:
        order = self.ordered(buyer, edit)
        run_tasks()
        order.refresh_from_db()
        creation.model_delete(actor=vetted.actor, model_id=model.pk)
        delivered(order, ai_use="assisted")
        assert accepted(order).status == OrderState.COMPLETED

    def test_order_start_for_edit__is_for_edits_that_were_taken_and_once(
        self, edit: EditRequest, piece: Generation, vetted: User, buyer: User, other_freelancer: User
    ) -> None:
        first = self.ordered(buyer, edit)
        with pytest.raises(errors.AlreadyOrderedError) as caught:
            self.ordered(buyer, edit)
        assert caught.value.context["order"] == first
        with pytest.raises(errors.NotYourPartError):
            self.ordered(vetted, edit)
        with pytest.raises(EditNotFoundError):
            self.ordered(other_freelancer, edit)
        open_edit = creation.edit_request(
            actor=buyer.actor, generation_id=piece.pk, instructions="Longer, and name the ferry."
        )
        with pytest.raises(errors.OrderInvalidError):
            self.ordered(buyer, open_edit)
        services.order_cancel(actor=buyer.actor, order_id=first.pk)
        with pytest.raises(errors.PriceChangedError):
            self.ordered(buyer, edit, expected_total=Money(1))

    def test_order_start_for_edit__of_a_model_that_is_off_begins_nothing(
        self, edit: EditRequest, model: CreationModel, vetted: User, buyer: User
    ) -> None:
        creation.model_disable(actor=vetted.actor, model_id=model.pk)
        with pytest.raises(GenerationClosedError):
            self.ordered(buyer, edit)
        assert not Order.objects.exists()


class TestGig:
    @pytest.fixture
    def gig(self, vetted: User) -> Gig:
        return live_gig(vetted)

    def ordered(self, buyer: User, gig: Gig, **changes: Any) -> Order:
        assert gig.published_id
        values = {"gig_version_id": gig.published_id, "package": "basic", "method_token": CARD} | changes
        order = services.order_start_from_gig(actor=buyer.actor, **values)
        run_tasks()
        order.refresh_from_db()
        return order

    def test_order_start_from_gig__keeps_what_the_buyer_saw(self, gig: Gig, vetted: User, buyer: User) -> None:
        assert gig.published
        extra = gig.published.extras.get()
        order = self.ordered(buyer, gig, package="premium", extras=[extra.pk], expected_total=Money(33_075))
        assert (order.source, order.status) == (OrderSource.GIG, OrderState.AWAITING_REQUIREMENTS)
        assert (order.gig_id, order.gig_version_id, order.package) == (gig.pk, gig.published_id, "premium")
        assert (order.category, order.language, order.ai_policy) == (LEAF, "en", AiUse.ASSISTED)
        assert (order.rights, order.rights_terms) == ("commercial-use", ["Commercial use"])
        assert [(line.title, line.price) for line in order.lines.all()] == [
            ("A whole quay", 30_000),
            ("Translation", 1_500),
        ]
        milestone = order.milestones.get()
        assert (milestone.days, milestone.revisions) == (10, 3)
        page = selectors.order_page(actor=buyer.actor, order_id=order.pk)
        assert page.scope.startswith("A whole quay\n\nTen texts.\n\n- Notices: 10")
        services.requirements_give(
            actor=buyer.actor, order_id=order.pk, answers={order.requirements[0]["key"]: "The ferry is late."}
        )

    def test_order_start_from_gig__promises_the_gigs_criteria_and_the_buyers(self, vetted: User, buyer: User) -> None:
        gig = live_gig(vetted, criteria=(Criterion("words", "", {"least": 10}),))
        order = self.ordered(buyer, gig, criteria=[CriterionTerms(CriterionKind.FORMAT, {"formats": ["txt"]})])
        assert [(row.kind, row.spec) for row in order.criteria.all()] == [
            ("words", {"least": 10}),
            ("format", {"formats": ["txt"]}),
        ]

    def test_order_start_from_gig__takes_no_more_orders_than_there_is_room_for(
        self, gig: Gig, vetted: User, buyer: User
    ) -> None:
        Gig.objects.filter(pk=gig.pk).update(orders_at_once=1)
        first = self.ordered(buyer, gig)
        with pytest.raises(errors.NotOrderableError) as caught:
            self.ordered(buyer, gig)
        assert caught.value.context["reason"] == "full"
        services.order_cancel(actor=buyer.actor, order_id=first.pk)
        assert self.ordered(buyer, gig)
        assert selectors.open_orders(gig_id=gig.pk) == 1

    def test_order_start_from_gig__that_is_paused_or_reads_otherwise_now_orders_nothing(
        self, gig: Gig, vetted: User, buyer: User
    ) -> None:
        old = gig.published_id
        draft = catalog.gig_draft_open(actor=vetted.actor, gig_id=gig.pk)
        saved = catalog.gig_draft_save(
            actor=vetted.actor,
            gig_id=gig.pk,
            content=gig_content(title="Notices for doors again"),
            revision=draft.revision,
        )
        catalog.gig_submit(actor=vetted.actor, gig_id=gig.pk, revision=saved.revision)
        gig.refresh_from_db()
        assert gig.published_id == draft.pk
        with pytest.raises(errors.NotOrderableError) as caught:
            self.ordered(buyer, gig, gig_version_id=old)
        assert caught.value.context["reason"] == "changed"
        catalog.gig_pause(actor=vetted.actor, gig_id=gig.pk)
        with pytest.raises(errors.NotOrderableError) as caught:
            self.ordered(buyer, gig)
        assert caught.value.context["reason"] == "paused"
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("field", "changes"), [("package", {"package": "gold"}), ("extras", {"extras": [uuid.uuid4()]})]
    )
    def test_order_start_from_gig__sells_what_the_version_has(
        self, gig: Gig, buyer: User, field: str, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(errors.OrderInvalidError) as caught:
            self.ordered(buyer, gig, **changes)
        assert caught.value.context["field"] == field

    def test_blend__is_a_package_that_begins_from_a_generation(self, gig: Gig, piece: Generation, buyer: User) -> None:
        order = self.ordered(buyer, gig, generation_id=piece.pk)
        assert (order.source, order.generation_id) == (OrderSource.BLEND, piece.pk)
        services.requirements_give(
            actor=buyer.actor, order_id=order.pk, answers={order.requirements[0]["key"]: "The ferry is late."}
        )
        order.refresh_from_db()
        delivered(order, ai_use="assisted", text=TEXT)
        accepted(order)
        assert order.rights_statement["payload"]["ai_use"] == ["assisted"]
        page = selectors.order_page(actor=buyer.actor, order_id=order.pk)
        assert page.draft
        assert (page.draft.version, page.draft.text) == (piece.version.name, generation_text(piece))

    @pytest.mark.parametrize("card", ["sandbox:declined", CARD])
    def test_blend__shows_its_buyer_no_whole_draft_while_all_the_money_can_go_back(
        self, gig: Gig, piece: Generation, vetted: User, buyer: User, card: str
    ) -> None:
        """Else a card that says no, or an order that is cancelled at once, would open what a licence costs money for."""
        order = self.ordered(buyer, gig, generation_id=piece.pk, method_token=card)
        for _moment in range(2):
            seen = [selectors.order_page(actor=person.actor, order_id=order.pk).draft for person in (buyer, vetted)]
            assert [draft.text if draft else None for draft in seen] == ["", generation_text(piece)]
            services.order_cancel(actor=buyer.actor, order_id=order.pk)

    def test_blend__of_a_gig_without_ai_allows_what_its_draft_is(
        self, vetted: User, piece: Generation, buyer: User
    ) -> None:
        gig = live_gig(vetted, ai_policy=AiPolicy.NONE)
        assert self.ordered(buyer, gig).ai_policy == AiUse.NONE
        assert self.ordered(buyer, gig, generation_id=piece.pk).ai_policy == AiUse.ASSISTED
        shown = catalogue.gig_public(actor=buyer.actor, url_key=gig.url_key).shown
        for generation_id, policy in ((None, AiUse.NONE), (piece.pk, AiUse.ASSISTED)):  # what the checkout shows
            assert gig_terms(shown, package="basic", generation_id=generation_id).ai_policy is policy

    def test_blend__takes_the_buyers_own_piece_of_the_freelancers_model(
        self, piece: Generation, gig: Gig, buyer: User, other_freelancer: User
    ) -> None:
        with pytest.raises(GenerationNotFoundError):
            self.ordered(other_freelancer, gig, generation_id=piece.pk)
        other = live_gig(freelancer_with_profile())
        with pytest.raises(errors.OrderInvalidError) as caught:
            self.ordered(buyer, other, generation_id=piece.pk)
        assert caught.value.context["field"] == "generation"
        assert not Order.objects.exists()


class TestOffer:
    @pytest.fixture
    def offer(self, freelancer: User, buyer: User) -> Offer:
        return sent_offer(freelancer, open_brief(buyer))

    def ordered(self, buyer: User, offer: Offer, **changes: Any) -> Order:
        values = {"offer_id": offer.pk, "method_token": CARD} | changes
        return services.order_start_from_offer(actor=buyer.actor, **values)

    def test_order_start_from_offer__keeps_what_the_freelancer_offered(
        self, offer: Offer, freelancer: User, buyer: User
    ) -> None:
        order = self.ordered(buyer, offer, extras=[0], expected_total=Money(46_200))
        assert (order.source, order.freelancer, order.brief_id) == (OrderSource.OFFER, freelancer, offer.brief_id)
        assert [(row.title, row.days) for row in order.milestones.all()] == [
            ("Ten doors to try", 5),
            ("The other thirty", 6),
        ]
        assert [line.price for line in order.lines.all()] == [10_000, 25_000, 9_000]
        assert [(row.kind, row.spec) for row in order.criteria.all()] == [("words", {"most": 200})]
        assert (order.category, order.rights_terms, order.ai_policy) == (LEAF, ["Commercial use"], AiUse.ASSISTED)
        page = selectors.order_page(actor=buyer.actor, order_id=order.pk)
        assert page.scope == "Forty texts of at most twenty words; no painting."

    def test_order_start_from_offer__settles_the_offer_when_it_is_paid(self, offer: Offer, buyer: User) -> None:
        order = self.ordered(buyer, offer)
        offer.refresh_from_db()
        assert (offer.status, offer.ordered_at) == (OfferState.ACCEPTED, None)
        run_tasks()
        offer.refresh_from_db()
        order.refresh_from_db()
        assert offer.ordered_at
        assert offer.brief
        assert (order.status, offer.brief.status) == (OrderState.IN_PROGRESS, BriefState.CLOSED)

    def test_order_start_from_offer__gives_the_offer_back_when_it_is_never_paid(
        self, offer: Offer, buyer: User
    ) -> None:
        order = self.ordered(buyer, offer, method_token="sandbox:declined")
        run_tasks()
        services.order_cancel(actor=buyer.actor, order_id=order.pk)
        offer.refresh_from_db()
        assert offer.status == OfferState.SENT
        assert self.ordered(buyer, offer)

    def test_order_start_from_offer__that_was_paid_is_used_up_even_when_its_order_is_cancelled(
        self, offer: Offer, buyer: User, freelancer: User
    ) -> None:
        """Else the buyer could bind the freelancer to an old price, long after the offer had ended."""
        order = self.ordered(buyer, offer)
        run_tasks()
        change = services.cancellation_propose(actor=freelancer.actor, order_id=order.pk)
        services.change_accept(actor=buyer.actor, change_id=change.pk)
        order.refresh_from_db()
        assert order.status == OrderState.CANCELLED
        with pytest.raises(errors.NotOrderableError):
            self.ordered(buyer, offer)
        assert self.ordered(buyer, offer, order_id=order.pk) == order

    def test_order_start_from_offer__that_cannot_be_ordered_leaves_the_offer_as_it_was(
        self, offer: Offer, buyer: User
    ) -> None:
        for changes, error in (
            ({"expected_total": Money(1)}, errors.PriceChangedError),
            ({"extras": [1]}, errors.OrderInvalidError),
        ):
            with pytest.raises(error):
                self.ordered(buyer, offer, **changes)
        offer.refresh_from_db()
        assert offer.status == OfferState.SENT

    def test_order_start_from_offer__is_the_buyers_and_once(
        self, offer: Offer, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        for person in (freelancer, other_freelancer):
            with pytest.raises(OfferNotFoundError):
                self.ordered(person, offer)
        form = uuid.uuid4()
        first = self.ordered(buyer, offer, order_id=form)
        assert self.ordered(buyer, offer, order_id=form) == first
        with pytest.raises(errors.AlreadyOrderedError):
            self.ordered(buyer, offer)
