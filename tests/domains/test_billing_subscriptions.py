"""Plans: trial, renewal, past due, switching, ending; with a clock that the test moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.billing import errors, prices, selectors, services
from oeuvre.domains.billing.models import Payment, PriceListEntry, Subscription, SubscriptionCharge
from oeuvre.domains.billing.periods import add_months
from oeuvre.domains.billing.states import Feature, PaymentStatus, Plan, SubscriptionStatus
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.ledger.services import AccountKind, AccountRef
from oeuvre.integrations.sandbox_payments.models import SandboxCharge
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.support.clock import Clock
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()
GOOD, BAD, CONFIRMS, BACK = (f"sandbox:{case}" for case in ("succeeds", "declined", "confirms", "charged_back"))
START = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, START)


@pytest.fixture
def no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = {plan: replace(of_plan, trial_days=0) for plan, of_plan in prices.plan_terms().items()}
    monkeypatch.setattr(prices, "plan_terms", lambda: terms)


def start(user: User, plan: Plan = Plan.CREATION_MODEL, token: str = GOOD) -> Subscription:
    return services.subscription_start(actor=user.actor, plan=plan, method_token=token)


def tick() -> None:
    """What the schedule does, and the worker after it."""
    services.subscriptions_renew(actor=SYSTEM)
    run_tasks()


def fresh(subscription: Subscription) -> Subscription:
    subscription.refresh_from_db()
    return subscription


def revenue() -> int:
    return ledger.balance(actor=SYSTEM, account=AccountRef(AccountKind.PLATFORM_REVENUE, None, "USD")).amount


def may(user: User, feature: Feature = Feature.CREATION_MODEL) -> bool:
    return selectors.has_feature(user_id=user.pk, feature=feature)


class TestStart:
    def test_subscription_start__opens_the_plan_on_trial_without_a_charge(self, freelancer: User, clock: Clock) -> None:
        subscription = start(freelancer)
        assert (subscription.status, subscription.current_period_end) == (
            SubscriptionStatus.TRIALING,
            START + timedelta(days=14),
        )
        assert may(freelancer)
        assert not may(freelancer, Feature.ASSISTANT)
        assert not Payment.objects.exists()
        assert selectors.current_subscription(actor=freelancer.actor) == subscription
        assert [entry.code for entry in audit.history(subject=subscription)] == ["subscription.started"]

    def test_subscription_start__without_a_trial_opens_when_the_first_payment_came(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer)
        assert subscription.status == SubscriptionStatus.PENDING
        assert not may(freelancer)
        run_tasks()
        assert (fresh(subscription).status, subscription.current_period_end) == (
            SubscriptionStatus.ACTIVE,
            datetime(2027, 2, 28, 12, tzinfo=UTC),
        )
        assert may(freelancer)
        assert revenue() == 2500

    def test_subscription_start__ends_when_the_first_payment_fails_and_may_be_tried_again(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer, token=BAD)
        run_tasks()
        assert fresh(subscription).status == SubscriptionStatus.CANCELLED
        assert not may(freelancer)
        start(freelancer)
        run_tasks()
        assert may(freelancer)

    def test_subscription_start__gives_one_trial_a_person_and_plan(self, freelancer: User, clock: Clock) -> None:
        start(freelancer)
        services.subscription_cancel(actor=freelancer.actor)
        clock.move(days=14)
        tick()
        assert start(freelancer).status == SubscriptionStatus.PENDING
        run_tasks()
        services.subscription_cancel(actor=freelancer.actor)
        clock.move(days=40)
        tick()
        assert start(freelancer, Plan.ASSISTANT).status == SubscriptionStatus.TRIALING

    def test_subscription_start__submitted_twice_is_one_subscription(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        start(freelancer)
        with pytest.raises(errors.AlreadySubscribedError):
            start(freelancer)
        run_tasks()
        assert (Subscription.objects.count(), SandboxCharge.objects.count()) == (1, 1)
        with pytest.raises(errors.AlreadySubscribedError):
            start(freelancer, Plan.PREMIUM)

    def test_subscription_start__is_for_freelancers_with_a_usable_card(
        self, freelancer: User, buyer: User, clock: Clock
    ) -> None:
        for actor in (buyer.actor, SYSTEM, Actor.anonymous()):
            with pytest.raises(PermissionDeniedError):
                services.subscription_start(actor=actor, plan=Plan.ASSISTANT, method_token=GOOD)
        with pytest.raises(errors.PaymentMethodError):
            start(freelancer, token="4242")
        assert not Subscription.objects.exists()

    def test_premium__includes_both_features(self, freelancer: User, clock: Clock) -> None:
        start(freelancer, Plan.PREMIUM)
        assert may(freelancer)
        assert may(freelancer, Feature.ASSISTANT)


class TestRenewal:
    def test_subscriptions_renew__charges_after_the_trial_and_then_by_calendar_month(
        self, freelancer: User, clock: Clock
    ) -> None:
        subscription = start(freelancer)
        clock.set(datetime(2027, 2, 14, 12, tzinfo=UTC))
        for _ in range(2):  # the schedule may tick twice
            tick()
        assert (fresh(subscription).status, revenue()) == (SubscriptionStatus.ACTIVE, 2500)
        ends = [subscription.current_period_end]
        for _ in range(2):
            clock.set(ends[-1])
            tick()
            ends.append(fresh(subscription).current_period_end)
        assert ends == [datetime(2027, month, 14, 12, tzinfo=UTC) for month in (3, 4, 5)]
        assert (revenue(), SubscriptionCharge.objects.count(), subscription.periods_paid) == (7500, 3, 3)
        assert ledger.ledger_check().ok

    def test_subscriptions_renew__keeps_the_31st_over_shorter_months(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer)
        run_tasks()
        days = []
        for _ in range(4):
            days.append(fresh(subscription).current_period_end.day)
            clock.set(subscription.current_period_end)
            tick()
        assert days == [28, 31, 30, 31]

    def test_subscriptions_renew__leaves_alone_what_is_not_due(self, freelancer: User, clock: Clock) -> None:
        start(freelancer)
        clock.move(days=13, hours=23)
        assert services.subscriptions_renew(actor=SYSTEM) == 0
        with pytest.raises(PermissionDeniedError):
            services.subscriptions_renew(actor=freelancer.actor)

    def test_renewal__is_tried_again_on_days_1_3_and_7_and_then_ends(self, freelancer: User, clock: Clock) -> None:
        subscription = start(freelancer, token=BAD)
        due = clock.move(days=14)
        tried = []
        for hour in range(24 * 9):
            clock.set(due + timedelta(hours=hour))
            before = SubscriptionCharge.objects.count()
            tick()
            if SubscriptionCharge.objects.count() > before:
                tried.append(hour)
            if fresh(subscription).status == SubscriptionStatus.CANCELLED:
                break
            assert subscription.status == SubscriptionStatus.PAST_DUE
            assert may(freelancer)
        assert tried == [0, 24, 72, 168]
        assert (subscription.status, revenue()) == (SubscriptionStatus.CANCELLED, 0)
        assert not may(freelancer)

    def test_renewal__that_succeeds_late_keeps_the_calendar(self, freelancer: User, clock: Clock) -> None:
        subscription = start(freelancer, token=BAD)
        due = clock.move(days=14)
        tick()
        clock.move(hours=5)
        services.subscription_method_change(actor=freelancer.actor, method_token=GOOD)
        run_tasks()
        assert (fresh(subscription).status, subscription.failed_attempts) == (SubscriptionStatus.ACTIVE, 0)
        assert subscription.current_period_start == due
        assert subscription.current_period_end == add_months(due, 1)
        assert subscription.next_attempt_at is None

    def test_renewal__that_nobody_confirms_is_past_due(self, freelancer: User, clock: Clock) -> None:
        subscription = start(freelancer, token=CONFIRMS)
        clock.move(days=14)
        tick()
        tick()
        assert fresh(subscription).status == SubscriptionStatus.TRIALING
        assert Payment.objects.get().status == PaymentStatus.NEEDS_CONFIRMATION
        clock.move(minutes=61)
        services.payments_reconcile(actor=SYSTEM)
        run_tasks()
        assert fresh(subscription).status == SubscriptionStatus.PAST_DUE

    def test_renewal__takes_the_price_that_holds_when_the_period_begins(
        self, freelancer: User, operator: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer)
        services.price_set(actor=operator.actor, plan=Plan.CREATION_MODEL, amount=Money(3000))
        run_tasks()
        assert (revenue(), fresh(subscription).price) == (2500, 2500)
        clock.set(subscription.current_period_end)
        tick()
        assert (revenue(), fresh(subscription).price) == (5500, 3000)

    def test_plan_paid__posts_tax_apart_from_revenue(
        self, freelancer: User, clock: Clock, no_trial: None, settings: Settings
    ) -> None:
        settings.TAX_BP = 1900
        start(freelancer)
        run_tasks()
        payment = Payment.objects.get()
        assert (payment.amount, payment.tax) == (2975, 475)
        posting = ledger.postings_for(reference_type="payment", reference_id=payment.pk)[0]
        assert {entry.account.kind: entry.amount.amount for entry in posting.entries} == {
            AccountKind.PROVIDER_CLEARING: -2975,
            AccountKind.PLATFORM_REVENUE: 2500,
            AccountKind.TAX: 475,
        }


class TestEnd:
    def test_subscription_cancel__keeps_access_to_the_end_of_the_period(self, freelancer: User, clock: Clock) -> None:
        subscription = start(freelancer)
        services.subscription_cancel(actor=freelancer.actor)
        clock.move(days=13)
        tick()
        assert may(freelancer)
        clock.move(days=1)
        assert not may(freelancer)  # even before the schedule has ticked
        tick()
        assert fresh(subscription).status == SubscriptionStatus.CANCELLED
        assert not Payment.objects.exists()
        assert selectors.current_subscription(actor=freelancer.actor) is None

    def test_subscription_resume__takes_the_cancellation_back_in_time(self, freelancer: User, clock: Clock) -> None:
        start(freelancer)
        with pytest.raises(errors.SubscriptionStateError):
            services.subscription_resume(actor=freelancer.actor)
        services.subscription_cancel(actor=freelancer.actor)
        services.subscription_resume(actor=freelancer.actor)
        clock.move(days=14)
        tick()
        assert may(freelancer)
        services.subscription_cancel(actor=freelancer.actor)
        clock.move(days=31)
        with pytest.raises(errors.SubscriptionStateError):
            services.subscription_resume(actor=freelancer.actor)

    def test_subscription_cancel__ends_at_once_when_past_due(self, freelancer: User, clock: Clock) -> None:
        start(freelancer, token=BAD)
        clock.move(days=14)
        tick()
        subscription = services.subscription_cancel(actor=freelancer.actor)
        assert subscription.status == SubscriptionStatus.CANCELLED
        with pytest.raises(errors.SubscriptionNotFoundError):
            services.subscription_cancel(actor=freelancer.actor)

    def test_subscription_cancel__waits_for_the_first_payment(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        start(freelancer)
        with pytest.raises(errors.SubscriptionStateError):
            services.subscription_cancel(actor=freelancer.actor)

    def test_plan_paid__after_the_end_is_given_back(self, freelancer: User, clock: Clock) -> None:
        subscription = start(freelancer, token=BAD)
        clock.move(days=14)
        tick()
        services.subscription_method_change(actor=freelancer.actor, method_token=GOOD)
        services.subscription_cancel(actor=freelancer.actor)
        run_tasks()
        assert fresh(subscription).status == SubscriptionStatus.CANCELLED
        assert Payment.objects.filter(status=PaymentStatus.REFUNDED).count() == 1
        assert revenue() == 0
        assert ledger.ledger_check().ok

    def test_charge_back__of_the_present_period_ends_the_plan(self, freelancer: User, no_trial: None) -> None:
        subscription = start(freelancer, token=BACK)
        run_tasks()
        assert revenue() == 2500
        run_tasks(until=timezone.now() + timedelta(minutes=1))
        assert (fresh(subscription).status, revenue()) == (SubscriptionStatus.CANCELLED, 0)
        assert not may(freelancer)

    def test_refund__of_an_earlier_period_leaves_the_plan(self, freelancer: User, clock: Clock, no_trial: None) -> None:
        subscription = start(freelancer)
        run_tasks()
        first = Payment.objects.get()
        clock.set(fresh(subscription).current_period_end)
        tick()
        services.payment_refund(actor=SYSTEM, payment_id=first.pk)
        run_tasks()
        assert (fresh(subscription).status, revenue()) == (SubscriptionStatus.ACTIVE, 2500)


class TestSwitch:
    def test_subscription_switch__to_a_dearer_plan_costs_the_rest_of_the_difference(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer)
        run_tasks()
        clock.move(days=14)  # half of the 28 days to 28 February
        services.subscription_switch(actor=freelancer.actor, plan=Plan.PREMIUM)
        assert not may(freelancer, Feature.ASSISTANT)
        run_tasks()
        assert may(freelancer, Feature.ASSISTANT)
        assert (revenue(), fresh(subscription).price) == (2500 + 1200, 4900)
        clock.set(subscription.current_period_end)
        tick()
        assert revenue() == 2500 + 1200 + 4900

    def test_subscription_switch__that_cannot_be_paid_changes_nothing(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer)
        run_tasks()
        services.subscription_method_change(actor=freelancer.actor, method_token=BAD)
        services.subscription_switch(actor=freelancer.actor, plan=Plan.PREMIUM)
        with pytest.raises(errors.SubscriptionStateError):  # a double click is no second charge
            services.subscription_switch(actor=freelancer.actor, plan=Plan.PREMIUM)
        run_tasks()
        assert (fresh(subscription).plan, subscription.status, revenue()) == (
            Plan.CREATION_MODEL,
            SubscriptionStatus.ACTIVE,
            2500,
        )

    def test_subscription_switch__to_a_cheaper_plan_waits_for_the_next_period(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer, Plan.PREMIUM)
        run_tasks()
        services.subscription_switch(actor=freelancer.actor, plan=Plan.CREATION_MODEL)
        assert may(freelancer, Feature.ASSISTANT)
        clock.set(fresh(subscription).current_period_end)
        tick()
        assert not may(freelancer, Feature.ASSISTANT)
        assert (revenue(), fresh(subscription).next_plan) == (4900 + 2500, "")

    def test_subscription_switch__back_to_the_present_plan_undoes_it(
        self, freelancer: User, clock: Clock, no_trial: None
    ) -> None:
        subscription = start(freelancer, Plan.PREMIUM)
        run_tasks()
        services.subscription_switch(actor=freelancer.actor, plan=Plan.CREATION_MODEL)
        services.subscription_switch(actor=freelancer.actor, plan=Plan.PREMIUM)
        clock.set(fresh(subscription).current_period_end)
        tick()
        assert (fresh(subscription).plan, revenue()) == (Plan.PREMIUM, 9800)

    def test_subscription_switch__on_trial_is_free_and_uses_the_other_trial_up(
        self, freelancer: User, clock: Clock
    ) -> None:
        subscription = start(freelancer)
        services.subscription_switch(actor=freelancer.actor, plan=Plan.PREMIUM)
        assert may(freelancer, Feature.ASSISTANT)
        with pytest.raises(errors.SubscriptionStateError):
            services.subscription_switch(actor=freelancer.actor, plan=Plan.CREATION_MODEL)
        clock.move(days=14)
        tick()
        assert (fresh(subscription).plan, revenue()) == (Plan.PREMIUM, 4900)

    def test_subscription_switch__wants_a_plan_in_good_standing(self, freelancer: User, clock: Clock) -> None:
        with pytest.raises(errors.SubscriptionNotFoundError):
            services.subscription_switch(actor=freelancer.actor, plan=Plan.PREMIUM)
        start(freelancer, token=BAD)
        clock.move(days=14)
        tick()
        with pytest.raises(errors.SubscriptionStateError):
            services.subscription_switch(actor=freelancer.actor, plan=Plan.PREMIUM)


class TestPrices:
    def test_price_list__is_the_files_until_an_operator_sets_a_price(self, operator: User) -> None:
        assert {offer.plan: offer.price.amount for offer in selectors.price_list()} == {
            Plan.CREATION_MODEL: 2500,
            Plan.ASSISTANT: 2900,
            Plan.PREMIUM: 4900,
        }
        services.price_set(actor=operator.actor, plan=Plan.ASSISTANT, amount=Money(1900))
        services.price_set(actor=operator.actor, plan=Plan.ASSISTANT, amount=Money(2000))
        assert selectors.plan_offer(Plan.ASSISTANT).price == Money(2000)
        history = selectors.price_history(actor=operator.actor, plan=Plan.ASSISTANT)
        assert [entry.amount for entry in history] == [2000, 1900]

    def test_price_set__is_for_operators_and_sensible_amounts(self, freelancer: User, operator: User) -> None:
        with pytest.raises(PermissionDeniedError):
            services.price_set(actor=freelancer.actor, plan=Plan.ASSISTANT, amount=Money(1))
        for bad in (Money(0), Money(-1), Money(2900, "EUR")):
            with pytest.raises(errors.PriceError):
                services.price_set(actor=operator.actor, plan=Plan.ASSISTANT, amount=bad)
        with pytest.raises(PermissionDeniedError):
            selectors.price_history(actor=freelancer.actor, plan=Plan.ASSISTANT)

    def test_price_list_entry__is_history_that_nobody_changes(self, operator: User) -> None:
        services.price_set(actor=operator.actor, plan=Plan.ASSISTANT, amount=Money(1900))
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            PriceListEntry.objects.update(amount=1)


def test_feature_require__names_the_plans_that_would_do(freelancer: User, clock: Clock) -> None:
    with pytest.raises(errors.FeatureNotSubscribedError) as caught:
        selectors.feature_require(user_id=freelancer.pk, feature=Feature.ASSISTANT)
    assert caught.value.context["plans"] == [Plan.ASSISTANT, Plan.PREMIUM]
    start(freelancer, Plan.ASSISTANT)
    selectors.feature_require(user_id=freelancer.pk, feature=Feature.ASSISTANT)


def test_subscriptions__are_seen_by_their_owner_and_operators(
    freelancer: User, other_freelancer: User, operator: User, clock: Clock
) -> None:
    start(freelancer)
    assert selectors.subscriptions(actor=freelancer.actor, page=1).total == 1
    assert selectors.subscriptions(actor=operator.actor, page=1).total == 1
    assert selectors.subscriptions(actor=other_freelancer.actor, page=1).total == 0
    assert selectors.current_subscription(actor=other_freelancer.actor) is None


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2027-01-31", 1, "2027-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2027-01-31", 2, "2027-03-31"),
        ("2027-12-15", 1, "2028-01-15"),
        ("2027-05-01", 24, "2029-05-01"),
    ],
)
def test_add_months__keeps_the_day_where_the_month_has_it(start: str, months: int, end: str) -> None:
    assert add_months(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)
