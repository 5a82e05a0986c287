"""Offers: on a brief and in a conversation, drafted, sent, compared, answered, accepted for an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.briefs import errors, selectors, services
from oeuvre.domains.briefs.content import OfferPart
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.states import AiWish, BriefState, OfferState
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.conversations import selectors as talks
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.orders.checks import criterion_clean
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.support.briefs import WORDS, brief_content, draft_brief, offer_content, open_brief, sent_offer
from tests.support.gigs import small_catalogue
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db


@pytest.fixture
def brief(buyer: User) -> Brief:
    return open_brief(buyer)


def accept(buyer: User, offer: Offer) -> services.OfferTerms:
    with transaction.atomic():
        return services.offer_accept(actor=buyer.actor, offer_id=offer.pk)


def status(offer: Offer) -> str:
    return str(Offer.objects.get(pk=offer.pk).status)


def cards(person: User, conversation_id: UUID | None) -> list[str]:
    assert conversation_id is not None
    page = talks.conversation_messages(actor=person.actor, conversation_id=conversation_id)
    return [message.card.label for message in page.messages if message.card]


class TestDraft:
    def test_offer_draft__is_the_freelancers_alone_until_it_is_sent(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        shown = selectors.offer_get(actor=freelancer.actor, offer_id=offer.pk)
        assert (shown.content, shown.offer.price, shown.offer.days) == (offer_content(), Money(35_000), 9)
        assert b"door nine" not in bytes(offer.sealed)
        for stranger in (buyer.actor, other_freelancer.actor, Actor.anonymous()):
            with pytest.raises(errors.OfferNotFoundError):
                selectors.offer_get(actor=stranger, offer_id=offer.pk)
        assert selectors.offers_on(actor=buyer.actor, brief_id=brief.pk) == []

    def test_offer_draft__one_open_offer_a_freelancer_and_brief(self, freelancer: User, brief: Brief) -> None:
        first = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        with pytest.raises(errors.OfferOpenError) as refused:
            services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        assert refused.value.context["offer"] == first
        services.offer_withdraw(actor=freelancer.actor, offer_id=first.pk)
        assert services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content()) != first

    def test_offer_draft__is_for_freelancers_who_may_see_the_brief(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        secret = draft_brief(buyer)
        services.brief_send(actor=buyer.actor, brief_id=secret.pk, freelancers={freelancer.pk: None})
        with pytest.raises(errors.BriefNotFoundError):
            services.offer_draft(actor=other_freelancer.actor, brief_id=secret.pk, content=offer_content())
        with pytest.raises(PermissionDeniedError):
            services.offer_draft(actor=buyer.actor, brief_id=secret.pk, content=offer_content())
        assert sent_offer(freelancer, secret).status == OfferState.SENT

    def test_offer_draft__nobody_answers_their_own_brief(self, freelancer: User) -> None:
        own = open_brief(freelancer)
        with pytest.raises(errors.OwnBriefError):
            services.offer_draft(actor=freelancer.actor, brief_id=own.pk, content=offer_content())

    def test_offer_draft__answers_one_thing(self, freelancer: User, brief: Brief) -> None:
        for target in ({}, {"brief_id": brief.pk, "conversation_id": brief.pk}):
            with pytest.raises(errors.OfferContentError):
                services.offer_draft(actor=freelancer.actor, content=offer_content(), **target)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"title": " "}, "title"),
            ({"milestones": ()}, "milestones"),
            ({"milestones": (OfferPart("One", Money(100), 1),) * 7}, "milestones"),
            ({"milestones": (OfferPart("One", Money(0), 1),)}, "milestones.0"),
            ({"milestones": (OfferPart("One", Money(5, "EUR"), 1),)}, "milestones.0"),
            ({"milestones": (OfferPart("One", Money(5), 0),)}, "milestones.0"),
            ({"milestones": (OfferPart("", Money(5), 1),)}, "milestones.0"),
            ({"milestones": (OfferPart("One", Money(5), 200),) * 2}, "milestones"),
            ({"extras": (OfferPart("More", Money(-1), 1),)}, "extras.0"),
            ({"revisions": 21}, "revisions"),
            ({"valid_days": 0}, "valid_days"),
            ({"rights": "everything"}, "rights"),
            ({"message": "x" * 3_001}, "message"),
            ({"criteria": (Criterion("format", "", {"formats": ["exe"]}),)}, "criteria.0"),
        ],
    )
    def test_offer_draft__refuses_what_no_order_could_be_and_names_the_field(
        self, freelancer: User, brief: Brief, changes: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(errors.OfferContentError) as refused:
            services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content(**changes))
        assert refused.value.field == field

    def test_offer_edit__only_of_a_draft_and_only_ones_own(
        self, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        cheaper = offer_content(milestones=(OfferPart("All", Money(9_900), 4),))
        with pytest.raises(errors.OfferNotFoundError):
            services.offer_edit(actor=other_freelancer.actor, offer_id=offer.pk, content=cheaper)
        edited = services.offer_edit(actor=freelancer.actor, offer_id=offer.pk, content=cheaper)
        assert (edited.price, edited.days) == (Money(9_900), 4)
        services.offer_send(actor=freelancer.actor, offer_id=offer.pk)
        with pytest.raises(errors.OfferNotOpenError):
            services.offer_edit(actor=freelancer.actor, offer_id=offer.pk, content=offer_content())


class TestSend:
    def test_offer_send__puts_a_card_into_a_conversation_mails_the_buyer_and_counts(
        self, buyer: User, freelancer: User, brief: Brief
    ) -> None:
        offer = sent_offer(freelancer, brief)
        assert services.offer_send(actor=freelancer.actor, offer_id=offer.pk) == offer
        assert (offer.status, offer.brief_revision) == (OfferState.SENT, 1)
        assert offer.valid_until - offer.sent_at == timedelta(days=LIMITS.valid_days)
        assert cards(buyer, offer.conversation_id) == ["Offer: $350.00, 9 days"]
        assert talks.conversation_get(actor=buyer.actor, conversation_id=offer.conversation_id).subject_id == brief.pk
        run_tasks(until=timezone.now() + timedelta(minutes=5))
        assert [message.to for message in mail.outbox] == [[buyer.email]]
        assert "Offer: $350.00, 9 days" in mail.outbox[0].subject
        assert "door nine" not in mail.outbox[0].body
        event = DemandEvent.objects.get(kind="offer")
        assert (event.category, event.amount, event.days) == (brief.category, 35_000, 9)

    def test_offer_send__its_ai_policy_must_fit_what_the_buyer_wants(self, buyer: User, freelancer: User) -> None:
        human = open_brief(buyer, ai_wish=AiWish.HUMAN)
        offer = services.offer_draft(actor=freelancer.actor, brief_id=human.pk, content=offer_content())
        with pytest.raises(errors.OfferContentError) as refused:
            services.offer_send(actor=freelancer.actor, offer_id=offer.pk)
        assert refused.value.field == "ai_policy"
        services.offer_edit(actor=freelancer.actor, offer_id=offer.pk, content=offer_content(ai_policy=AiPolicy.NONE))
        assert services.offer_send(actor=freelancer.actor, offer_id=offer.pk).status == OfferState.SENT

    def test_offer_send__not_on_a_brief_that_is_over(self, buyer: User, freelancer: User, brief: Brief) -> None:
        offer = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        Brief.objects.update(closes_at=timezone.now())
        with pytest.raises(errors.BriefNotOpenError):
            services.offer_send(actor=freelancer.actor, offer_id=offer.pk)
        assert status(offer) == OfferState.DRAFTED

    def test_offer_send__not_between_two_of_whom_one_blocked_the_other(
        self, buyer: User, freelancer: User, brief: Brief
    ) -> None:
        offer = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        talk = conversations.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body="Hello.")
        conversations.person_block(actor=buyer.actor, conversation_id=talk.pk)
        with pytest.raises(errors.OfferNotAllowedError):
            services.offer_send(actor=freelancer.actor, offer_id=offer.pk)

    def test_offer_send__a_freelancer_and_a_brief_have_limits(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent_offer(freelancer, brief)
        monkeypatch.setattr("oeuvre.domains.briefs.services.offers.LIMITS", replace(LIMITS, offers=1, open_offers=1))
        with pytest.raises(errors.BriefFullError):
            sent_offer(other_freelancer, brief)
        with pytest.raises(errors.TooManyOffersError):
            sent_offer(freelancer, open_brief(buyer))

    def test_offer_draft__nobody_sends_more_offers_on_a_brief_than_three(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        """Offers taken back count as well: each stood in the buyer's conversation. A draft that nobody saw does not."""
        for _time in range(LIMITS.offers_each):
            services.offer_withdraw(actor=freelancer.actor, offer_id=sent_offer(freelancer, brief).pk)
            if _time == 0:
                draft = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
                services.offer_withdraw(actor=freelancer.actor, offer_id=draft.pk)
        with pytest.raises(
            errors.TooManyOffersError, match=r"You have sent 3 offers on this brief.*Write to the buyer"
        ):
            services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        with pytest.raises(errors.TooManyOffersError):
            selectors.offer_another_check(actor=freelancer.actor, brief_id=brief.pk)
        assert sent_offer(other_freelancer, brief).status == OfferState.SENT
        assert sent_offer(freelancer, open_brief(buyer)).status == OfferState.SENT


class TestCustom:
    def test_offer_draft__in_a_conversation_is_a_custom_offer_with_a_card_there(
        self, buyer: User, freelancer: User
    ) -> None:
        small_catalogue()
        talk = conversations.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body="How much?")
        offer = services.offer_draft(actor=freelancer.actor, conversation_id=talk.pk, content=offer_content())
        sent = services.offer_send(actor=freelancer.actor, offer_id=offer.pk)
        assert (sent.is_custom, sent.conversation_id, sent.buyer_id) == (True, talk.pk, buyer.pk)
        assert cards(buyer, talk.pk) == ["Offer: $350.00, 9 days"]
        assert [one.offer for one in selectors.offers_in_conversation(actor=buyer.actor, conversation_id=talk.pk)] == [
            sent
        ]
        with pytest.raises(errors.OfferOpenError):
            services.offer_draft(actor=freelancer.actor, conversation_id=talk.pk, content=offer_content())
        terms = accept(buyer, sent)
        assert (terms.brief_id, terms.category, terms.conversation_id) == (None, "", talk.pk)

    def test_offer_draft__the_buyer_of_a_conversation_makes_none(
        self, freelancer: User, other_freelancer: User
    ) -> None:
        small_catalogue()
        talk = conversations.conversation_start(
            actor=other_freelancer.actor, freelancer_id=freelancer.pk, body="How much?"
        )
        with pytest.raises(errors.OfferNotFoundError):
            services.offer_draft(actor=other_freelancer.actor, conversation_id=talk.pk, content=offer_content())


class TestCompare:
    def test_offers_on__shows_all_side_by_side_with_what_each_lacks(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        brief = open_brief(buyer, due=timezone.now().date() + timedelta(days=8))
        dear = sent_offer(freelancer, brief, milestones=(OfferPart("All", Money(60_000), 5),))
        cheap = sent_offer(other_freelancer, brief, criteria=brief_content().criteria)
        found = selectors.offers_on(actor=buyer.actor, brief_id=brief.pk)
        assert [one.offer for one in found] == [cheap, dear]
        assert [(one.within_budget, one.in_time) for one in found] == [(True, False), (False, True)]
        assert [[criterion.kind for criterion in one.missing_criteria] for one in found] == [[], ["manual"]]
        assert all(one.is_open for one in found)
        with pytest.raises(errors.BriefNotFoundError):
            selectors.offers_on(actor=freelancer.actor, brief_id=brief.pk)

    def test_brief_get__shows_freelancers_only_how_many_offers_there_are(
        self, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        mine = sent_offer(freelancer, brief)
        assert selectors.brief_get(actor=freelancer.actor, brief_id=brief.pk).offer == mine
        other = selectors.brief_get(actor=other_freelancer.actor, brief_id=brief.pk)
        assert (other.offer, other.offers) == (None, 1)


class TestAnswer:
    def test_offer_decline__is_the_buyers_and_said_once(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer = sent_offer(freelancer, brief)
        for stranger in (freelancer, other_freelancer):
            with pytest.raises(errors.OfferNotFoundError):
                services.offer_decline(actor=stranger.actor, offer_id=offer.pk)
        for _time in (1, 2):
            services.offer_decline(actor=buyer.actor, offer_id=offer.pk)
        assert AuditRecord.objects.filter(code="offer.declined").count() == 1
        assert cards(freelancer, offer.conversation_id)[-1] == "Offer declined: $350.00, 9 days"

    def test_offer_decline__with_a_word_says_it_in_the_conversation(
        self, buyer: User, freelancer: User, brief: Brief
    ) -> None:
        offer = sent_offer(freelancer, brief)
        with pytest.raises(errors.OfferContentError):
            services.offer_decline(actor=buyer.actor, offer_id=offer.pk, word="x" * (LIMITS.reason + 1))
        services.offer_decline(actor=buyer.actor, offer_id=offer.pk, word="We found a cousin who does it.")
        assert offer.conversation_id is not None
        page = talks.conversation_messages(actor=freelancer.actor, conversation_id=offer.conversation_id)
        assert page.messages[-1].body == "We found a cousin who does it."

    def test_offers_shown__are_those_of_ones_own_and_waiting_ones_are_the_buyers(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer = sent_offer(freelancer, brief)
        for person, seen in ((buyer, 1), (freelancer, 1), (other_freelancer, 0)):
            assert len(selectors.offers_shown(actor=person.actor, ids=[offer.pk])) == seen
        assert [one.offer for one in selectors.offers_waiting(actor=buyer.actor)] == [offer]
        assert selectors.offers_waiting(actor=freelancer.actor) == []
        services.offer_decline(actor=buyer.actor, offer_id=offer.pk)
        assert selectors.offers_waiting(actor=buyer.actor) == []

    def test_offer_withdraw__until_it_is_answered(self, buyer: User, freelancer: User, brief: Brief) -> None:
        offer = sent_offer(freelancer, brief)
        for _time in (1, 2):
            services.offer_withdraw(actor=freelancer.actor, offer_id=offer.pk)
        assert status(offer) == OfferState.WITHDRAWN
        with pytest.raises(errors.OfferNotOpenError):
            accept(buyer, offer)
        again = sent_offer(freelancer, brief)
        accept(buyer, again)
        with pytest.raises(errors.OfferNotOpenError):
            services.offer_withdraw(actor=freelancer.actor, offer_id=again.pk)

    def test_offer_withdraw__a_draft_that_was_never_sent_stays_unknown_to_the_buyer(
        self, buyer: User, freelancer: User, brief: Brief
    ) -> None:
        draft = services.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content())
        services.offer_withdraw(actor=freelancer.actor, offer_id=draft.pk)
        with pytest.raises(errors.OfferNotFoundError):
            selectors.offer_get(actor=buyer.actor, offer_id=draft.pk)

    def test_offers_expire__ends_what_no_longer_holds_once(self, buyer: User, freelancer: User, brief: Brief) -> None:
        offer = sent_offer(freelancer, brief)
        assert services.offers_expire() == 0
        Offer.objects.update(valid_until=timezone.now())
        with pytest.raises(errors.OfferNotOpenError):
            accept(buyer, offer)
        assert [services.offers_expire(), services.offers_expire()] == [1, 0]
        assert status(offer) == OfferState.EXPIRED
        assert cards(buyer, offer.conversation_id)[-1] == "Offer expired: $350.00, 9 days"


class TestAccept:
    def test_offer_accept__reserves_it_and_gives_its_terms_as_plain_values(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer, other = sent_offer(freelancer, brief), sent_offer(other_freelancer, brief)
        before = selectors.offer_terms(actor=buyer.actor, offer_id=offer.pk)
        terms = accept(buyer, offer)
        assert terms == before == accept(buyer, offer)
        assert (terms.freelancer_id, terms.brief_id, terms.category) == (freelancer.pk, brief.pk, brief.category)
        assert terms.milestones == offer_content().milestones
        assert (terms.rights_label, terms.criteria, terms.language) == ("Commercial use", (WORDS,), "en")
        assert (status(offer), status(other)) == (OfferState.ACCEPTED, OfferState.SENT)
        assert Brief.objects.get().status == BriefState.PUBLISHED
        with pytest.raises(errors.BriefTakenError):
            accept(buyer, other)
        with pytest.raises(errors.BriefTakenError):
            services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
        with pytest.raises(errors.BriefTakenError):
            services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=brief_content())

    def test_offer_accept__is_the_buyers_alone_and_needs_a_transaction(
        self, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer = sent_offer(freelancer, brief)
        for stranger in (freelancer.actor, other_freelancer.actor, Actor.anonymous()):
            with pytest.raises(errors.OfferNotFoundError):
                services.offer_accept(actor=stranger, offer_id=offer.pk)

    def test_offer_ordered__closes_the_brief_and_declines_the_others_once(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer, other = sent_offer(freelancer, brief), sent_offer(other_freelancer, brief)
        with pytest.raises(errors.OfferNotOpenError):
            services.offer_ordered(offer_id=offer.pk)
        accept(buyer, offer)
        for _time in (1, 2):
            services.offer_ordered(offer_id=offer.pk)
        other.refresh_from_db()
        assert (other.status, other.reason) == (OfferState.DECLINED, "another")
        assert Brief.objects.get().status == BriefState.CLOSED
        assert AuditRecord.objects.filter(code="brief.closed").count() == 1
        with pytest.raises(errors.OfferNotOpenError):
            services.offer_release(offer_id=offer.pk)

    def test_offer_release__gives_the_offer_back_while_it_holds(
        self, buyer: User, freelancer: User, other_freelancer: User, brief: Brief
    ) -> None:
        offer, other = sent_offer(freelancer, brief), sent_offer(other_freelancer, brief)
        accept(buyer, offer)
        for _time in (1, 2):
            services.offer_release(offer_id=offer.pk)
        assert status(offer) == OfferState.SENT
        accept(buyer, other)
        Offer.objects.filter(pk=other.pk).update(valid_until=timezone.now())
        services.offer_release(offer_id=other.pk)
        assert status(other) == OfferState.EXPIRED

    def test_briefs_expire__waits_for_the_payment_of_an_accepted_offer(
        self, buyer: User, freelancer: User, brief: Brief
    ) -> None:
        offer = sent_offer(freelancer, brief)
        accept(buyer, offer)
        Brief.objects.update(closes_at=timezone.now())
        assert services.briefs_expire() == 0
        services.offer_release(offer_id=offer.pk)
        assert services.briefs_expire() == 1


def test_criteria__what_the_guide_drafts_is_what_an_order_takes() -> None:
    """The drafts' file names kinds and formats that orders know."""
    from oeuvre.domains.briefs.guide.draft import _starts

    sections = [*_starts()["groups"].values(), *_starts()["leaves"].values()]
    criteria = [row for section in sections for row in section.get("criteria", ())]
    assert criteria
    for row in criteria:
        spec = {key: value for key, value in row.items() if key not in ("kind", "label")}
        _label, clean = criterion_clean(kind=row["kind"], label=row.get("label", ""), spec=spec)
        assert clean == spec
