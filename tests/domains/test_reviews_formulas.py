"""The published arithmetic: ratings, levels, what-ifs. No database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oeuvre.domains.reviews.errors import LevelRulesError, ReviewInvalidError, WhatIfInvalidError
from oeuvre.domains.reviews.facts import whole_months
from oeuvre.domains.reviews.levels import formula, rules, wording
from oeuvre.domains.reviews.levels.formula import LevelNumbers, WhatIf, what_if
from oeuvre.domains.reviews.levels.rules import FILE, SHIPPED_WORDS, rules_read
from oeuvre.domains.reviews.ratings import Mean, Prior, RatingSummary, Scores
from oeuvre.domains.reviews.states import Aspect, Measure

RULES = rules_read(FILE.read_text())
GOOD = LevelNumbers(
    completed=12,
    due=12,
    on_time=12,
    reviews=6,
    as_asked_sum=29,
    cancelled=0,
    answered=4,
    answer_minutes=90,
    months=4,
)
score = st.integers(1, 5)
small = st.integers(0, 20)
numbers = st.builds(
    lambda due, late, more, reviews, points, cancelled, minutes, months: LevelNumbers(
        completed=due + more,
        due=due,
        on_time=max(0, due - late),
        reviews=reviews,
        as_asked_sum=min(5 * reviews, reviews + points),
        cancelled=cancelled,
        answered=1,
        answer_minutes=minutes,
        months=months,
    ),
    small, small, small, small, st.integers(0, 80), st.integers(0, 9), st.integers(0, 5000), st.integers(0, 30),
)  # fmt: skip


class TestRatings:
    @given(score, score, score)
    def test_stars__are_the_nearest_whole_number_to_the_mean_of_the_three(self, one: int, two: int, three: int) -> None:
        stars = Scores(one, two, three).stars
        assert abs(stars - (one + two + three) / 3) < 0.5

    def test_scores__name_the_aspect_that_is_missing(self) -> None:
        for wrong in (None, 0, 6, 4.5, True, "5"):
            with pytest.raises(ReviewInvalidError) as caught:
                Scores.checked({"as_asked": 5, "communication": wrong, "on_time": 5})
            assert caught.value.context["field"] == "communication"

    def test_bayesian__can_be_recomputed_from_what_is_shown(self) -> None:
        found = RatingSummary(Prior(4.0, 5), distribution=(0, 0, 1, 2, 7))
        assert (found.count, found.stars_sum) == (10, 46)
        assert found.bayesian == pytest.approx((4.0 * 5 + 46) / 15)
        assert found.formula == "(4.0 * 5 + 46) / (5 + 10) = 4.40"

    def test_json_ld__has_the_plain_mean_and_nothing_without_a_review(self) -> None:
        assert RatingSummary(Prior(4.0, 5)).json_ld() is None
        found = RatingSummary(Prior(4.0, 5), distribution=(0, 0, 0, 1, 2)).json_ld()
        assert found is not None
        assert (found["ratingValue"], found["ratingCount"]) == ("4.67", 3)

    def test_mean__rounds_halves_up_in_hundredths(self) -> None:
        assert Mean(9, 2).hundredths == 450
        assert Mean(1, 200).hundredths == 1  # 0.005
        assert Mean().hundredths is None


class TestRules:
    def test_the_shipped_levels__rise_and_are_translated(self) -> None:
        assert [level.key for level in RULES.levels] == ["new", "established", "trusted", "master"]
        texts = {text for level in RULES.levels for text in (level.name, level.summary)}
        assert texts == set(SHIPPED_WORDS)

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("not toml [", "not TOML"),
            ("period_days = 365", "answer_days"),
            (
                FILE.read_text().replace("completed = 50", "completed = 5"),
                "master asks for less than trusted: completed",
            ),
            (FILE.read_text().replace('key = "master"', 'key = "new"'), "same key"),
            (FILE.read_text().replace("months = 12", "moons = 12"), "levels.3.moons"),
        ],
    )
    def test_rules_read__says_where_a_file_is_wrong(self, text: str, place: str) -> None:
        with pytest.raises(LevelRulesError, match=place):
            rules_read(text)

    def test_a_level_that_is_gone__counts_as_the_first(self) -> None:
        assert RULES.by_key("grandmaster").key == "new"
        assert RULES.after("master") is None


class TestLevels:
    def test_level_of__is_the_highest_whose_every_criterion_is_met(self) -> None:
        assert formula.level_of(RULES, LevelNumbers()).key == "new"
        assert formula.level_of(RULES, GOOD).key == "trusted"

    @pytest.mark.parametrize(
        "worse",
        [
            {"completed": 9, "due": 9, "on_time": 9},
            {"on_time": 10},
            {"as_asked_sum": 26},
            {"reviews": 4, "as_asked_sum": 20},
            {"cancelled": 2},
            {"answer_minutes": 24 * 60 + 1},
            {"months": 2},
        ],
    )
    def test_level_of__one_number_below_its_threshold_is_enough_to_miss_it(self, worse: dict[str, int]) -> None:
        found = LevelNumbers(**GOOD.as_dict() | worse)
        assert formula.level_of(RULES, found).key == "established"

    def test_level_of__meets_a_threshold_exactly(self) -> None:
        exact = LevelNumbers(10, 10, 9, 10, 45, 1, 1, 24 * 60, 3)
        assert formula.level_of(RULES, exact).key == "trusted"  # 90 %, 4.5, 1 of 11, 24 hours

    @given(numbers)
    def test_level_of__never_falls_by_an_order_on_time_with_the_best_review(self, found: LevelNumbers) -> None:
        better = what_if(found, WhatIf(on_time=1, scores=(5,)))
        assert RULES.rank(formula.level_of(RULES, better).key) >= RULES.rank(formula.level_of(RULES, found).key)

    @given(numbers)
    def test_missing__is_the_least_number_that_meets_the_criterion(self, found: LevelNumbers) -> None:
        for rule in RULES.levels:
            for measure, is_met in formula.checks(rule, found):
                more = formula.missing(measure, rule, found)
                if is_met:
                    assert more in (0, None)
                elif more is not None:
                    assert dict(formula.checks(rule, after(found, measure, more)))[measure]
                    assert not dict(formula.checks(rule, after(found, measure, more - 1)))[measure]

    @given(numbers)
    def test_orders_to_next__is_where_the_level_changes(self, found: LevelNumbers) -> None:
        report = wording.report(RULES, found)
        if report.next is None or report.orders_to_next is None:
            return
        count, place = report.orders_to_next, RULES.rank(report.next.rule.key)

        def rank(orders: int) -> int:
            then = what_if(found, WhatIf(on_time=orders, scores=(5,) * orders))
            return RULES.rank(formula.level_of(RULES, then).key)

        assert rank(count) >= place > rank(count - 1)

    def test_after_next_order__previews_what_one_more_on_time_would_do(self) -> None:
        nearly = LevelNumbers(**GOOD.as_dict() | {"completed": 9, "due": 9, "on_time": 9})
        assert formula.after_next_order(RULES, nearly).key == "trusted"
        assert formula.after_cancelling(RULES, GOOD).key == "trusted"
        twice = LevelNumbers(**GOOD.as_dict() | {"cancelled": 1})
        assert formula.after_cancelling(RULES, twice).key == "established"

    def test_report__says_what_one_has_what_is_needed_and_what_would_do_it(self) -> None:
        late = LevelNumbers(**GOOD.as_dict() | {"on_time": 10})
        row = wording.report(RULES, late).rows[2]
        criterion = next(one for one in row.criteria if one.measure is Measure.ON_TIME)
        assert (criterion.have, criterion.need) == ("83.3 % (10 of 12)", "90 % or more")
        assert criterion.missing == "8 more orders on time, one after the other"
        assert not criterion.is_met

    def test_report__never_rounds_a_number_up_to_a_threshold(self) -> None:
        almost = LevelNumbers(completed=10_000, due=10_000, on_time=8_999, reviews=1000, as_asked_sum=4499)
        row = wording.report(RULES, almost).rows[2]
        said = {one.measure: one.have for one in row.criteria}
        assert said[Measure.ON_TIME].startswith("89.9 %")
        assert said[Measure.AS_ASKED].startswith("4.49")


class TestWhatIf:
    def test_what_if__adds_and_changes_nothing_else(self) -> None:
        found = what_if(GOOD, WhatIf(on_time=2, late=1, cancelled=1, scores=(4, 5), months=1, answer_minutes=5))
        assert found == LevelNumbers(15, 15, 14, 8, 38, 1, 4, 5, 5)
        assert what_if(GOOD, WhatIf()) == GOOD

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            (WhatIf(on_time=-1), "on_time"),
            (WhatIf(late=501), "late"),
            (WhatIf(scores=(6,)), "scores"),
            (WhatIf(answer_minutes=-1), "answer_minutes"),
        ],
    )
    def test_what_if__refuses_what_nobody_can_reach(self, change: WhatIf, field: str) -> None:
        with pytest.raises(WhatIfInvalidError) as caught:
            what_if(GOOD, change)
        assert caught.value.context["field"] == field


def test_numbers__come_back_from_history_with_zero_for_what_was_not_counted_then() -> None:
    assert LevelNumbers.from_dict({"completed": 3}) == LevelNumbers(completed=3)


@pytest.mark.parametrize(
    ("since", "now", "months"),
    [
        (datetime(2027, 1, 31, 12, tzinfo=UTC), datetime(2027, 2, 28, 12, tzinfo=UTC), 0),
        (datetime(2027, 1, 31, 12, tzinfo=UTC), datetime(2027, 3, 31, 12, tzinfo=UTC), 2),
        (datetime(2026, 11, 5, 12, tzinfo=UTC), datetime(2027, 1, 5, 11, tzinfo=UTC), 1),
        (None, datetime(2027, 1, 5, tzinfo=UTC), 0),
    ],
)
def test_whole_months__counts_calendar_months(since: datetime | None, now: datetime, months: int) -> None:
    assert whole_months(since, now) == months


def after(found: LevelNumbers, measure: Measure, more: int) -> LevelNumbers:
    """The numbers with so many good things of one measure."""
    change = {
        Measure.COMPLETED: WhatIf(on_time=more),
        Measure.ON_TIME: WhatIf(on_time=more),
        Measure.AS_ASKED: WhatIf(scores=(5,) * more),
        Measure.CANCELLED: WhatIf(on_time=more),
        Measure.MONTHS: WhatIf(months=more),
    }[measure]
    return what_if(found, change)


def test_aspects__are_three_and_nothing_else_is_scored() -> None:
    assert Aspect.values == ["as_asked", "communication", "on_time"]
    assert rules.LevelRule.model_fields.keys() >= {"completed", "on_time_percent", "as_asked", "cancelled_percent"}
