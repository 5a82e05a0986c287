"""Searching by words: weights, languages, all words before some, typing mistakes. Nobody embeds anything here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.search import services
from oeuvre.domains.search.models import SearchTerm
from oeuvre.domains.search.results import MeaningState
from oeuvre.domains.search.spelling import vocabulary
from oeuvre.domains.search.wording import wording_of
from tests.domains.search_documents import draft, find, put, put_drafts, titles
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)

if TYPE_CHECKING:
    from tests.support.fake_embeddings import FakeEmbeddings


@pytest.fixture(autouse=True)
def no_meaning(embeddings: FakeEmbeddings) -> None:
    embeddings.away = True


def test_search__ranks_a_word_in_the_title_before_aliases_summary_and_body() -> None:
    put_drafts(
        draft("Bread baking", body="A watercolour as well."),
        draft("Portrait in watercolour"),
        draft("Painting", summary="In watercolour."),
        draft("Drawing", aliases=("watercolour",)),
    )
    found = find("watercolour")
    assert titles(found) == ["Portrait in watercolour", "Drawing", "Painting", "Bread baking"]
    assert [hit.inputs.text_rank for hit in found.hits] == [1, 2, 3, 4]
    assert found.total == 4
    assert found.meaning is MeaningState.UNAVAILABLE


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("en", "Illustrations for a magazine", "illustrating magazines"),
        ("pt", "Ilustração de revistas", "ilustrações para revista"),
        ("pt-BR", "Ilustração de revistas", "ilustracao"),
        ("pt", "Ilustracao de revistas", "ilustração"),
        ("de", "Häuser zeichnen", "Haus Häusern zeichnet"),
        ("xx", "Qapla batlh", "QAPLA"),
    ],
)
def test_search__stems_in_the_language_of_the_document(language: str, title: str, text: str) -> None:
    put(title, language=language)
    put("Something else in English", "Another thing in English")
    put("Outra coisa em português", language="pt")
    assert title in titles(find(text))[:1]


def test_search__shows_what_holds_all_words_before_what_holds_some() -> None:
    put("Logo for a bakery", "Bakery photographs", "Logo and letterhead", "Speech for a wedding")
    found = find("bakery logo")
    assert titles(found)[0] == "Logo for a bakery"
    assert set(titles(found)) == {"Logo for a bakery", "Bakery photographs", "Logo and letterhead"}
    assert not found.all_words


def test_search__leaves_some_words_alone_where_enough_documents_hold_all() -> None:
    put(*(f"Logo for bakery {number}" for number in range(10)), "Bakery photographs")
    found = find("bakery logo")
    assert (found.total, found.all_words) == (10, True)


def test_search__does_not_fall_back_because_a_filter_leaves_few() -> None:
    put(*(f"Logo for bakery {number}" for number in range(10)), category="logos")
    put("Logo for a bakery van", "Bakery photographs", category="vans")
    found = find("bakery logo", category="vans")
    assert titles(found) == ["Logo for a bakery van"]


def test_search__asks_for_the_rarer_words_where_all_are_not_held() -> None:
    put(*(f"Design {number}" for number in range(12)))
    put("Design of a harp")
    services.terms_count()
    found = find("unheard harp design", as_written=True)
    assert titles(found)[0] == "Design of a harp"


def test_search__leaves_out_what_is_excluded_and_keeps_phrases_together() -> None:
    put("Portrait of a running horse", "Portrait of a cat", "Horse portrait, not running")
    assert set(titles(find("portrait -cats"))) == {"Portrait of a running horse", "Horse portrait, not running"}
    assert titles(find('"running horse"')) == ["Portrait of a running horse"]
    assert len(find('portrait -"running horse"').hits) == 2
    assert find('"horse running"').total == 0
    assert set(titles(find("cat or horse"))) == {
        "Portrait of a running horse",
        "Portrait of a cat",
        "Horse portrait, not running",
    }


def test_search__of_excluded_words_alone_shows_everything_else() -> None:
    put("Portrait of a cat", "Portrait of a horse")
    assert titles(find("-cat")) == ["Portrait of a horse"]


@pytest.mark.parametrize("text", ["the of and", "!!! & | :* <->", "'); DROP TABLE--", '"', "-", "a" * 200, "\\"])
def test_search__of_what_is_no_word_finds_nothing_and_fails_nowhere(text: str) -> None:
    put("Portrait of a cat")
    assert find(text).total in (0, 1)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wattercolour portrait", "watercolour portrait"),
        ("watercolour protrait", "watercolour portrait"),
        ("ilustraçao", "ilustração"),
        ("chatbto", "chatbot"),
        ("Chatbott for shops", "chatbot for shops"),
    ],
)
def test_search__puts_typing_mistakes_right_and_says_so(typed: str, meant: str) -> None:
    put("Watercolour portrait", "Chatbot for shops")
    put("Ilustração", language="pt")
    found = find(typed)
    assert found.hits
    if typed != "ilustraçao":  # found as it is: the index holds words without their accents, too
        assert found.corrected == meant


def test_search__takes_the_commoner_word_where_two_are_as_near() -> None:
    put("Boat plans", "Boat trips", "Boat names", "Goat cheese")
    services.terms_count()
    vocabulary.forget()
    assert find("voat").corrected == "boat"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("portrait", "is known"),
        ("portraits", "has a known stem"),
        ("caat", "is short: one mistake, and nothing is that near"),
        ("cot", "is too short"),
        ('"protrait"', "is quoted"),
        ("-protrait horse", "is excluded"),
        ("prtrtat", "is too far off"),
    ],
)
def test_search__leaves_a_word_alone_that(text: str, reason: str) -> None:
    put("Portrait of a horse")
    assert find(text).corrected == "", reason


def test_search__can_be_for_the_words_as_written() -> None:
    put("Watercolour portrait")
    assert find("wattercolour", as_written=True).total == 0


def test_search__does_not_correct_a_word_that_no_worker_has_learnt_yet() -> None:
    put("Portrait of a horse")
    put("Protrait, a typeface", index=False)
    assert find("protrait").corrected == ""


def test_terms_count__counts_by_stem_and_forgets_words_that_are_gone() -> None:
    drafts = put("Painted boats", "A boat", "Boating")
    services.terms_count()
    counts = dict(SearchTerm.objects.values_list("term", "documents"))
    assert counts == {"painted": 1, "boats": 3, "boat": 3, "boating": 3}
    services.document_withdraw(kind=drafts[0].kind, ref_id=drafts[0].ref_id)
    services.terms_count()
    assert dict(SearchTerm.objects.values_list("term", "documents")) == {"boats": 2, "boat": 2, "boating": 2}


def test_wording__takes_a_text_apart() -> None:
    found = wording_of('Logo -cheap "red fox" or fox -"two words" ornithology')
    assert found.words == ("logo", "red", "fox", "ornithology")
    assert found.loose == ("logo", "fox", "ornithology")
    assert found.excluded == ("-cheap", '-"two words"')
    assert found.wanted == 'Logo "red fox" or fox ornithology'
    assert found.corrected({"logo": "logos"}).text == 'logos -cheap "red fox" or fox -"two words" ornithology'


def test_search__of_many_languages_stays_one_search(settings: Any) -> None:
    for language in ("en", "pt", "de", "fr", "es", "it"):
        put(f"Portrait {language}", language=language)
    assert len(find("portrait").hits) == 6
