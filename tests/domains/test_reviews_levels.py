"""Levels: counted from shown numbers, raised at once, lowered only after an announcement that came true, appealed once."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core import mail

from oeuvre.domains.accounts.models import User
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.conversations import services as conversation_services
from oeuvre.domains.conversations.models import Message
from oeuvre.domains.orders import trust
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import EndedBy
from oeuvre.domains.reviews import errors, facts, selectors, services
from oeuvre.domains.reviews.levels.formula import WhatIf
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.models import Demotion, FreelancerLevel, LevelChange
from oeuvre.domains.reviews.states import DemotionState, LevelEvent
from oeuvre.domains.search.models import SearchStanding
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.states import IllegalTransitionError
from tests.support.clock import Clock
from tests.support.ended_orders import ended, reviewed, window, written
from tests.support.factories import freelancer_with_profile
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def ada(db: None) -> User:
    return freelancer_with_profile("ada@example.org", "ada", "Ada Fell")


@pytest.fixture
def trusted(ada: User, buyer: User, clock: Clock) -> User:
    """Ten orders on time and five good reviews, the first half a year old."""
    for number in range(10):
        ended(buyer, ada, at=clock.now - timedelta(days=180 - 10 * number))
    for _number in range(5):
        reviewed(buyer, ada, 5, 5, 5)
    services.level_recompute(freelancer_id=ada.pk)
    mail.outbox.clear()
    return ada


def level(user: User) -> str:
    return selectors.level_of(freelancer_id=user.pk).key


def late_orders(buyer: User, freelancer: User, count: int) -> None:
    for _number in range(count):
        ended(buyer, freelancer, on_time=False)


class TestNumbers:
    def test_numbers__count_what_everybody_can_see(self, ada: User, buyer: User, clock: Clock) -> None:
        ended(buyer, ada, at=clock.now - timedelta(days=70))
        ended(buyer, ada, on_time=False)
        ended(buyer, ada, on_time=None)
        ended(buyer, ada, ended_by=EndedBy.LATE)
        ended(buyer, ada, ended_by=EndedBy.EARLY, worked=False)
        reviewed(buyer, ada, 3, 5, 5)
        found = facts.numbers_of(ada.pk, level_rules())
        assert found.as_dict() == {
            "completed": 4,
            "due": 3,
            "on_time": 2,
            "reviews": 1,
            "as_asked_sum": 3,
            "cancelled": 1,
            "answered": 0,
            "answer_minutes": 0,
            "months": 2,
        }

    def test_numbers__leave_out_what_is_older_than_the_period_and_what_is_not_visible(
        self, ada: User, buyer: User, clock: Clock
    ) -> None:
        ended(buyer, ada, at=clock.now - timedelta(days=366))
        reviewed(buyer, ada, 5, 5, 5)
        written(window(ended(buyer, ada)), buyer, 1, 1, 1)
        found = facts.numbers_of(ada.pk, level_rules())
        assert (found.completed, found.reviews, found.as_asked_sum, found.months) == (2, 1, 5, 12)

    @pytest.mark.parametrize(
        ("ended_by", "counted"),
        [(EndedBy.AGREEMENT, 0), (EndedBy.EARLY, 0), (EndedBy.TURNED_DOWN, 1), (EndedBy.LATE, 1), (EndedBy.DISPUTE, 1)],
    )
    def test_numbers__a_cancellation_counts_where_the_freelancer_caused_it(
        self, ada: User, buyer: User, ended_by: EndedBy, counted: int
    ) -> None:
        ended(buyer, ada, ended_by=ended_by)
        assert facts.numbers_of(ada.pk, level_rules()).cancelled == counted

    def test_answer_time__is_the_median_to_the_first_answer_and_waiting_counts(
        self, ada: User, buyer: User, other_freelancer: User, operator: User, clock: Clock
    ) -> None:
        since = clock.now - timedelta(days=1)
        for user, minutes in ((buyer, 10), (other_freelancer, 40)):
            talk = conversation_services.conversation_start(
                actor=user.actor, freelancer_id=ada.pk, body="Do you write about ferries?"
            )
            clock.move(minutes=minutes)
            conversation_services.message_send(actor=ada.actor, conversation_id=talk.pk, body="I do.")
        first, second = Message.objects.filter(author=ada).order_by("created_at")
        spans = []
        for message in (first, second):
            asked = message.conversation.messages.exclude(author=ada).get().created_at
            message.created_at = asked + timedelta(minutes=10 if message is first else 40)
            message.save()
            spans.append(message.created_at - asked)
        found = conversations.answer_time(freelancer_id=ada.pk, since=since)
        assert (found.conversations, found.median) == (2, min(spans))
        conversation_services.conversation_start(actor=operator.actor, freelancer_id=ada.pk, body="And about whales?")
        Message.objects.filter(author=operator).update(created_at=clock.now - timedelta(hours=30))
        found = conversations.answer_time(freelancer_id=ada.pk, since=since)
        assert (found.conversations, found.median) == (3, max(spans))  # the one that waits is the longest of three
        assert facts.numbers_of(ada.pk, level_rules()).answer_minutes == 40

    def test_answer_time__takes_what_an_assistant_wrote_for_no_answer(
        self, ada: User, buyer: User, other_freelancer: User, clock: Clock
    ) -> None:
        since = clock.now - timedelta(days=1)
        talks = [
            conversation_services.conversation_start(actor=user.actor, freelancer_id=ada.pk, body="Do you write?")
            for user in (buyer, other_freelancer)
        ]
        for talk in talks:
            message = conversation_services.message_send(actor=ada.actor, conversation_id=talk.pk, body="She does.")
            Message.objects.filter(pk=message.pk).update(by_assistant=True)
        found = conversations.answer_time(freelancer_id=ada.pk, since=since)
        assert (found.conversations, found.median) == (0, None)
        clock.move(minutes=5)
        conversation_services.message_send(actor=ada.actor, conversation_id=talks[0].pk, body="I do, as it said.")
        assert conversations.answer_time(freelancer_id=ada.pk, since=since).conversations == 1


class TestRaise:
    def test_level_recompute__raises_at_once_and_tells_everybody(self, ada: User, buyer: User, clock: Clock) -> None:
        for number in range(10):
            ended(buyer, ada, at=clock.now - timedelta(days=180 - 10 * number))
        reviewed(buyer, ada)
        mail.outbox.clear()
        for _number in range(4):
            reviewed(buyer, ada)
        run_tasks()
        assert level(ada) == "trusted"
        history = list(LevelChange.objects.filter(freelancer=ada).order_by("created_at"))
        assert history[-1].event == LevelEvent.RAISED
        assert (history[-1].to_level, history[-1].numbers["reviews"]) == ("trusted", 5)
        assert "Your level is “Trusted” now" in {message.subject for message in mail.outbox}
        standing = SearchStanding.objects.get(kind="owner", ref_id=ada.pk)
        assert (standing.level, standing.completed) == ("trusted", 15)

    def test_level_recompute__repeated_changes_nothing(self, trusted: User) -> None:
        before = LevelChange.objects.count()
        services.level_recompute(freelancer_id=trusted.pk)
        assert LevelChange.objects.count() == before

    def test_level_recompute__of_somebody_who_left_is_nothing(self) -> None:
        assert services.level_recompute(freelancer_id=uuid.uuid4()) is None

    def test_standing_refresh__pushes_a_gigs_sums_to_search(self, ada: User, buyer: User) -> None:
        gig = uuid.uuid4()
        reviewed(buyer, ada, 5, 5, 5, gig_id=gig)
        reviewed(buyer, ada, 3, 3, 3, gig_id=gig)
        ended(buyer, ada, on_time=False, gig_id=gig)
        run_tasks()
        services.standing_refresh(freelancer_id=ada.pk, gig_id=gig)
        found = SearchStanding.objects.get(kind="gig", ref_id=gig)
        assert (found.rating_sum, found.rating_count, found.completed, found.on_time, found.due) == (8, 2, 3, 2, 3)

    def test_trust__follows_the_level_and_shortens_clearing(self, trusted: User) -> None:
        order = Order.objects.filter(freelancer=trusted).first()
        assert order is not None
        assert trust.clearing_days(order) == 7
        FreelancerLevel.objects.filter(freelancer=trusted).update(level="established")
        assert trust.clearing_days(order) == 14


class TestDemotion:
    def test_level_recompute__announces_30_days_ahead_with_the_numbers_and_what_would_prevent_it(
        self, trusted: User, buyer: User, clock: Clock
    ) -> None:
        late_orders(buyer, trusted, 3)
        services.level_recompute(freelancer_id=trusted.pk)
        assert level(trusted) == "trusted"
        demotion = Demotion.objects.get(freelancer=trusted)
        assert (demotion.to_level, demotion.effective_at - clock.now) == ("established", timedelta(days=30))
        run_tasks()
        text = mail.outbox[-1].body
        assert "Nothing changes before" in text
        assert "83.3 % (15 of 18). Needed: 90 % or more" in text
        assert "12 more orders on time" in text
        services.level_recompute(freelancer_id=trusted.pk)  # once, not every day
        assert Demotion.objects.count() == 1

    def test_level_recompute__lowers_on_the_day_if_it_is_still_true(
        self, trusted: User, buyer: User, clock: Clock
    ) -> None:
        late_orders(buyer, trusted, 3)
        services.level_recompute(freelancer_id=trusted.pk)
        clock.move(days=29)
        services.levels_recompute()
        assert level(trusted) == "trusted"
        clock.move(days=2)
        services.levels_recompute()
        assert level(trusted) == "established"
        events = list(
            LevelChange.objects.filter(freelancer=trusted).order_by("created_at").values_list("event", flat=True)
        )
        assert events[-2:] == [LevelEvent.ANNOUNCED, LevelEvent.LOWERED]

    def test_level_recompute__takes_the_announcement_back_when_the_numbers_are_good_again(
        self, trusted: User, buyer: User, clock: Clock
    ) -> None:
        late_orders(buyer, trusted, 2)
        services.level_recompute(freelancer_id=trusted.pk)
        for _number in range(3):
            ended(buyer, trusted)
        services.level_recompute(freelancer_id=trusted.pk)
        assert Demotion.objects.get(freelancer=trusted).status == DemotionState.RECOVERED
        clock.move(days=40)
        services.levels_recompute()
        assert level(trusted) == "trusted"
        run_tasks()
        assert "You stay “Trusted”" in {message.subject for message in mail.outbox}

    def test_level_recompute__falls_no_lower_than_was_announced(self, trusted: User, buyer: User, clock: Clock) -> None:
        late_orders(buyer, trusted, 3)
        services.level_recompute(freelancer_id=trusted.pk)
        late_orders(buyer, trusted, 20)
        clock.move(days=31)
        services.levels_recompute()
        assert level(trusted) == "established"
        services.levels_recompute()
        announced = Demotion.objects.get(freelancer=trusted, status=DemotionState.ANNOUNCED)
        assert (announced.from_level, announced.to_level) == ("established", "new")


class TestAppeal:
    @pytest.fixture
    def announced(self, trusted: User, buyer: User) -> Demotion:
        late_orders(buyer, trusted, 3)
        services.level_recompute(freelancer_id=trusted.pk)
        return Demotion.objects.get(freelancer=trusted)

    def test_level_appeal__holds_everything_until_it_is_answered_and_works_once(
        self, announced: Demotion, trusted: User, operator: User, clock: Clock
    ) -> None:
        services.level_appeal(actor=trusted.actor, text="Three buyers answered my questions weeks late.")
        with pytest.raises(errors.AppealUsedUpError):
            services.level_appeal(actor=trusted.actor, text="And I was ill for a week as well.")
        clock.move(days=40)
        services.levels_recompute()
        assert level(trusted) == "trusted"
        [(shown, numbers)] = selectors.appeals_open(actor=operator.actor)
        assert shown.appeal == "Three buyers answered my questions weeks late."
        assert numbers.on_time == 15
        assert bytes(announced.appeal) == b""

    def test_level_appeal_decide__granted_keeps_the_level_for_its_days(
        self, announced: Demotion, trusted: User, operator: User, clock: Clock
    ) -> None:
        services.level_appeal(actor=trusted.actor, text="Three buyers answered my questions weeks late.")
        services.level_appeal_decide(
            actor=operator.actor, demotion_id=announced.pk, grant=True, reasons="The delays were the buyers'."
        )
        clock.move(days=89)
        services.levels_recompute()
        assert level(trusted) == "trusted"
        assert not Demotion.objects.filter(status=DemotionState.ANNOUNCED).exists()
        clock.move(days=2)
        services.levels_recompute()
        assert Demotion.objects.filter(status=DemotionState.ANNOUNCED).exists()  # again with 30 days' notice
        assert level(trusted) == "trusted"

    def test_level_appeal_decide__refused_late_still_leaves_a_week(
        self, announced: Demotion, trusted: User, operator: User, clock: Clock
    ) -> None:
        services.level_appeal(actor=trusted.actor, text="Three buyers answered my questions weeks late.")
        clock.move(days=35)
        services.level_appeal_decide(
            actor=operator.actor, demotion_id=announced.pk, grant=False, reasons="The dates had been agreed anew."
        )
        services.levels_recompute()
        assert level(trusted) == "trusted"
        page = selectors.level_page(actor=trusted.actor)
        assert page.announced is not None
        assert page.announced.answer == "The dates had been agreed anew."
        assert not page.announced.may_appeal
        clock.move(days=8)
        services.levels_recompute()
        assert level(trusted) == "established"

    def test_level_appeal_decide__is_for_operators_and_for_what_was_appealed(
        self, announced: Demotion, trusted: User, operator: User
    ) -> None:
        with pytest.raises(PermissionDeniedError):
            services.level_appeal_decide(actor=trusted.actor, demotion_id=announced.pk, grant=True, reasons="Mine.")
        with pytest.raises(IllegalTransitionError):
            services.level_appeal_decide(actor=operator.actor, demotion_id=announced.pk, grant=True, reasons="Fine.")
        with pytest.raises(errors.NoDemotionError):
            services.level_appeal(actor=operator.actor, text="I want to appeal something as well.")


class TestPages:
    def test_level_page__previews_the_next_order_and_the_next_cancellation(
        self, ada: User, buyer: User, clock: Clock
    ) -> None:
        for number in range(9):
            ended(buyer, ada, at=clock.now - timedelta(days=180 - number))
        for _number in range(5):
            window_of = window(ended(buyer, ada, on_time=None, at=clock.now - timedelta(days=400)))
            window_of.ended_at = clock.now
            services.window_open(window_of)
            written(window_of, buyer)
            written(window_of, ada)
        services.level_recompute(freelancer_id=ada.pk)
        page = selectors.level_page(actor=ada.actor)
        assert (page.level.key, page.next_order.key) == ("established", "trusted")
        assert page.report.orders_to_next == 1
        assert [change.event for change in page.history] == [LevelEvent.RAISED]

    def test_level_what_if__computes_without_changing_anything(self, trusted: User) -> None:
        found = selectors.level_what_if(actor=trusted.actor, change=WhatIf(late=3))
        assert (found.rule.key, level(trusted)) == ("established", "trusted")

    def test_level_public__shows_every_number_to_everybody(self, trusted: User) -> None:
        report = selectors.level_public(freelancer_id=trusted.pk)
        assert report.numbers.completed == 15
        assert report.rule.key == "trusted"
        assert len(report.rows[2].criteria) == 6
