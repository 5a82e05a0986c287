"""A search as one value: what its parameters may be, and that they come back as they were."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from oeuvre.domains.search.errors import SearchQueryInvalidError
from oeuvre.domains.search.query import NumberRange, SearchQuery
from oeuvre.domains.search.states import AiPolicy, Kind, Sort

FULL = (
    "q=lino+cut&kind=gig&kind=model&group=art&category=print&a.tool=Flux&a.tool=Krita+AI&a.words.from=100&a.words.to=2.5e3"
    "&skill=lino&price_from=10&price_to=49.50&days=7&language=pt&language=en&ai=none&level=senior&instant=yes"
    "&sort=price&exact=1&page=3&utm_source=x"
)


def test_from_params__reads_every_parameter_and_leaves_others_alone() -> None:
    assert SearchQuery.from_params(QueryDict(FULL)) == SearchQuery(
        text="lino cut",
        kinds=(Kind.GIG, Kind.MODEL),
        group="art",
        category="print",
        attributes=(("tool", ("Flux", "Krita AI")),),
        numbers=(("words", NumberRange(100, 2500)),),
        skills=("lino",),
        price_from=1_000,
        price_to=4_950,
        days=7,
        languages=("en", "pt"),
        ai_policies=(AiPolicy.NONE,),
        levels=("senior",),
        instant=True,
        sort=Sort.PRICE,
        as_written=True,
    )


def test_from_params__takes_dictionaries_as_json_has_them() -> None:
    assert SearchQuery.from_params({"q": "sea", "kind": ["gig"]}) == SearchQuery(text="sea", kinds=(Kind.GIG,))


def test_from_params__of_nothing_asks_for_nothing() -> None:
    query = SearchQuery.from_params(QueryDict("q=&kind=&price_to=&a.tool=&sort=best&instant=no"))
    assert query == SearchQuery()
    assert query.is_empty
    assert query.to_params() == {}
    assert SearchQuery(sort=Sort.PRICE).is_empty
    assert not SearchQuery(days=0).is_empty


def test_to_params__gives_back_what_was_read() -> None:
    query = SearchQuery.from_params(QueryDict(FULL))
    assert SearchQuery.from_params(QueryDict(urlencode(query.to_params(), doseq=True))) == query
    assert SearchQuery.from_params(query.to_params()) == query


KEYS = st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30)
NUMBERS = st.floats(-1e6, 1e6) | st.none()


def several(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(values, max_size=4).map(lambda found: tuple(sorted(found)))


def by_key(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    return st.dictionaries(KEYS, values, max_size=3).map(lambda found: tuple(sorted(found.items(), key=lambda i: i[0])))


QUERIES = st.builds(
    SearchQuery,
    text=st.lists(VALUES, max_size=5).map(" ".join),
    kinds=st.sets(st.sampled_from(Kind)).map(lambda found: tuple(kind for kind in Kind if kind in found)),
    group=KEYS | st.just(""),
    category=KEYS | st.just(""),
    attributes=by_key(several(VALUES).filter(bool)),
    numbers=by_key(
        st.tuples(NUMBERS, NUMBERS)
        .filter(lambda ends: ends != (None, None) and (None in ends or ends[0] <= ends[1]))
        .map(lambda ends: NumberRange(*ends))
    ),
    skills=several(KEYS),
    price_to=st.integers(0, 10**8) | st.none(),
    days=st.integers(0, 999) | st.none(),
    languages=several(KEYS),
    instant=st.booleans(),
    sort=st.sampled_from(Sort),
)


@given(QUERIES)
def test_params__of_any_search_read_back_as_the_same_search(query: SearchQuery) -> None:
    assert SearchQuery.from_params(QueryDict(urlencode(query.to_params(), doseq=True))) == query


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ("q=" + "x" * 201, "q"),
        ("kind=shop", "kind"),
        ("sort=fastest", "sort"),
        ("ai=some", "ai"),
        ("category=a+b", "category"),
        ("category=%27", "category"),
        ("group=" + "x" * 61, "group"),
        ("a.to/ol=x", "a.to/ol"),
        ("a.tool=" + "x" * 81, "a.tool"),
        ("a.words.from=many", "a.words.from"),
        ("a.words.from=nan", "a.words.from"),
        ("a.words.to=1e99", "a.words.to"),
        ("a.words.from=9&a.words.to=3", "a.words.from"),
        ("price_from=-1", "price_from"),
        ("price_to=1e999999999", "price_to"),
        ("price_to=12.345", "price_to"),
        ("price_to=Infinity", "price_to"),
        ("price_from=20&price_to=10", "price_to"),
        ("days=soon", "days"),
        ("days=" + "9" * 5000, "days"),
        ("days=²", "days"),
        ("instant=maybe", "instant"),
        ("&".join(f"language=x{number}" for number in range(21)), "language"),
        ("&".join(f"a.x{number}=1" for number in range(21)), "attributes"),
    ],
)
def test_from_params__refuses_what_cannot_be_and_names_it(params: str, field: str) -> None:
    with pytest.raises(SearchQueryInvalidError) as refused:
        SearchQuery.from_params(QueryDict(params))
    assert refused.value.context["field"] == field
    assert refused.value.message.endswith(".")


def test_from_params__takes_control_characters_and_halves_of_characters_out() -> None:
    assert SearchQuery.from_params({"q": "a\x00b \ud800c\n\td"}).text == "ab c d"


def test_from_params__reads_amounts_in_a_currency_without_cents(settings: Any) -> None:
    settings.CURRENCY = "JPY"
    query = SearchQuery.from_params({"price_to": "1200"})
    assert query.price_to == 1_200
    assert query.to_params() == {"price_to": ["1200"]}
    with pytest.raises(SearchQueryInvalidError):
        SearchQuery.from_params({"price_to": "12.5"})
