"""Reading orders: whose turn it is, dates for calendars, statements, records, copies of accounts, and leaving."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.errors import DeletionBlockedError, KeyDestroyedError
from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog.content import Criterion
from oeuvre.domains.catalog.criteria import criterion_problem
from oeuvre.domains.orders import errors, selectors, services
from oeuvre.domains.orders.clock import DueClock
from oeuvre.domains.orders.common import Side
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.pricing import Quote, back_by_part, quote
from oeuvre.domains.orders.references import orders as order_references
from oeuvre.domains.orders.terms import Origin
from oeuvre.domains.orders.turns import Turn, Whose, asks_of, sentences, turn_of
from oeuvre.kit.money import Money
from tests.domains.orders_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.orders_fixtures import SYSTEM
from tests.support.clock import Clock
from tests.support.orders import CARD, QUESTION, accepted, completed, delivered, extra, placed, started
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


class TestPricing:
    def test_quote__adds_up(self, settings: Any) -> None:
        settings.TAX_BP = 733
        for cents in (1, 7, 99, 333, 10_001):
            found = quote(price=Money(cents))
            assert found.total == found.price + found.buyer_fee + found.tax
            assert found.total == found.freelancer + found.platform + found.tax

    @pytest.mark.parametrize("back", [0, 1, 333, 500, 999, 1_000])
    def test_part__and_the_rest_are_the_whole(self, back: int) -> None:
        whole = Quote(Money(1_000), Money(51), Money(77), Money(101))
        part = whole.part(Money(back))
        rest = whole - part
        assert part + rest == whole
        assert part.price == Money(back)
        assert all(
            amount.amount >= 0 for amount in (part.buyer_fee, part.tax, part.commission, rest.buyer_fee, rest.tax)
        )
        assert rest.commission <= rest.price

    def test_part__of_more_than_there_is_is_refused(self) -> None:
        whole = quote(price=Money(1_000))
        for price in (Money(1_001), Money(-1)):
            with pytest.raises(ValueError, match="not a part"):
                whole.part(price)
        with pytest.raises(ValueError, match="sum"):
            whole.divided([Money(500), Money(501)])

    def test_back_by_part__takes_from_the_first_ones_first(self) -> None:
        parts = [quote(price=Money(cents)) for cents in (200, 300, 500)]
        assert [part.price.amount for part in back_by_part(parts, Money(350))] == [200, 150, 0]
        with pytest.raises(ValueError, match="less than"):
            back_by_part(parts, Money(1_001))


class TestClock:
    def test_clock__stands_still_while_paused(self) -> None:
        start = datetime.fromisoformat("2027-03-01T12:00+00:00")
        clock = DueClock.started(start, 3)
        assert clock.left(start + timedelta(days=1)) == timedelta(days=2)
        stopped = clock.pause(start + timedelta(days=1)).pause(start + timedelta(days=2))
        assert stopped.left(start + timedelta(days=9)) == timedelta(days=2)
        assert not stopped.is_late(start + timedelta(days=9))
        later = stopped.resume(start + timedelta(days=9))
        assert later == DueClock(start + timedelta(days=11))
        assert later.extend(2).due_at == start + timedelta(days=13)
        assert later.is_late(start + timedelta(days=11, seconds=1))
        assert clock.resume(start) == clock

    def test_clock__gives_a_late_one_the_least_it_was_promised(self) -> None:
        start = datetime.fromisoformat("2027-03-01T12:00+00:00")
        stopped = DueClock(start).pause(start + timedelta(days=1))
        resumed = stopped.resume(start + timedelta(days=5), at_least=timedelta(days=2))
        assert resumed.due_at == start + timedelta(days=7)


class TestTurns:
    def turn(self, order: Order, clock: Clock) -> tuple[str, str, str]:
        order = Order.objects.get(pk=order.pk)
        found = turn_of(order, now=clock.now)
        return (found.whose, found.now, found.next)

    def test_turn__follows_the_order_through_its_life(self, buyer: User, freelancer: User, clock: Clock) -> None:
        order = placed(buyer, freelancer, card="sandbox:declined", requirements=(QUESTION,))
        found = [self.turn(order, clock)]
        run_tasks()
        found.append(self.turn(order, clock))
        services.order_pay(actor=buyer.actor, order_id=order.pk, method_token=CARD)
        run_tasks()
        found.append(self.turn(order, clock))
        services.requirements_give(actor=buyer.actor, order_id=order.pk, answers={"q1": "x"})
        found.append(self.turn(order, clock))
        question = services.question_ask(actor=freelancer.actor, order_id=order.pk, text="Which?")
        found.append(self.turn(order, clock))
        services.question_answer(actor=buyer.actor, question_id=question.pk, text="That.")
        clock.move(days=4)
        found.append(self.turn(order, clock))
        order.refresh_from_db()
        delivery = delivered(order)
        found.append(self.turn(order, clock))
        services.revision_request(actor=buyer.actor, delivery_id=delivery.pk, text="Shorter, please, by half.")
        found.append(self.turn(order, clock))
        services.order_dispute(actor=buyer.actor, order_id=order.pk)
        found.append(self.turn(order, clock))
        services.order_dispute_withdraw(actor=SYSTEM, order_id=order.pk)
        order.refresh_from_db()
        delivered(order)
        accepted(order)
        found.append(self.turn(order, clock))
        clock.move(days=14)
        services.lines_clear(actor=SYSTEM)
        found.append(self.turn(order, clock))
        assert found == [
            ("platform", "paying", "begins"),
            ("buyer", "pay", "begins"),
            ("buyer", "answer_requirements", "work_starts"),
            ("freelancer", "deliver", "buyer_reviews"),
            ("buyer", "answer_question", "work_goes_on"),
            ("freelancer", "deliver_late", "may_be_cancelled"),
            ("buyer", "review", "accepted_by_itself"),
            ("freelancer", "revise", "buyer_reviews"),
            ("platform", "settle_dispute", "as_settled"),
            ("nobody", "completed", "clears"),
            ("nobody", "completed", "over"),
        ]

    def test_turn__of_a_cancelled_order_waits_for_the_refund(self, buyer: User, freelancer: User, clock: Clock) -> None:
        order = started(buyer, freelancer, requirements=(QUESTION,))
        services.order_cancel(actor=buyer.actor, order_id=order.pk)
        assert self.turn(order, clock) == ("platform", "refunding", "over")
        run_tasks()
        assert self.turn(order, clock) == ("nobody", "cancelled", "over")

    def test_asks__name_what_else_waits_for_whom(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        extension = services.extension_propose(actor=freelancer.actor, order_id=order.pk, days=1)
        services.cancellation_propose(actor=buyer.actor, order_id=order.pk)
        found = {ask.now: (ask.whose, ask.subject_id) for ask in asks_of(Order.objects.get())}
        assert found["answer_extension"] == (Whose.BUYER, extension.pk)
        assert found["answer_cancellation"][0] == Whose.FREELANCER
        delivered(order)
        services.training_consent_ask(actor=freelancer.actor, order_id=order.pk)
        assert "answer_consent" in {ask.now for ask in asks_of(Order.objects.get())}

    def test_sentences__has_each_code_for_both_sides(self) -> None:
        assert set(sentences(Side.BUYER)) == set(sentences(Side.FREELANCER))
        assert all(text.replace("%(by)s", "").count("%") == 0 for side in Side for text in sentences(side).values())
        assert not Turn(Whose.BUYER, "pay", "begins").is_of(None)

    def test_dashboard__puts_ones_own_turns_first_and_the_most_urgent_on_top(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        waiting = started(buyer, freelancer, requirements=(QUESTION,))
        relaxed = started(buyer, freelancer)
        clock.move(days=-1)
        urgent = started(buyer, freelancer)
        clock.move(days=1)
        found = selectors.dashboard(actor=freelancer.actor, side=Side.FREELANCER)
        assert [order for order, _ in found.mine] == [urgent, relaxed]
        assert [order for order, _ in found.theirs] == [waiting]
        services.extension_propose(actor=freelancer.actor, order_id=relaxed.pk, days=1)
        found = selectors.dashboard(actor=buyer.actor)
        assert {order for order, _ in found.mine} == {waiting, relaxed}
        assert [order for order, _ in found.theirs] == [urgent]

    def test_dashboard__needs_few_queries_however_many_orders_there_are(
        self, buyer: User, freelancer: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(4):
            started(buyer, freelancer)
        with django_assert_max_num_queries(3):
            assert len(selectors.dashboard(actor=freelancer.actor).mine) == 4

    def test_order_page__takes_two_queries_whatever_there_is_of_the_order(
        self, buyer: User, freelancer: User, django_assert_max_num_queries: Any
    ) -> None:
        order = started(buyer, freelancer)
        with django_assert_max_num_queries(2):  # the order, its key
            selectors.order_page(actor=buyer.actor, order_id=order.pk)
        delivered(order)
        with django_assert_max_num_queries(2):
            assert selectors.order_page(actor=buyer.actor, order_id=order.pk).deliveries


class TestVisibility:
    def test_order__is_seen_by_its_two_sides_and_operators(
        self, buyer: User, freelancer: User, other_freelancer: User, operator: User
    ) -> None:
        order = completed(buyer, freelancer)
        file = order.deliveries.get().files.get()
        for person in (buyer, freelancer, operator):
            assert selectors.order_page(actor=person.actor, order_id=order.pk).order == order
            assert selectors.delivery_file(actor=person.actor, file_id=file.pk)[0] == file
        for read in (selectors.order_get, selectors.order_page, selectors.calendar):
            with pytest.raises(errors.OrderNotFoundError):
                read(actor=other_freelancer.actor, order_id=order.pk)
        with pytest.raises(errors.FileNotFoundInOrderError):
            selectors.delivery_file(actor=other_freelancer.actor, file_id=file.pk)
        assert not selectors.orders_of(actor=other_freelancer.actor)
        assert list(selectors.orders_of(actor=buyer.actor, side=Side.BUYER)) == [order]
        assert not selectors.orders_of(actor=buyer.actor, side=Side.FREELANCER)

    def test_order_page__hides_the_draft_of_a_delivery_from_the_buyer(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer)
        services.delivery_file_add(actor=freelancer.actor, order_id=order.pk, name="a.txt", data=b"words")
        assert len(selectors.order_page(actor=freelancer.actor, order_id=order.pk).deliveries) == 1
        assert selectors.order_page(actor=buyer.actor, order_id=order.pk).deliveries == []


class TestMoney:
    def test_money_of__says_where_each_part_is(self, buyer: User, freelancer: User) -> None:
        order = started(buyer, freelancer, 6_000, 4_000)
        extra(order, 1_000)
        delivered(order)
        accepted(order)
        change = services.cancellation_propose(actor=buyer.actor, order_id=order.pk, back=Money(3_000))
        services.change_accept(actor=freelancer.actor, change_id=change.pk)
        money = selectors.money_of(Order.objects.get())
        assert money.agreed.price == Money(11_000)
        assert money.agreed == money.held + money.earned + money.returned + money.taken
        assert (money.held.total, money.returned.price, money.earned.freelancer) == (
            Money(0),
            Money(3_000),
            Money(7_200),
        )
        assert [refund.money for refund in money.refunds] == [Money(3_150)]

    def test_statement__has_each_paid_line_of_a_freelancer(self, buyer: User, freelancer: User, clock: Clock) -> None:
        order = completed(buyer, freelancer)
        cleared_on = clock.now + timedelta(days=14)
        clock.move(minutes=1)
        started(buyer, freelancer, 2_000)
        placed(buyer, freelancer, 3_000)
        lines = selectors.statement(actor=freelancer.actor, page=1).items
        assert [(line.freelancer, line.status) for line in lines] == [
            (Money(1_800), "held"),
            (Money(9_000), "released"),
        ]
        assert (lines[1].order_number, lines[1].clears_at) == (order.number, cleared_on)
        sums = selectors.sums(actor=freelancer.actor, currency="USD")
        assert (sums.held, sums.clearing, sums.payable) == (Money(1_800), Money(9_000), Money(0))
        assert selectors.statement(actor=buyer.actor, page=1).total == 0


class TestRecords:
    def test_records__count_what_was_completed_in_time_and_what_fell_through(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        first = completed(buyer, freelancer)
        clock.move(days=40)
        late = started(buyer, freelancer, origin=Origin(gig_id=first.gig_id))
        clock.move(days=4)
        delivered(late)
        accepted(late)
        turned_down = started(buyer, freelancer, requirements=(QUESTION,))
        services.order_cancel(actor=freelancer.actor, order_id=turned_down.pk)
        early = started(buyer, freelancer, requirements=(QUESTION,))
        services.order_cancel(actor=buyer.actor, order_id=early.pk)
        record = selectors.track_record(freelancer_id=freelancer.pk, since=None)
        assert (record.completed, record.due, record.on_time, record.cancelled) == (2, 2, 1, 1)
        assert record.first_completed_at == first.ended_at
        recent = selectors.track_record(freelancer_id=freelancer.pk, since=clock.now - timedelta(days=10))
        assert (recent.completed, recent.on_time, recent.first_completed_at) == (1, 0, first.ended_at)
        assert first.gig_id
        gig = selectors.gig_record(gig_id=first.gig_id)
        assert (gig.completed, gig.due, gig.on_time) == (2, 2, 1)

    def test_references__are_completed_orders_without_their_buyer(
        self, buyer: User, freelancer: User, other_freelancer: User
    ) -> None:
        done, open_ = completed(buyer, freelancer), started(buyer, freelancer)
        found = order_references(freelancer.pk, [done.pk, open_.pk])
        assert set(found) == {done.pk}
        assert "A notice for the harbour" in found[done.pk].title
        assert "Cleo" not in found[done.pk].title
        assert order_references(other_freelancer.pk, [done.pk]) == {}

    def test_catalogue__asks_orders_what_a_criterion_may_be(self) -> None:
        assert criterion_problem(Criterion("words", "", {"least": 10})) == ""
        assert "whole number" in criterion_problem(Criterion("words", "", {"least": -1}))


class TestCalendar:
    def events(self, order: Order, person: User) -> list[Any]:
        return list(Calendar.from_ical(selectors.calendar(actor=person.actor, order_id=order.pk)).walk("VEVENT"))

    def test_calendar__has_the_due_date_and_then_the_end_of_the_review(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        (due,) = self.events(order, freelancer)
        assert (due.decoded("dtend"), str(due["summary"])) == (
            order.due_at,
            "Due: A notice for the harbour",
        )
        assert order.number in str(due["description"])
        change = services.extension_propose(actor=buyer.actor, order_id=order.pk, days=2)
        services.change_accept(actor=freelancer.actor, change_id=change.pk)
        (moved,) = self.events(order, buyer)
        assert moved["uid"] == due["uid"]
        assert moved.decoded("dtend") == due.decoded("dtend") + timedelta(days=2)
        order.refresh_from_db()
        delivered(order)
        (review,) = self.events(order, buyer)
        assert review.decoded("dtend") == order.review_until
        accepted(order)
        assert self.events(order, buyer) == []


class TestLeaving:
    def test_account_export__has_the_orders_with_their_files(self, buyer: User, freelancer: User) -> None:
        order = completed(buyer, freelancer)
        for person in (buyer, freelancer):
            export = accounts.account_export_request(actor=person.actor)
            run_tasks()
            packed = zipfile.ZipFile(
                io.BytesIO(accounts.account_export_content(actor=person.actor, export_id=export.pk))
            )
            folder = f"orders/{order.number}"
            said = json.loads(packed.read(f"{folder}/order.json"))
            assert (said["state"], said["scope"]) == ("completed", "Write a notice about the winter timetable.")
            assert [name for name in packed.namelist() if name.startswith(f"{folder}/delivery-1/")]

    def test_account_delete__waits_for_open_orders_and_money_that_clears(
        self, buyer: User, freelancer: User, clock: Clock
    ) -> None:
        order = started(buyer, freelancer)
        for person in (buyer, freelancer):
            with pytest.raises(DeletionBlockedError):
                accounts.account_delete(actor=person.actor, password="a long password")
        delivered(order)
        accepted(order)
        with pytest.raises(DeletionBlockedError):
            accounts.account_delete(actor=freelancer.actor, password="a long password")
        clock.move(days=14)
        services.lines_clear(actor=SYSTEM)
        accounts.account_delete(actor=freelancer.actor, password="a long password")
        file = order.deliveries.get().files.get()
        assert selectors.delivery_file(actor=buyer.actor, file_id=file.pk)[1]

    def test_account_delete__of_a_buyer_ends_what_was_written_for_everybody(
        self, buyer: User, freelancer: User, operator: User
    ) -> None:
        order = completed(buyer, freelancer)
        assert any("orders" in sentence for sentence in accounts.deletion_effects(actor=buyer.actor))
        accounts.account_delete(actor=buyer.actor, password="a long password")
        file = order.deliveries.get().files.get()
        for person in (freelancer, operator):
            with pytest.raises(KeyDestroyedError):
                selectors.delivery_file(actor=person.actor, file_id=file.pk)
        export = accounts.account_export_request(actor=freelancer.actor)
        run_tasks()
        packed = accounts.account_export_content(actor=freelancer.actor, export_id=export.pk)
        said = json.loads(zipfile.ZipFile(io.BytesIO(packed)).read(f"orders/{order.number}/order.json"))
        assert said == {"number": order.number, "state": "completed"}
        assert selectors.statement(actor=freelancer.actor, page=1).total == 1
