"""Briefs: drafting, editing, publishing, sending to chosen freelancers, taking back, expiring."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.accounts.services import vault_destroy
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.briefs import errors, selectors, services
from oeuvre.domains.briefs.content import Answered
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, Invitation
from oeuvre.domains.briefs.services import invitations
from oeuvre.domains.briefs.states import AiWish, BriefState, OfferState
from oeuvre.domains.catalog.models import Category, UseCase
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.support.briefs import brief_content, draft_brief, open_brief, sent_offer
from tests.support.gigs import OTHER_LEAF, small_catalogue
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def codes(subject: Any) -> list[str]:
    return list(AuditRecord.objects.filter(object_id=str(subject.pk)).order_by("at").values_list("code", flat=True))


def content_of(actor: Actor, brief: Brief) -> Any:
    return selectors.brief_get(actor=actor, brief_id=brief.pk).content


class TestCreate:
    def test_brief_create__keeps_everything_as_it_was_given_and_seals_the_words(self, buyer: User) -> None:
        given = brief_content(answers=(Answered("Once or often?", "Once"),), due=timezone.now().date())
        small_catalogue()
        brief = services.brief_create(actor=buyer.actor, content=given)
        assert content_of(buyer.actor, brief) == given
        assert b"widow" not in bytes(brief.sealed)
        assert codes(brief) == ["brief.created"]
        assert DemandEvent.objects.count() == 0

    def test_brief_create__a_draft_is_its_buyers_alone(self, buyer: User, freelancer: User, operator: User) -> None:
        brief = draft_brief(buyer)
        for stranger in (freelancer.actor, operator.actor, Actor.anonymous()):
            with pytest.raises(errors.BriefNotFoundError):
                selectors.brief_get(actor=stranger, brief_id=brief.pk)
        with pytest.raises(errors.BriefNotFoundError):
            services.brief_edit(actor=freelancer.actor, brief_id=brief.pk, revision=1, content=brief_content())

    def test_brief_create__may_say_little(self, buyer: User) -> None:
        empty = brief_content(title="", goal="", category="", attributes={}, criteria=(), deliverables=())
        assert services.brief_create(actor=buyer.actor, content=empty).status == BriefState.DRAFT

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"title": "x" * 101}, "title"),
            ({"category": "no-such-leaf"}, "category"),
            ({"category": ""}, "category"),
            ({"attributes": {"h_tone": "sweet"}}, "attributes.h_tone"),
            ({"attributes": {"h_years": 99}}, "attributes.h_years"),
            ({"attributes": {"unknown": "x"}}, "attributes.unknown"),
            ({"licence": "no-such"}, "licence"),
            ({"criteria": (Criterion("words", "", {"least": 9, "most": 2}),)}, "criteria.0"),
            ({"budget_low": Money(60_000)}, "budget_high"),
            ({"budget_high": Money(50_000, "EUR")}, "budget_high"),
            ({"budget_low": Money(-5)}, "budget_low"),
            ({"open_days": 91}, "open_days"),
            ({"deliverables": tuple(f"No. {number}" for number in range(13))}, "deliverables"),
        ],
    )
    def test_brief_create__refuses_what_is_wrong_and_names_the_field(
        self, buyer: User, changes: dict[str, Any], field: str
    ) -> None:
        small_catalogue()
        with pytest.raises(errors.BriefContentError) as refused:
            services.brief_create(actor=buyer.actor, content=brief_content(**changes))
        assert refused.value.field == field
        assert refused.value.message

    def test_brief_create__a_use_case_of_another_category_is_refused(self, buyer: User) -> None:
        small_catalogue()
        UseCase.objects.create(
            key="maps-for-night",
            category=Category.objects.get(key=OTHER_LEAF),
            title="Maps",
            question="At night?",
            example="An example.",
            price_low=1,
            price_high=2,
            days_low=1,
            days_high=2,
            way="human",
        )
        with pytest.raises(errors.BriefContentError, match="another category"):
            services.brief_create(actor=buyer.actor, content=brief_content(use_case="maps-for-night"))

    def test_brief_create__drafts_are_limited(self, buyer: User) -> None:
        small_catalogue()
        Brief.objects.bulk_create(Brief(buyer=buyer, open_days=30) for _number in range(LIMITS.drafts))
        with pytest.raises(errors.TooManyBriefsError):
            services.brief_create(actor=buyer.actor, content=brief_content())


class TestEdit:
    def test_brief_edit__saves_and_counts_and_refuses_a_stale_copy(self, buyer: User) -> None:
        brief = draft_brief(buyer)
        changed = brief_content(title="Notices for fifty doors")
        assert services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=changed).revision == 2
        assert content_of(buyer.actor, brief).title == "Notices for fifty doors"
        with pytest.raises(errors.BriefChangedError):
            services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=brief_content())

    def test_brief_edit__of_an_open_brief_tells_those_whose_offers_wait(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        brief = open_brief(buyer)
        sent_offer(freelancer, brief)
        run_tasks()
        mail.outbox.clear()
        services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=brief_content(open_days=60))
        run_tasks()
        assert [message.to for message in mail.outbox] == [[freelancer.email]]
        assert "widow" not in mail.outbox[0].body
        shown = selectors.offers_on(actor=buyer.actor, brief_id=brief.pk)[0]
        assert shown.before_change
        brief.refresh_from_db()
        assert brief.closes_at == brief.opened_at + timedelta(days=60)

    def test_brief_edit__of_an_open_brief_cannot_take_away_what_offers_need(self, buyer: User) -> None:
        brief = open_brief(buyer)
        with pytest.raises(errors.BriefContentError):
            services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=brief_content(goal=""))

    def test_brief_edit__of_an_open_brief_cannot_end_it_in_the_past(self, buyer: User) -> None:
        """Its offers would end with it; who wants that takes it back."""
        brief = open_brief(buyer)
        Brief.objects.filter(pk=brief.pk).update(opened_at=timezone.now() - timedelta(days=9))
        with pytest.raises(errors.BriefContentError) as caught:
            services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=brief_content(open_days=7))
        assert caught.value.context["field"] == "open_days"
        services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=brief_content(open_days=14))

    def test_brief_edit__of_one_that_is_over_is_refused(self, buyer: User) -> None:
        brief = open_brief(buyer)
        services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
        with pytest.raises(errors.BriefNotOpenError):
            services.brief_edit(actor=buyer.actor, brief_id=brief.pk, revision=1, content=brief_content())


class TestExtend:
    def test_brief_extend__moves_the_end_and_changes_nothing_else(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        offer = sent_offer(freelancer, brief)
        mail.outbox.clear()
        found = services.brief_extend(actor=buyer.actor, brief_id=brief.pk, open_days=60)
        assert found.opened_at is not None
        assert found.closes_at == found.opened_at + timedelta(days=60)
        assert not selectors.offer_get(actor=buyer.actor, offer_id=offer.pk).before_change
        assert mail.outbox == []
        for days in (0, LIMITS.most_open_days + 1):
            with pytest.raises(errors.BriefContentError):
                services.brief_extend(actor=buyer.actor, brief_id=brief.pk, open_days=days)

    def test_brief_extend__is_the_buyers_of_an_open_brief_and_never_into_the_past(
        self, buyer: User, freelancer: User
    ) -> None:
        brief = open_brief(buyer)
        with pytest.raises(errors.BriefNotFoundError):
            services.brief_extend(actor=freelancer.actor, brief_id=brief.pk, open_days=60)
        Brief.objects.filter(pk=brief.pk).update(opened_at=timezone.now() - timedelta(days=9))
        with pytest.raises(errors.BriefContentError):
            services.brief_extend(actor=buyer.actor, brief_id=brief.pk, open_days=5)
        services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
        with pytest.raises(errors.BriefNotOpenError):
            services.brief_extend(actor=buyer.actor, brief_id=brief.pk, open_days=60)


class TestEnquire:
    def test_brief_enquire__opens_one_conversation_for_who_may_answer(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        sent = draft_brief(buyer)
        services.brief_send(actor=buyer.actor, brief_id=sent.pk, freelancers={freelancer.pk: None})
        talk = services.brief_enquire(actor=freelancer.actor, brief_id=sent.pk)
        assert (talk.buyer_id, talk.freelancer_id, talk.subject_id) == (buyer.pk, freelancer.pk, sent.pk)
        assert services.brief_enquire(actor=freelancer.actor, brief_id=sent.pk).pk == talk.pk
        assert sent_offer(freelancer, sent).conversation_id == talk.pk
        with pytest.raises(errors.BriefNotFoundError):
            services.brief_enquire(actor=other_freelancer.actor, brief_id=sent.pk)
        with pytest.raises(PermissionDeniedError):
            services.brief_enquire(actor=buyer.actor, brief_id=sent.pk)
        with pytest.raises(errors.OwnBriefError):
            services.brief_enquire(actor=freelancer.actor, brief_id=open_brief(freelancer).pk)


class TestPublish:
    def test_brief_publish__shows_it_to_freelancers_and_counts_the_demand_once(
        self, buyer: User, freelancer: User
    ) -> None:
        brief = open_brief(buyer)
        services.brief_publish(actor=buyer.actor, brief_id=brief.pk)
        shown = selectors.brief_get(actor=freelancer.actor, brief_id=brief.pk)
        assert (shown.content, shown.is_own, shown.offers) == (brief_content(), False, 0)
        assert ("Tone", ("Salty",)) in shown.attributes
        event = DemandEvent.objects.get()
        assert (event.kind, event.category, event.amount, event.language) == ("brief", brief.category, 50_000, "en")
        assert codes(brief) == ["brief.created", "brief.published"]
        listed = selectors.briefs_for_freelancers(actor=freelancer.actor)
        assert [row.title for row in listed.items] == [brief_content().title]
        assert selectors.briefs_counts(actor=freelancer.actor) == {brief.category: 1}

    def test_brief_publish__is_for_freelancers_not_for_passers_by(self, buyer: User) -> None:
        brief = open_brief(buyer)
        other_buyer = User.objects.create_user("another@example.org", display_name="Ed Quay")
        for stranger in (other_buyer.actor, Actor.anonymous()):
            with pytest.raises(errors.BriefNotFoundError):
                selectors.brief_get(actor=stranger, brief_id=brief.pk)
            assert selectors.briefs_for_freelancers(actor=stranger).total == 0
            assert selectors.briefs_counts(actor=stranger) == {}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"title": ""}, "title"),
            ({"goal": "Signs."}, "goal"),
            ({"category": "", "attributes": {}}, "category"),
            ({"due": timezone.now().date() - timedelta(days=1)}, "due"),
        ],
    )
    def test_brief_publish__needs_what_an_offer_rests_on(
        self, buyer: User, changes: dict[str, Any], field: str
    ) -> None:
        brief = draft_brief(buyer, **changes)
        with pytest.raises(errors.BriefContentError) as missing:
            services.brief_publish(actor=buyer.actor, brief_id=brief.pk)
        assert missing.value.field == field

    def test_brief_publish__open_briefs_are_limited(self, buyer: User) -> None:
        brief = draft_brief(buyer)
        now = timezone.now()
        Brief.objects.bulk_create(
            Brief(buyer=buyer, status=BriefState.SENT, category="x", open_days=9, opened_at=now, closes_at=now)
            for _number in range(LIMITS.open_briefs)
        )
        with pytest.raises(errors.TooManyBriefsError):
            services.brief_publish(actor=buyer.actor, brief_id=brief.pk)

    def test_briefs_for_freelancers__a_page_of_many_buyers_takes_few_queries(
        self, freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(5):
            open_brief(User.objects.create_user(f"b{number}@example.org"))
        with django_assert_max_num_queries(5):
            listed = selectors.briefs_for_freelancers(actor=freelancer.actor)
        assert {row.title for row in listed.items} == {brief_content().title}


class TestSend:
    def test_brief_send__asks_those_chosen_by_mail_once_and_shows_it_to_nobody_else(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        brief, gig_id = draft_brief(buyer), uuid.uuid4()
        for _time in (1, 2):
            brief = services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: gig_id})
        run_tasks()
        assert (brief.status, len(mail.outbox)) == (BriefState.SENT, 1)
        assert mail.outbox[0].to == [freelancer.email]
        assert "Notices" in mail.outbox[0].subject
        assert "$500.00" in mail.outbox[0].body
        assert "widow" not in mail.outbox[0].body
        assert selectors.brief_get(actor=freelancer.actor, brief_id=brief.pk).invitation.gig_id == gig_id
        assert [one.brief_id for one in selectors.invitations_of(actor=freelancer.actor)] == [brief.pk]
        assert [one.freelancer for one in selectors.invitations_to(actor=buyer.actor, brief_id=brief.pk)] == [
            freelancer
        ]
        with pytest.raises(errors.BriefNotFoundError):
            selectors.brief_get(actor=other_freelancer.actor, brief_id=brief.pk)
        assert selectors.briefs_for_freelancers(actor=other_freelancer.actor).total == 0

    def test_brief_send__of_a_published_brief_adds_invitations_and_it_stays_published(
        self, buyer: User, freelancer: User
    ) -> None:
        brief = open_brief(buyer)
        sent = services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
        assert (sent.status, Invitation.objects.count()) == (BriefState.PUBLISHED, 1)
        assert DemandEvent.objects.count() == 1

    def test_brief_send__a_brief_that_was_sent_can_be_published_later(self, buyer: User, freelancer: User) -> None:
        brief = draft_brief(buyer)
        services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
        opened = Brief.objects.get().opened_at
        published = services.brief_publish(actor=buyer.actor, brief_id=brief.pk)
        assert (published.status, published.opened_at) == (BriefState.PUBLISHED, opened)
        assert DemandEvent.objects.count() == 1

    def test_brief_send__refuses_nobody_oneself_buyers_and_the_blocked_and_invites_none_of_them(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        brief = draft_brief(buyer)
        conversation = conversations.conversation_start(
            actor=buyer.actor, freelancer_id=other_freelancer.pk, body="Hello."
        )
        conversations.person_block(actor=other_freelancer.actor, conversation_id=conversation.pk)
        no_freelancer = User.objects.create_user("nobody@example.org")
        for chosen in ([], [buyer.pk], [freelancer.pk, no_freelancer.pk], [freelancer.pk, other_freelancer.pk]):
            with pytest.raises(errors.InvitationError):
                services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers=dict.fromkeys(chosen))
        assert Invitation.objects.count() == 0
        assert Brief.objects.get().status == BriefState.DRAFT

    def test_brief_send__invitations_are_limited(self, buyer: User) -> None:
        people = User.objects.bulk_create(
            User(email=f"f{number}@example.org", is_freelancer=True) for number in range(LIMITS.invitations + 1)
        )
        brief = draft_brief(buyer)
        with pytest.raises(errors.TooManyInvitationsError):
            services.brief_send(
                actor=buyer.actor, brief_id=brief.pk, freelancers=dict.fromkeys(person.pk for person in people)
            )

    def test_brief_send__copies_mail_no_more_people_than_a_day_has_room_for(
        self, buyer: User, freelancer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(invitations, "LIMITS", replace(LIMITS, invitations_a_day=2))
        brief = draft_brief(buyer)
        for _time in range(2):
            services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
            services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
            brief = services.brief_copy(actor=buyer.actor, brief_id=brief.pk)
        with pytest.raises(errors.TooManyInvitationsError):
            services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
        assert len(mail.outbox) == 2
        Invitation.objects.update(created_at=timezone.now() - timedelta(days=1))
        services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})

    def test_invitation_decline__takes_it_off_the_list_and_is_told_to_the_buyer(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        brief = draft_brief(buyer)
        services.brief_send(actor=buyer.actor, brief_id=brief.pk, freelancers={freelancer.pk: None})
        first = services.invitation_decline(actor=freelancer.actor, brief_id=brief.pk).declined_at
        assert services.invitation_decline(actor=freelancer.actor, brief_id=brief.pk).declined_at == first
        assert not selectors.invitations_of(actor=freelancer.actor)
        assert selectors.invitations_to(actor=buyer.actor, brief_id=brief.pk)[0].declined_at == first
        with pytest.raises(errors.InvitationNotFoundError):
            services.invitation_decline(actor=other_freelancer.actor, brief_id=brief.pk)


class TestEnd:
    def test_brief_withdraw__declines_offers_and_is_said_once(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        offer = sent_offer(freelancer, brief)
        for _time in (1, 2):
            brief = services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
        offer.refresh_from_db()
        assert (brief.status, offer.status, offer.reason) == (BriefState.WITHDRAWN, OfferState.DECLINED, "withdrawn")
        assert content_of(freelancer.actor, brief) == brief_content()  # who made an offer still reads what it was on
        assert codes(brief).count("brief.withdrawn") == 1

    def test_brief_withdraw__of_a_draft_erases_its_words(self, buyer: User) -> None:
        brief = services.brief_withdraw(actor=buyer.actor, brief_id=draft_brief(buyer).pk)
        assert bytes(Brief.objects.get().sealed) == b""
        assert content_of(buyer.actor, brief) is None
        assert selectors.briefs_own(actor=buyer.actor).items[0].title == ""

    def test_brief_copy__makes_a_draft_of_an_old_one(self, buyer: User, freelancer: User) -> None:
        old = open_brief(buyer)
        services.brief_withdraw(actor=buyer.actor, brief_id=old.pk)
        new = services.brief_copy(actor=buyer.actor, brief_id=old.pk)
        assert (new.status, content_of(buyer.actor, new)) == (BriefState.DRAFT, brief_content())
        with pytest.raises(errors.BriefNotFoundError):
            services.brief_copy(actor=freelancer.actor, brief_id=old.pk)

    def test_briefs_expire__ends_what_is_due_with_its_offers_and_tells_the_buyer_once(
        self, buyer: User, freelancer: User
    ) -> None:
        brief, young = open_brief(buyer), open_brief(buyer)
        offer = sent_offer(freelancer, brief)
        Brief.objects.filter(pk=brief.pk).update(closes_at=timezone.now())
        run_tasks()
        mail.outbox.clear()
        assert [services.briefs_expire(), services.briefs_expire()] == [1, 0]
        run_tasks()
        brief.refresh_from_db()
        offer.refresh_from_db()
        assert (brief.status, offer.status, offer.reason) == (BriefState.EXPIRED, OfferState.EXPIRED, "expired")
        told = [message.subject for message in mail.outbox if message.to == [buyer.email]]
        assert [subject.startswith("Your brief on") for subject in told] == [True]
        assert Brief.objects.get(pk=young.pk).status == BriefState.PUBLISHED

    def test_brief_get__of_a_buyer_who_left_has_no_words(self, buyer: User, freelancer: User) -> None:
        brief = open_brief(buyer)
        vault_destroy(actor=buyer.actor, owner_type="account", owner_id=buyer.pk)
        assert content_of(freelancer.actor, brief) is None
        assert selectors.briefs_for_freelancers(actor=freelancer.actor).items[0].title == ""


@pytest.mark.parametrize("wish", AiWish)
def test_ai_wish__human_allows_least_and_any_allows_all(wish: AiWish) -> None:
    sizes = {AiWish.HUMAN: 1, AiWish.ASSISTED: 2, AiWish.GENERATED: 3, AiWish.ANY: 3}
    assert len(wish.policies) == sizes[wish]


def test_brief_content__cleaning_drops_what_is_empty(buyer: User) -> None:
    small_catalogue()
    messy = replace(
        brief_content(), title="  Two\u200b \n words ", deliverables=("", " One ", "One"), attributes={"h_tone": ""}
    )
    content = content_of(buyer.actor, services.brief_create(actor=buyer.actor, content=messy))
    assert (content.title, content.deliverables, content.attributes) == ("Two words", ("One",), {})
