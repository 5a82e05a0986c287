"""Insights: what is counted, what is claimed and from how many cases, and the weekly mail."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.assistant.engine.phrases import aspects
from oeuvre.domains.assistant.selectors import ExchangeFacts
from oeuvre.domains.briefs.selectors import OfferFact
from oeuvre.domains.catalog.selectors import Comparable
from oeuvre.domains.conversations.selectors import EnquiryFacts
from oeuvre.domains.creation.earnings import ModelEarning, Sold, WorkEarning
from oeuvre.domains.demand.selectors import MonthCount
from oeuvre.domains.demand.states import DemandKind
from oeuvre.domains.insights import figures, findings
from oeuvre.domains.insights.earned import earned
from oeuvre.domains.insights.enquiries import (
    PRICE_ASPECTS,
    TIME_ASPECTS,
    Enquiry,
    Handled,
    enquiries_joined,
    outcome_of,
    reason_of,
    stage_of,
)
from oeuvre.domains.insights.evidence import LEAST, Evidence
from oeuvre.domains.insights.handled import NO_TOPIC, handled
from oeuvre.domains.insights.market import Position, Trend, months_before, trend
from oeuvre.domains.insights.states import Direction, Outcome, Place, Reason, Stage, Step
from oeuvre.domains.orders.selectors import OrderFact
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=40)
ENOUGH, TOO_FEW = 5, 4
BUYER = uuid.uuid4()
FREELANCER = uuid.uuid4()
HOUR = timedelta(hours=1)


def facts(
    *,
    at: datetime = LONG_AGO,
    wait: timedelta | None = HOUR,
    buyer: uuid.UUID = BUYER,
    label: str = "Notices for harbour doors",
    last_by_buyer: bool = False,
    **changes: Any,
) -> EnquiryFacts:
    """An enquiry that the freelancer answered after ``wait``, and that then fell silent."""
    answered = at + wait if wait is not None else None
    values: dict[str, Any] = {
        "conversation_id": uuid.uuid4(),
        "buyer_id": buyer,
        "subject_type": "gig" if label else "",
        "subject_label": label,
        "asked_at": at,
        "answered_at": answered,
        "answered_last_at": answered,
        "assisted_at": None,
        "last_at": answered or at,
        "last_by_id": buyer if last_by_buyer or wait is None else FREELANCER,
    }
    return EnquiryFacts(**values | changes)


def asked(*aspects: str, seconds: float | None = 2.0, after: timedelta = timedelta(), **changes: Any) -> Handled:
    return Handled(uuid.uuid4(), uuid.uuid4(), LONG_AGO + after, aspects, seconds, **changes)


def enquiry(
    *handled: Handled, offers: Sequence[OfferFact] = (), orders: Sequence[OrderFact] = (), **changes: Any
) -> Enquiry:
    """One in which the assistant wrote, if it handled anything."""
    wrote = {"assisted_at": LONG_AGO + timedelta(seconds=2)} if handled else {}
    return Enquiry(facts(**wrote | changes), handled, tuple(offers), tuple(orders))


def offer(status: str = "sent") -> OfferFact:
    return OfferFact(uuid.uuid4(), LONG_AGO, status)


def order(
    status: str = "in_progress",
    *,
    at: datetime = LONG_AGO + HOUR,
    talk: uuid.UUID | None = None,
    buyer: uuid.UUID = BUYER,
) -> OrderFact:
    return OrderFact(uuid.uuid4(), buyer, talk, at, status)


class TestOutcome:
    def test_outcome__is_lost_only_after_two_weeks_without_a_word(self) -> None:
        young = enquiry(last_at=NOW - timedelta(days=13, hours=23))
        old = enquiry(last_at=NOW - timedelta(days=14))
        assert (outcome_of(young, now=NOW), outcome_of(old, now=NOW)) == (Outcome.OPEN, Outcome.LOST)

    @pytest.mark.parametrize(
        ("given", "outcome"),
        [
            ({"orders": [order("completed"), order("cancelled")]}, Outcome.COMPLETED),
            ({"orders": [order("cancelled")]}, Outcome.ORDERED),
            ({"offers": [offer("sent")]}, Outcome.OFFERED),
            ({"offers": [offer("accepted")]}, Outcome.OFFERED),
            ({"offers": [offer("declined")]}, Outcome.LOST),
        ],
    )
    def test_outcome__is_the_furthest_that_it_came_to(self, given: dict[str, Any], outcome: Outcome) -> None:
        assert outcome_of(enquiry(**given), now=NOW) == outcome

    def test_outcome__of_advertising_is_no_enquiry_until_somebody_orders(self) -> None:
        spam = asked("spam", not_for_us=True)
        assert outcome_of(enquiry(spam), now=NOW) == Outcome.NOT_FOR_US
        assert outcome_of(enquiry(spam, asked("price")), now=NOW) == Outcome.LOST
        assert outcome_of(enquiry(spam, orders=[order()]), now=NOW) == Outcome.ORDERED

    def test_order__belongs_to_its_conversation_else_to_the_latest_enquiry_before_it(self) -> None:
        first, second = facts(at=NOW - timedelta(days=50)), facts(at=NOW - timedelta(days=20))
        somebody = facts(buyer=uuid.uuid4())
        from_first = order(at=NOW - timedelta(days=10), talk=first.conversation_id)
        from_gig = order(at=NOW - timedelta(days=9))
        before_all = order(at=NOW - timedelta(days=51))
        joined, alone = enquiries_joined([first, second, somebody], orders=[before_all, from_first, from_gig])
        assert [one.orders for one in joined] == [(from_first,), (from_gig,), ()]
        assert alone == 1

    def test_order__belongs_to_no_enquiry_of_more_than_sixty_days_before(self) -> None:
        one = facts(at=NOW - timedelta(days=61))
        for days, alone in ((0, 1), (1, 0)):
            assert enquiries_joined([one], orders=[order(at=NOW - timedelta(days=days))])[1] == alone


class TestReason:
    @pytest.mark.parametrize(
        ("lost", "reason"),
        [
            (enquiry(asked("price", declined=True)), Reason.DECLINED),
            (enquiry(asked("rights", handed_off=True), wait=None), Reason.HANDED_OFF),
            (enquiry(asked("rights", handed_off=True, after=2 * HOUR)), Reason.HANDED_OFF),
            (enquiry(wait=None), Reason.NEVER_ANSWERED),
            (enquiry(wait=timedelta(hours=24, seconds=1)), Reason.SLOW),
            (enquiry(wait=timedelta(hours=24)), Reason.SILENCE),
            (enquiry(offers=[offer("declined")]), Reason.OFFER_NOT_TAKEN),
            (enquiry(asked("price"), offers=[offer("expired")]), Reason.OFFER_NOT_TAKEN),
            (enquiry(asked("price"), last_by_buyer=True), Reason.LAST_WORD),
            (enquiry(asked("delivery", "price")), Reason.PRICE),
            (enquiry(asked("discount")), Reason.PRICE),
            (enquiry(asked("rush")), Reason.TIME),
            (enquiry(asked("formats")), Reason.SILENCE),
        ],
    )
    def test_reason__is_the_first_rule_that_applies(self, lost: Enquiry, reason: Reason) -> None:
        assert reason_of(lost) == reason

    def test_reason__counts_the_answer_of_the_assistant_as_the_first(self) -> None:
        quick = enquiry(asked("formats", seconds=3), wait=timedelta(days=3))
        assert reason_of(quick) == Reason.SILENCE
        only_told = enquiry(asked("formats", handed_off=True), wait=timedelta(days=3))
        assert reason_of(only_told) == Reason.SLOW


class TestThresholds:
    """Nothing is claimed from four cases; from five it is."""

    def test_topics__by_aspect(self) -> None:
        few = figures.by_aspect([enquiry(asked("price")) for _ in range(TOO_FEW)], now=NOW)
        assert (few.evidence, few.rows) == (Evidence(4, 5), ())
        assert (few.evidence.is_enough, few.evidence.missing) == (False, 1)
        assert findings.of_topics(few, str) == []
        found = figures.by_aspect([enquiry(asked("price")) for _ in range(ENOUGH)], now=NOW)
        assert [(row.key, row.enquiries, row.won, row.going_on, row.lost) for row in found.rows] == [
            ("price", 5, 0, 0, 5)
        ]
        assert findings.of_topics(found, str)[0].step == Step.DRAFT_ANSWERS

    def test_topics__a_topic_with_four_is_not_shown_beside_one_with_five(self) -> None:
        mixed = [enquiry(asked("price")) for _ in range(5)] + [enquiry(asked("rights")) for _ in range(4)]
        found = figures.by_aspect(mixed, now=NOW)
        assert [row.key for row in found.rows] == ["price"]
        assert found.rest == 4

    def test_topics__five_enquiries_of_five_topics_are_no_case_of_any(self) -> None:
        each = [enquiry(asked(topic)) for topic in ("price", "rights", "delivery", "formats", "price")]
        found = figures.by_aspect(each, now=NOW)
        assert (found.evidence, found.rows) == (Evidence(2, 5), ())

    def test_topics__by_piece(self) -> None:
        few = figures.by_piece([enquiry() for _ in range(TOO_FEW)], now=NOW)
        assert (few.evidence.cases, few.rows) == (4, ())
        found = figures.by_piece([enquiry(label="") for _ in range(ENOUGH)], now=NOW)
        assert [(row.key, row.lost) for row in found.rows] == [(":", 5)]

    def test_unanswered__lists_each_question_and_claims_from_five(self) -> None:
        def open_questions(count: int) -> figures.Unanswered:
            one = asked("rights", handed_off=True, unsupported=True)
            return figures.unanswered([enquiry(one) for _ in range(count)])

        few, found = open_questions(TOO_FEW), open_questions(ENOUGH)
        assert (len(few.questions), few.by_aspect, findings.of_unanswered(few, str)) == (4, (), [])
        assert found.by_aspect == (("rights", 5),)
        assert "5 questions about rights" in findings.of_unanswered(found, str)[0].text

    def test_unanswered__several_topics_with_too_few_each_are_counted_together(self) -> None:
        topics = ("rights", "rights", "rights", "formats", "formats")
        found = figures.unanswered([enquiry(asked(one, handed_off=True, unsupported=True)) for one in topics])
        assert found.by_aspect == ()
        assert findings.of_unanswered(found, str)[0].text.startswith("5 questions could not")

    def test_lost(self) -> None:
        few = figures.lost([enquiry(wait=None) for _ in range(TOO_FEW)], now=NOW)
        assert (few.evidence.cases, few.reasons, findings.of_lost(few)) == (4, (), [])
        found = figures.lost([*(enquiry(wait=None) for _ in range(ENOUGH)), enquiry(orders=[order()])], now=NOW)
        assert (found.reasons, found.decided) == (((Reason.NEVER_ANSWERED, 5),), 6)
        assert findings.of_lost(found)[0].text == "5 of 5 lost enquiries never got an answer."

    def test_lost__a_reason_with_four_is_not_advised_on(self) -> None:
        mixed = [enquiry(wait=None) for _ in range(4)] + [enquiry(asked("price"))]
        found = figures.lost(mixed, now=NOW)
        assert found.reasons == ((Reason.NEVER_ANSWERED, 4), (Reason.PRICE, 1))
        assert findings.of_lost(found) == []

    def test_times_in_person(self) -> None:
        slow = [enquiry(wait=timedelta(hours=30)) for _ in range(3)]
        few = figures.person_times([*slow, enquiry()], now=NOW)
        assert (few.evidence.cases, few.median, few.within_day) == (4, None, None)
        found = figures.person_times([*slow, enquiry(), enquiry()], now=NOW)
        assert (found.median, found.within_day) == (timedelta(hours=30), 2)
        said = findings.of_times(found, figures.assistant_times([]))
        assert [(one.text, one.step) for one in said] == [
            ("Half of 5 buyers waited 30 hours or longer to hear from you in person.", Step.ASSISTANT)
        ]

    def test_times_of_the_assistant(self) -> None:
        few = figures.assistant_times([enquiry(asked("price", seconds=1.0)) for _ in range(TOO_FEW)])
        assert (few.evidence.cases, few.median, few.p95) == (4, None, None)
        found = figures.assistant_times([enquiry(asked("price", seconds=float(n))) for n in range(1, 21)])
        assert (found.median, found.p95) == (10.0, 19.0)

    def test_funnel(self) -> None:
        few = figures.funnel([enquiry() for _ in range(TOO_FEW)], alone=2, now=NOW)
        assert (few.evidence.cases, few.stages, few.weakest, few.alone) == (4, (), None, 2)
        found = figures.funnel(
            [*(enquiry(wait=None) for _ in range(3)), enquiry(), enquiry(orders=[order("completed")])], alone=0, now=NOW
        )
        assert [count for _stage, count in found.stages] == [5, 2, 1, 1, 1]
        assert found.weakest == (Stage.ANSWERED, 2, 5)
        assert findings.of_funnel(found)[0].text == "2 of 5 enquiries got an answer."

    @pytest.mark.parametrize(("freelancers", "place"), [(TOO_FEW, None), (ENOUGH, Place.ABOVE)])
    def test_position(self, freelancers: int, place: Place | None) -> None:
        one = position(freelancers)
        assert (one.evidence.cases, one.price_place, one.days_place) == (freelancers, place, place)
        assert len(findings.of_positions([one])) == (2 if place else 0)

    def test_trend(self) -> None:
        few = moved(before=3, latest=1)
        assert (few.evidence.cases, few.change, few.direction) == (4, None, None)
        found = moved(before=5, latest=0)
        assert (found.change, found.direction) == (None, Direction.FALLING), "how many it is now is not told"
        assert findings.of_trends([few], str) == []
        said = findings.of_trends([found], str)[0]
        assert (said.step, said.text) == (
            Step.NEW_GIG,
            "maps was hardly asked for in the last three months, and 5 times in the three before.",
        )

    @pytest.mark.parametrize(("sales", "claimed"), [(TOO_FEW, 0), (ENOUGH, 1)])
    def test_earned(self, sales: int, claimed: int) -> None:
        row = ModelEarning(uuid.uuid4(), "Harbour Voice", sales, Money(4_000))
        work = WorkEarning("ab", "Work 1", sales, Money(3_000))
        found = earned(Sold((row,), (work,)), zero=Money(0))
        assert found.evidence.is_enough == bool(claimed)
        assert (len(found.models), found.few_models, len(found.works), found.few_works) == (
            claimed, 1 - claimed, claimed, 1 - claimed,
        )  # fmt: skip
        assert len(findings.of_earned(found)) == 2 * claimed

    def test_least__is_five_for_each(self) -> None:
        assert LEAST == ENOUGH


def position(freelancers: int, *, price: int = 9_000, days: int = 9) -> Position:
    quartiles = (Money(2_000), Money(3_000), Money(4_000))
    others = Comparable(freelancers, 12, quartiles, (2.0, 3.0, 4.5))
    return Position(uuid.uuid4(), "Notices", "One notice", "harbour-notices", Money(price), days, others)


def moved(*, before: int, latest: int, kind: DemandKind = DemandKind.BRIEF) -> Trend:
    counts = [MonthCount("maps", kind, date(2026, 10, 1), before), MonthCount("maps", kind, date(2027, 2, 1), latest)]
    return trend("maps", counts, today=NOW.date())


def told(**changes: Any) -> ExchangeFacts:
    """What the assistant keeps of a message that it answered in three seconds."""
    values: dict[str, Any] = {
        "id": uuid.uuid4(), "conversation_id": uuid.uuid4(), "created_at": NOW, "outcome": "sent", "action": "compose",
        "reason": "sources", "aspects": ("price",), "seconds": 2.0, "waited": 3.0, "language": "en", "audience": "new",
        "task_kind": "",
    }  # fmt: skip
    return ExchangeFacts(**values | changes)


class TestFormulas:
    def test_person_times__leave_out_what_the_assistant_settled(self) -> None:
        settled = enquiry(asked("price"), wait=None)
        handed = enquiry(asked("price", handed_off=True), wait=None)
        found = figures.person_times([settled, handed, *(enquiry() for _ in range(3))], now=NOW)
        assert found.evidence.cases == 4

    def test_times__of_a_draft_that_the_freelancer_sent_are_theirs(self) -> None:
        drafted = [
            enquiry(asked("price", seconds=40_000), assisted_at=None, wait=timedelta(hours=11)) for _ in range(5)
        ]
        assert figures.assistant_times(drafted).evidence.cases == 0
        assert figures.person_times(drafted, now=NOW).median == timedelta(hours=11)

    def test_stage__counts_what_came_further_in_each_before(self) -> None:
        assert stage_of(enquiry(orders=[order()], wait=None)) == Stage.ORDERED
        found = figures.funnel([enquiry(orders=[order()], wait=None) for _ in range(5)], alone=0, now=NOW)
        assert dict(found.stages) == {
            Stage.ASKED: 5, Stage.ANSWERED: 5, Stage.OFFERED: 5, Stage.ORDERED: 5, Stage.COMPLETED: 0,
        }  # fmt: skip
        assert found.weakest is None, "an order that is not completed may still be"

    def test_funnel__holds_nothing_against_anybody_in_the_first_week(self) -> None:
        fresh = [enquiry(wait=None, at=NOW - timedelta(days=6)) for _ in range(5)]
        found = figures.funnel(fresh, alone=0, now=NOW)
        assert (dict(found.stages)[Stage.ASKED], found.weakest) == (5, None)
        ripe = [enquiry(wait=None, at=NOW - timedelta(days=7)) for _ in range(5)]
        assert figures.funnel(ripe, alone=0, now=NOW).weakest == (Stage.ANSWERED, 0, 5)

    def test_funnel__leaves_out_advertising(self) -> None:
        spam = [enquiry(asked("spam", not_for_us=True)) for _ in range(5)]
        assert figures.funnel(spam, alone=0, now=NOW).evidence.cases == 0

    def test_topics__an_enquiry_about_two_things_counts_in_both(self) -> None:
        found = figures.by_aspect([enquiry(asked("price"), asked("rights", "price")) for _ in range(5)], now=NOW)
        assert (found.evidence.cases, [(row.key, row.enquiries) for row in found.rows]) == (
            5,
            [("price", 5), ("rights", 5)],
        )

    def test_topics__are_aspects_that_the_engine_knows(self) -> None:
        assert {*aspects()} >= NO_TOPIC | PRICE_ASPECTS | TIME_ASPECTS
        assert handled(told(aspects=("greeting", "price"))).aspects == ("price",)

    @pytest.mark.parametrize(
        ("outcome", "reason", "found"),
        [
            ("sent", "sources", {"seconds": 3.0}),
            ("sent", "refused", {"seconds": 3.0, "declined": True}),
            ("sent", "not_for_us", {"seconds": 3.0, "not_for_us": True}),
            ("handed_off", "unsupported", {"handed_off": True, "unsupported": True}),
            ("handed_off", "partly", {"handed_off": True, "unsupported": True}),
            ("handed_off", "never", {"handed_off": True}),
            ("handed_off", "refused", {"handed_off": True}),
            ("drafted", "sources", {}),
            ("stopped", "unsupported", {}),
            ("failed", "failed", {}),
        ],
    )
    def test_handled__says_of_an_exchange_what_insights_count(
        self, outcome: str, reason: str, found: dict[str, Any]
    ) -> None:
        nothing = {
            "seconds": None,
            "handed_off": False,
            "unsupported": False,
            "declined": False,
            "not_for_us": False,
        }
        one = handled(told(outcome=outcome, reason=reason))
        assert {name: getattr(one, name) for name in nothing} == nothing | found

    def test_position__within_the_quartiles_needs_no_word(self) -> None:
        middling = position(8, price=2_000, days=4)
        assert (middling.price_place, middling.days_place) == (Place.WITHIN, Place.WITHIN)
        assert findings.of_positions([middling]) == []
        assert "is less than the middle half of 8" in findings.of_positions([position(8, price=1_999, days=1)])[0].text

    def test_trend__is_of_whole_months_and_shows_none_with_fewer_than_five(self) -> None:
        assert months_before(date(2027, 3, 1))[0] == date(2026, 3, 1)
        assert months_before(date(2027, 3, 31))[-1] == date(2027, 2, 1)
        found = moved(before=10, latest=4)
        assert dict(found.months)[date(2026, 10, 1)] == 10
        assert dict(found.months)[date(2027, 2, 1)] is None
        running = [MonthCount("maps", DemandKind.BRIEF, date(2027, 3, 1), 50)]
        assert trend("maps", running, today=NOW.date()).latest == 0

    @pytest.mark.parametrize(
        ("before", "latest", "direction"),
        [
            (10, 12, Direction.RISING),
            (10, 11, Direction.STEADY),
            (10, 8, Direction.FALLING),
            (4, 9, Direction.RISING),
            (4, 4, None),
        ],
    )
    def test_trend__moves_from_a_fifth_on(self, before: int, latest: int, direction: Direction | None) -> None:
        assert moved(before=before, latest=latest).direction == direction

    def test_trend__views_and_orders_are_no_asking(self) -> None:
        viewed = moved(before=9, latest=9, kind=DemandKind.VIEW)
        assert (viewed.evidence.cases, viewed.views, viewed.hires) == (0, 9, None)

    @pytest.mark.parametrize(
        ("time", "said"),
        [
            (timedelta(seconds=59), "0 minutes"),
            (timedelta(minutes=1), "1 minute"),
            (timedelta(minutes=119), "119 minutes"),
            (timedelta(hours=2), "2 hours"),
            (timedelta(hours=47), "47 hours"),
            (timedelta(hours=48), "2 days"),
        ],
    )
    def test_waited__says_a_time_in_one_unit(self, time: timedelta, said: str) -> None:
        assert findings.waited(time) == said
