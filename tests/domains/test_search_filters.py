"""Filters, their counts, orders, pages, and how few queries all of it takes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.search import ordering
from oeuvre.domains.search.candidates import TEXT, rows_of, understand
from oeuvre.domains.search.conditions import Condition
from oeuvre.domains.search.counting import counts_in_one_pass, counts_one_by_one
from oeuvre.domains.search.facets import _facets, _plan
from oeuvre.domains.search.models import SearchDocument
from oeuvre.domains.search.query import NumberRange, SearchQuery
from oeuvre.domains.search.selectors import search
from oeuvre.domains.search.services import Counts, owner_signals_put, signals_put
from oeuvre.domains.search.states import AiPolicy, Kind, Sort
from oeuvre.kit import keeping
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money
from tests.domains.search_documents import NOW, draft, find, put, put_drafts, titles
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.search.results import SearchResults

pytestmark = pytest.mark.usefixtures("embeddings")


@pytest.fixture
def shop() -> None:
    """Six documents that differ in all that can be filtered."""
    drafts = put_drafts(
        draft(
            "Harp lessons",
            category="harp",
            group="music",
            languages=("en", "pt"),
            attributes={"level": ["Beginner", "Advanced"], "hours": [4], "by_video": [True]},
            skills=("harp", "teaching"),
            price=Money(4_000),
            days=3,
            ai_policy=AiPolicy.NONE,
        ),
        draft(
            "Harp recordings",
            category="harp",
            group="music",
            attributes={"level": ["Advanced"], "hours": [20], "by_video": [False]},
            skills=("harp",),
            price=Money(16_000),
            days=14,
            ai_policy=AiPolicy.ASSISTED,
        ),
        draft("Lute lessons", category="lute", group="music", price=Money(5_000), days=7, ai_policy=AiPolicy.NONE),
        draft("Harp drawings", category="drawing", group="art", price=Money(9_000), days=1, instant=True),
        draft("Harp prose", kind=Kind.MODEL, price=Money(300), days=0, instant=True, ai_policy=AiPolicy.GENERATED),
        draft("Hans Harper plays the harp", kind=Kind.FREELANCER, price=None, days=None, languages=("de",)),
    )
    owner_signals_put(owner_id=drafts[0].owner_id, completed=12, level="senior")


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"kinds": (Kind.MODEL,)}, {"Harp prose"}),
        ({"kinds": (Kind.MODEL, Kind.FREELANCER)}, {"Harp prose", "Hans Harper plays the harp"}),
        ({"group": "music"}, {"Harp lessons", "Harp recordings"}),
        ({"category": "drawing"}, {"Harp drawings"}),
        ({"attributes": (("level", ("Advanced",)),)}, {"Harp lessons", "Harp recordings"}),
        ({"attributes": (("level", ("Beginner", "Expert")),)}, {"Harp lessons"}),
        ({"attributes": (("level", ("Advanced",)), ("by_video", ("yes",)))}, {"Harp lessons"}),
        ({"numbers": (("hours", NumberRange(4, 10)),)}, {"Harp lessons"}),
        ({"numbers": (("hours", NumberRange(low=5)),)}, {"Harp recordings"}),
        ({"skills": ("teaching", "cooking")}, {"Harp lessons"}),
        ({"price_from": 4_000, "price_to": 9_000}, {"Harp lessons", "Harp drawings"}),
        ({"price_to": 300}, {"Harp prose"}),
        ({"days": 1}, {"Harp drawings", "Harp prose"}),
        ({"languages": ("pt", "de")}, {"Harp lessons", "Hans Harper plays the harp"}),
        ({"ai_policies": (AiPolicy.NONE,)}, {"Harp lessons"}),
        ({"levels": ("senior",)}, {"Harp lessons"}),
        ({"instant": True}, {"Harp drawings", "Harp prose"}),
        ({"instant": True, "kinds": (Kind.GIG,)}, {"Harp drawings"}),
        ({"live_after": NOW}, set()),
    ],
)
@pytest.mark.parametrize("text", ["harp", ""])
def test_search__shows_only_what_passes_the_filter(
    shop: None, text: str, filters: dict[str, Any], wanted: set[str]
) -> None:
    found = find(text, **filters)
    assert {title for title in titles(found) if title != "Lute lessons"} == wanted
    assert found.total == len(found.hits)


def test_search__heeds_prices_in_the_installations_currency_alone() -> None:
    put("Harp by post", price=Money(100, "JPY"))
    assert find("harp", price_to=1_000).total == 0


def counts(found: SearchResults, name: str) -> dict[str, int]:
    assert found.facets
    return {value.value: value.count for value in found.facets.values.get(name, ())}


def test_facets__count_what_each_value_would_leave(shop: None) -> None:
    found = find("harp")
    assert counts(found, "kind") == {"gig": 3, "model": 1, "freelancer": 1}
    assert counts(found, "group") == {"music": 2, "art": 1}
    assert counts(found, "language") == {"en": 4, "pt": 1, "de": 1}
    assert counts(found, "ai") == {"none": 1, "assisted": 1, "generated": 1}
    assert counts(found, "level") == {"senior": 1}
    assert counts(found, "instant") == {"yes": 2}
    assert counts(found, "days") == {"1": 2, "3": 3, "7": 3, "14": 4, "30": 4}
    assert counts(found, "a.level") == counts(found, "skill") == {}, "attributes say nothing across groups"
    assert found.facets
    assert (found.facets.price_low, found.facets.price_high) == (Money(300), Money(16_000))


def test_facets__of_a_group_are_its_leaves_and_attributes(shop: None) -> None:
    found = find(group="music")
    assert counts(found, "category") == {"harp": 2, "lute": 1}
    assert counts(found, "group") == {}
    assert counts(found, "a.level") == {"Advanced": 2, "Beginner": 1}
    assert counts(found, "skill") == {"harp": 2, "teaching": 1}
    assert counts(find("harp", skills=("harp",)), "a.level") == {"Advanced": 2, "Beginner": 1}
    assert counts(find(), "group") == {"music": 3, "art": 1}


@pytest.mark.parametrize(
    "query",
    [
        SearchQuery(text="harp"),
        SearchQuery(text="harp", kinds=(Kind.GIG,), price_to=9_000),
        SearchQuery(group="music", category="harp", attributes=(("level", ("Beginner",)), ("by_video", ("yes",)))),
        SearchQuery(text="harp", instant=True, days=1, ai_policies=(AiPolicy.GENERATED,)),
        SearchQuery(group="music", languages=("pt",), skills=("harp",), levels=("senior",)),
    ],
)
def test_facets__choosing_a_value_gives_what_it_promised(shop: None, query: SearchQuery) -> None:
    """Each count, checked by making the search: the filter's other values given up, everything else as it is."""
    found = search(actor=Actor.anonymous(), query=query)
    assert found.facets
    checked = 0
    for name, values in found.facets.values.items():
        for value in values:
            params = {key: given for key, given in query.to_params().items() if key != name} | {name: [value.value]}
            chosen = search(actor=Actor.anonymous(), query=SearchQuery.from_params(params))
            assert chosen.total == value.count, f"{name}={value.value}"
            assert value.chosen == (value.value in query.to_params().get(name, []))
            checked += 1
    assert checked > 8


@pytest.mark.parametrize(
    "query",
    [
        SearchQuery(),
        SearchQuery(languages=("en",)),
        SearchQuery(days=7, ai_policies=(AiPolicy.NONE, AiPolicy.ASSISTED)),
        SearchQuery(group="music", price_to=9_000),
        SearchQuery(group="music", category="harp", attributes=(("level", ("Beginner",)),), skills=("harp",)),
        SearchQuery(kinds=(Kind.GIG,), levels=("senior",), numbers=(("hours", NumberRange(1, 9)),)),
    ],
)
def test_facets__are_the_same_whether_counted_in_one_pass_or_one_by_one(shop: None, query: SearchQuery) -> None:
    asked = understand(query)
    everything = Condition(TEXT, "document.id > %s", (0,))
    in_one_pass = _facets(query, (1, 3), rows_of(*counts_in_one_pass(_plan(asked, everything))))
    assert in_one_pass == _facets(query, (1, 3), rows_of(*counts_one_by_one(_plan(asked, None))))
    assert in_one_pass.values["kind"]


def test_facets__without_words_are_kept_for_a_minute_unless_this_process_puts_something(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr("oeuvre.kit.keeping.time.monotonic", lambda: now)
    assert counts(find(), "group") == counts(find(sort=Sort.PRICE), "group") == {"music": 3, "art": 1}
    SearchDocument.objects.filter(category="lute").delete()  # as another process would
    assert counts(find(), "group") == {"music": 3, "art": 1}
    assert counts(find(group="music"), "category") == {"harp": 2}
    now += keeping.SECONDS + 1
    assert counts(find(), "group") == {"music": 2, "art": 1}
    put("Viol lessons", group="music")
    assert counts(find(), "group") == {"music": 3, "art": 1}


def test_facets__of_words_are_counted_each_time(shop: None) -> None:
    assert counts(find("lessons"), "group") == {"music": 2}
    SearchDocument.objects.filter(category="lute").delete()
    assert counts(find("lessons"), "group") == {"music": 1}


def test_facets__keep_a_chosen_value_that_leaves_nothing(shop: None) -> None:
    assert counts(find("harp", languages=("fr",)), "language")["fr"] == 0


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        (Sort.PRICE, ["Harp prose", "Harp lessons", "Harp drawings", "Harp recordings", "Hans Harper plays the harp"]),
        (
            Sort.DELIVERY,
            ["Harp prose", "Harp drawings", "Harp lessons", "Harp recordings", "Hans Harper plays the harp"],
        ),
    ],
)
def test_search__sorts_by_price_and_by_delivery_with_the_unknown_last(shop: None, sort: Sort, first: list[str]) -> None:
    assert titles(find("harp", sort=sort)) == first


def test_search__sorts_by_rating_where_one_good_review_is_worth_less_than_many() -> None:
    one, many, _none, bad = put("One", "Many", "None", "Bad")
    for one_draft, count, stars in ((one, 1, 5), (many, 40, 4.9), (bad, 10, 2)):
        counted = Counts(rating_sum=round(count * stars), rating_count=count)
        signals_put(kind=Kind.GIG, ref_id=one_draft.ref_id, counts=counted)
    assert titles(find(sort=Sort.RATING)) == ["Many", "One", "None", "Bad"]


def test_search__sorts_by_what_is_newest() -> None:
    put_drafts(*(draft(f"{days} days old", live_since=NOW - timedelta(days=days)) for days in (3, 1, 2)))
    assert titles(find(sort=Sort.NEWEST)) == ["1 days old", "2 days old", "3 days old"]


@pytest.mark.parametrize("sort", [Sort.BEST, Sort.PRICE])
@pytest.mark.parametrize("text", ["harp", ""])
def test_search__pages_without_gaps_or_repetitions(sort: Sort, text: str) -> None:
    put(*(f"Harp {number:02}" for number in range(23)))

    def page(number: int | str | None) -> SearchResults:
        query = SearchQuery(text=text, sort=sort)
        return search(actor=Actor.anonymous(), query=query, page=number, per_page=10)

    pages = [page(number) for number in (1, 2, 3)]
    shown = [hit for found in pages for hit in found.hits]
    assert len({hit.ref_id for hit in shown}) == 23
    assert [hit.place for hit in shown] == list(range(1, 24))
    assert {(found.total, found.page.pages, found.page.total) for found in pages} == {(23, 3, 23)}
    assert [hit.place for hit in page(99).hits] == [21, 22, 23]
    assert page("x").page.number == page(None).page.number == page(-4).page.number == 1


def test_search__of_an_empty_index_is_empty() -> None:
    for query in (SearchQuery(), SearchQuery(text="harp"), SearchQuery(sort=Sort.NEWEST)):
        found = search(actor=Actor.anonymous(), query=query, page=3)
        assert (found.hits, found.total, found.page.number, found.page.pages) == ((), 0, 1, 1)


def test_search__lets_nobody_page_to_the_end_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "MOST_REACHED", 4)
    put(*(f"Harp {number}" for number in range(9)))
    found = search(actor=Actor.anonymous(), query=SearchQuery(sort=Sort.PRICE), page=50, per_page=2)
    assert (found.page.number, found.page.total, found.total) == (2, 4, 9)


@pytest.mark.parametrize(
    ("query", "most"),
    [
        (SearchQuery(), 3),
        (SearchQuery(sort=Sort.PRICE, group="music"), 3),
        (SearchQuery(text="harp lessons"), 5),
        (SearchQuery(text="hrap lesons", price_to=10_000), 6),
        (SearchQuery(text="harp zzzzzz", kinds=(Kind.GIG,)), 7),
    ],
)
def test_search__takes_few_queries_however_much_it_finds(
    shop: None, query: SearchQuery, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    put(*(f"Harp lessons {number}" for number in range(30)), group="music")
    with django_assert_max_num_queries(most):
        found = search(actor=Actor.anonymous(), query=query)
    assert len(found.hits) > 3
