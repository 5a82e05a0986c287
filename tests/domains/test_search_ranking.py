"""The order: each signal's arithmetic, newcomers' places, why something is where it is, and the download that proves it."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.search import ranking, services
from oeuvre.domains.search.errors import DocumentNotFoundError
from oeuvre.domains.search.fusion import newcomers_placed
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.ranking import Signals
from oeuvre.domains.search.selectors import results_csv, results_json, why
from oeuvre.domains.search.services import Counts
from oeuvre.domains.search.states import Kind, Sort
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money
from tests.domains.search_documents import NOW, draft, find, put, put_drafts, titles
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.clock import Clock

if TYPE_CHECKING:
    from oeuvre.domains.search.services import DocumentDraft
    from tests.support.fake_embeddings import FakeEmbeddings

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook" / "search.md"
NOBODY = Actor.anonymous()


def value(name: str, **signals: int) -> float:
    return next(one.value for one in ranking.signal_values(Signals(**signals)) if one.name == name)


def test_quality__is_the_bayesian_average_between_one_and_five_stars() -> None:
    assert value("quality") == pytest.approx(0.75)  # five reviews of four stars, before there is any
    assert value("quality", rating_sum=25, rating_count=5) == pytest.approx((4.5 - 1) / 4)
    assert value("quality", rating_sum=500, rating_count=100) > 0.98
    assert value("quality", rating_sum=100, rating_count=100) < 0.04


def test_experience__grows_with_the_logarithm_of_orders_up_to_fifty() -> None:
    assert value("experience") == 0
    assert value("experience", completed=9) == pytest.approx(math.log(10) / math.log(51))
    assert value("experience", completed=50) == value("experience", completed=5_000) == 1


def test_punctuality__begins_at_four_in_five_and_follows_the_orders() -> None:
    assert value("punctuality") == pytest.approx(0.8)
    assert value("punctuality", on_time=5, due=5) == pytest.approx(0.9)
    assert value("punctuality", on_time=0, due=95) == pytest.approx(0.04)


def test_freshness__falls_to_nothing_in_twenty_six_weeks() -> None:
    assert [value("freshness", fresh_weeks=weeks) for weeks in (0, 13, 26)] == [1, 0.5, 0]


def test_prior__can_raise_a_score_by_less_than_half() -> None:
    best = Signals(rating_sum=10**6 * 5, rating_count=10**6, completed=50, on_time=10**6, due=10**6)
    assert ranking.prior(best) == pytest.approx(1.45, abs=1e-4)
    worst = Signals(rating_sum=10**6, rating_count=10**6, due=10**6, fresh_weeks=26)
    assert ranking.prior(worst) == pytest.approx(1, abs=1e-4)


def test_handbook__states_every_constant_of_the_formula() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", HANDBOOK.read_text(), re.MULTILINE))
    assert {name: float(number) for name, number in table.items()} == ranking.as_download()


# The newcomers' share


def order(*, new: set[int], count: int = 30) -> list[int]:
    return [one.item for one in newcomers_placed(range(count), is_new=lambda item: item in new)]


def test_newcomers__get_the_eighth_place_where_none_is_before() -> None:
    assert order(new={20})[:9] == [0, 1, 2, 3, 4, 5, 6, 20, 7]
    assert order(new={20, 25, 28})[7::8] == [20, 25, 28]


def test_newcomers__are_moved_by_nobody_who_is_well_placed_already() -> None:
    assert order(new={3, 12, 20, 29})[:28] == list(range(28))
    assert order(new=set()) == list(range(30))
    assert order(new=set(range(30))) == list(range(30))


def test_newcomers__lose_and_repeat_nobody() -> None:
    placed = newcomers_placed(range(100), is_new=lambda item: item > 70)
    assert sorted(one.item for one in placed) == list(range(100))
    assert [one.place for one in placed] == list(range(1, 101))
    assert all(one.by_score == one.item + 1 for one in placed)
    runs = [placed[start : start + 8] for start in range(0, 96, 8)]
    assert all(any(one.item > 70 for one in run) for run in runs)
    veterans = [one.item for one in placed if one.item <= 70]
    assert veterans == sorted(veterans)


def veterans(count: int, **parts: Any) -> list[DocumentDraft]:
    """Gigs of people who have been here for long, with better reviews than anybody new can have."""
    drafts = put(*(f"Harp {number}" for number in range(count)), **parts)
    for one in drafts:
        services.signals_put(kind=one.kind, ref_id=one.ref_id, counts=Counts(500, 100, 40, 40, 40))
        services.owner_signals_put(owner_id=one.owner_id, completed=40)
    return drafts


@pytest.mark.usefixtures("embeddings")
@pytest.mark.parametrize("text", ["", "harp"])
def test_search__shows_a_newcomer_among_the_first_eight(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    Clock(monkeypatch, NOW)
    veterans(12)
    put("Harp by somebody new")
    found = find(text)
    assert titles(found).index("Harp by somebody new") == 7
    hit = found.hits[7]
    assert (hit.place, hit.by_score, hit.is_newcomer) == (8, 13, True)
    assert not any(other.is_newcomer for other in found.hits if other is not hit)


@pytest.mark.usefixtures("embeddings")
def test_search__of_a_whole_catalogue_shows_newcomers_from_beyond_what_is_ranked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Clock(monkeypatch, NOW)
    monkeypatch.setattr("oeuvre.domains.search.candidates.TEXT_DEPTH", 16)
    veterans(20)
    put("Harp by somebody new")
    assert titles(find())[7] == "Harp by somebody new"


@pytest.mark.usefixtures("embeddings")
def test_search__takes_nobody_for_a_newcomer_twelve_weeks_later(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, NOW)
    put("Harp")
    assert find().hits[0].is_newcomer
    clock.move(weeks=12)
    services.signals_refresh()
    assert not find().hits[0].is_newcomer


# Signals are pushed


@pytest.mark.usefixtures("embeddings")
def test_signals_put__moves_what_is_as_relevant_and_reaches_paused_things(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, NOW)
    first, second = put("Harp lessons", "Harp lessons")
    before = [hit.ref_id for hit in find("harp").hits]
    loser = next(one for one in (first, second) if one.ref_id == before[1])
    services.document_withdraw(kind=loser.kind, ref_id=loser.ref_id)
    services.signals_put(kind=loser.kind, ref_id=loser.ref_id, counts=Counts(50, 10, 10, 10, 10))
    put_drafts(loser)
    found = find("harp")
    assert [hit.ref_id for hit in found.hits] == before[::-1]
    assert found.hits[0].inputs.signals == Signals(50, 10, 10, 10, 10, 0, 0, 0)
    assert found.hits[0].rating == pytest.approx(70 / 15)


@pytest.mark.usefixtures("embeddings")
def test_owner_signals_put__counts_for_all_that_a_freelancer_offers_now_and_later() -> None:
    (first,) = put("Harp lessons")
    services.owner_signals_put(owner_id=first.owner_id, completed=9, level="senior")
    put("Lute lessons", owner_id=first.owner_id)
    assert {(hit.level, hit.inputs.signals.owner_completed) for hit in find().hits} == {("senior", 9)}


@pytest.mark.usefixtures("embeddings")
def test_signals_refresh__counts_whole_weeks_and_touches_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, NOW)
    put_drafts(draft("Old", live_since=NOW - timedelta(weeks=300)), draft("New"))
    clock.move(days=20)
    services.signals_refresh()
    weeks = {hit.title: hit.inputs.signals.fresh_weeks for hit in find().hits}
    assert weeks == {"Old": 26, "New": 2}
    assert services.signals_refresh() == 1, "the newcomer's own weeks go on"


# Why here


@pytest.fixture
def library(embeddings: FakeEmbeddings, monkeypatch: pytest.MonkeyPatch) -> list[DocumentDraft]:
    """Thirty gigs of many standings, two of them by newcomers."""
    Clock(monkeypatch, datetime(2027, 6, 1, tzinfo=UTC))
    names = ["harp", "lute", "viol", "drum", "horn", "flute", "lyre", "bell", "gong", "pipe"]
    drafts = [
        draft(
            f"Harp and {name} {number}",
            body="harp " * (number % 4),
            live_since=datetime(2027, 6, 1, tzinfo=UTC) - timedelta(weeks=3 * number + 13),
            price=Money(1_000 * (number + 1)),
        )
        for number, name in enumerate(names * 3)
    ]
    drafts += [draft("Harp, somebody new", live_since=datetime(2027, 5, 30, tzinfo=UTC))]
    put_drafts(*drafts)
    for number, one in enumerate(drafts[:-1]):
        counted = Counts(4 * number, number, 3 * number, 2 * number, 3 * number)
        services.signals_put(kind=one.kind, ref_id=one.ref_id, counts=counted)
        services.owner_signals_put(owner_id=one.owner_id, completed=3 * number)
    return drafts


def recomputed(row: dict[str, Any], formula: dict[str, Any], *, has_words: bool) -> float:
    """The score, by the handbook, from one line of a download and nothing else."""
    rating = (row["rating_sum"] + formula["quality_prior_mean"] * formula["quality_prior_reviews"]) / (
        row["rating_count"] + formula["quality_prior_reviews"]
    )
    on_time = (row["on_time"] + formula["punctuality_prior_share"] * formula["punctuality_prior_orders"]) / (
        row["due"] + formula["punctuality_prior_orders"]
    )
    orders = min(row["completed"], formula["experience_full_at"])
    raised = (
        formula["quality_weight"] * (rating - 1) / 4
        + formula["experience_weight"] * math.log(1 + orders) / math.log(1 + formula["experience_full_at"])
        + formula["punctuality_weight"] * on_time
        + formula["freshness_weight"] * max(0, 1 - row["fresh_weeks"] / formula["freshness_weeks"])
    )
    ranks = [rank for rank in (row["text_rank"], row["meaning_rank"]) if rank is not None]
    fused = sum(1 / (formula["k"] + rank) for rank in ranks) if has_words else 1
    return fused * (1 + raised)


def reordered(rows: list[dict[str, Any]], formula: dict[str, Any]) -> list[str]:
    """The order by score with the newcomers' share, by the handbook."""

    def is_new(row: dict[str, Any]) -> bool:
        few = row["owner_completed"] < formula["newcomers_orders_below"]
        return bool(few and row["owner_weeks"] < formula["newcomers_weeks"])

    left = sorted(rows, key=lambda row: row["by_score"])
    placed: list[dict[str, Any]] = []
    one_in = int(formula["newcomers_one_in"])
    while left:
        is_last_of_run = len(placed) % one_in == one_in - 1
        owed = is_last_of_run and not any(is_new(row) for row in placed[-(one_in - 1) :])
        chosen = next((row for row in left if is_new(row)), left[0]) if owed else left[0]
        left.remove(chosen)
        placed.append(chosen)
    return [row["ref_id"] for row in placed]


def check_download(rows: list[dict[str, Any]], formula: dict[str, Any], *, has_words: bool) -> None:
    for row in rows:
        assert recomputed(row, formula, has_words=has_words) == pytest.approx(row["score"], rel=1e-12)
    by_score = sorted(rows, key=lambda row: row["by_score"])
    assert [row["score"] for row in by_score] == sorted((row["score"] for row in rows), reverse=True)
    assert reordered(rows, formula) == [row["ref_id"] for row in rows]
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("text", ["harp flute", "harp", "flute", ""])
def test_download__is_enough_to_compute_every_score_and_the_order(text: str) -> None:
    found = json.loads(json.dumps(results_json(actor=NOBODY, query=SearchQuery(text=text))))
    assert len(found["hits"]) >= (3 if text == "flute" else 31)
    check_download(found["hits"], found["formula"], has_words=found["has_words"])
    assert found["params"] == ({"q": [text]} if text else {})


@pytest.mark.usefixtures("library")
def test_download__as_a_table_is_enough_as_well() -> None:
    text = results_csv(actor=NOBODY, query=SearchQuery(text="harp flute"))
    texts = ("ref_id", "kind", "title", "is_newcomer", "has_words")
    rows = [
        {name: cell if name in texts else (float(cell) if cell else None) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]
    assert len(rows) == 31
    check_download(rows, rows[0], has_words=rows[0]["has_words"] == "True")


@pytest.mark.usefixtures("embeddings")
def test_download__carries_no_formulas_into_a_spreadsheet() -> None:
    put('=HYPERLINK("http://x")')
    assert "'=HYPERLINK" in results_csv(actor=NOBODY, query=SearchQuery())
    assert results_csv(actor=NOBODY, query=SearchQuery(category="none")) == ""


@pytest.mark.parametrize("text", ["harp flute", ""])
def test_why__adds_up_to_the_score_that_the_hit_had(library: list[DocumentDraft], text: str) -> None:
    for hit in find(text).hits:
        reason = why(actor=NOBODY, query=SearchQuery(text=text, sort=Sort.PRICE), kind=hit.kind, ref_id=hit.ref_id)
        assert reason.score == pytest.approx(hit.score, rel=1e-12)
        base = sum(term.value for term in reason.fused) if text else 1
        raised = sum(term.value for term in reason.signal_terms)
        assert base * (1 + raised) == pytest.approx(hit.score, rel=1e-12)
        assert (reason.place, reason.by_score, reason.excluded_by) == (hit.place, hit.by_score, ())
        assert reason.inputs.signals == hit.inputs.signals
        assert [term.name for term in reason.signal_terms] == ["quality", "experience", "punctuality", "freshness"]


def arithmetic_holds(text: str) -> None:
    """``… = …`` says the truth, up to the digits that it shows."""
    left, right = text.replace(ranking_times(), "*").replace("ln(", "math.log(").rsplit(" = ", 1)
    assert eval(left.rsplit("; ", 1)[-1], {"math": math}) == pytest.approx(float(right), abs=2e-4)  # noqa: S307


def ranking_times() -> str:
    return "\N{MULTIPLICATION SIGN}"


def test_why__shows_arithmetic_that_is_right(library: list[DocumentDraft]) -> None:
    one = library[7]
    reason = why(actor=NOBODY, query=SearchQuery(text="harp"), kind=one.kind, ref_id=one.ref_id)
    for term in (*reason.fused, *reason.signal_terms):
        if " = " in term.arithmetic:
            arithmetic_holds(term.arithmetic)
    arithmetic_holds(reason.arithmetic)
    quality = reason.signal_terms[0].arithmetic
    assert quality.startswith(f"(28 + 4 {ranking_times()} 5) / (7 + 5) = 4.0000; (4.0000 - 1) / 4")


def test_why__says_which_filters_keep_something_out_and_its_true_ranks(library: list[DocumentDraft]) -> None:
    dear = library[29]
    query = SearchQuery(text="harp", price_to=5_000, languages=("en",), days=2)
    reason = why(actor=NOBODY, query=query, kind=dear.kind, ref_id=dear.ref_id)
    assert (reason.place, reason.excluded_by) == (None, ("price", "days"))
    assert (
        why(actor=NOBODY, query=SearchQuery(text="cello"), kind=dear.kind, ref_id=dear.ref_id).inputs.text_rank is None
    )


def test_why__counts_nothing_for_ranks_below_what_is_fused(
    library: list[DocumentDraft], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [hit.ref_id for hit in find("harp").hits]
    for name in ("candidates.by_words.__kwdefaults__", "candidates.by_meaning.__kwdefaults__"):
        module, function, _ = name.split(".")
        target = getattr(__import__(f"oeuvre.domains.search.{module}", fromlist=[module]), function)
        monkeypatch.setitem(target.__kwdefaults__, "depth", 5)
    for name in ("TEXT_DEPTH", "MEANING_DEPTH"):
        monkeypatch.setattr(f"oeuvre.domains.search.explaining.{name}", 5)
    shown = {hit.ref_id for hit in find("harp").hits}
    hidden = next(ref_id for ref_id in ids if ref_id not in shown)
    reason = why(actor=NOBODY, query=SearchQuery(text="harp"), kind=Kind.GIG, ref_id=hidden)
    assert (reason.place, reason.score) == (None, 0)
    assert reason.inputs.text_rank
    assert reason.inputs.text_rank > 5
    assert reason.fused[0].arithmetic == f"{reason.inputs.text_rank} > 5: 0"


@pytest.mark.usefixtures("embeddings")
def test_why__knows_nothing_of_what_is_not_in_the_index() -> None:
    (one,) = put("Harp")
    services.document_withdraw(kind=one.kind, ref_id=one.ref_id)
    with pytest.raises(DocumentNotFoundError):
        why(actor=NOBODY, query=SearchQuery(), kind=one.kind, ref_id=one.ref_id)
