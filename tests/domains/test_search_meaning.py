"""Searching by meaning beside words, and without anybody who embeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection

from oeuvre.domains.search import candidates, meaning, services
from oeuvre.domains.search.candidates import by_meaning, understand
from oeuvre.domains.search.models import SearchWording
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.ranking import prior
from oeuvre.domains.search.results import MeaningState
from oeuvre.domains.search.states import Sort
from oeuvre.kit.money import Money
from tests.domains.search_documents import draft, find, put, put_drafts, titles
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.scripted import scripted_embedding
from tests.support.worker import pending_tasks, run_tasks

if TYPE_CHECKING:
    from tests.support.fake_embeddings import FakeEmbeddings


def test_search__finds_what_is_meant_in_other_words(embeddings: FakeEmbeddings) -> None:
    embeddings.synonyms = {"solicitor": "lawyer"}
    put("Contracts from a lawyer", "Portrait of a horse")
    found = find("solicitor")
    assert titles(found) == ["Contracts from a lawyer"]
    assert (found.total, found.near, found.meaning) == (0, 1, MeaningState.USED)
    (hit,) = found.hits
    assert (hit.inputs.text_rank, hit.inputs.meaning_rank) == (None, 1)
    assert hit.inputs.similarity == pytest.approx(0.5, abs=0.01)


def test_search__fuses_both_lists_by_rank(embeddings: FakeEmbeddings) -> None:
    put("Harp lessons", "Harp strings and tuning for old harps", "Lessons")
    found = find("harp")
    ranks = {(hit.inputs.text_rank, hit.inputs.meaning_rank) for hit in found.hits}
    assert ranks == {(2, 1), (1, 2)}
    for hit in found.hits:
        assert hit.score == pytest.approx((1 / 61 + 1 / 62) * prior(hit.inputs.signals))


def test_search__shows_nothing_for_what_is_near_nothing(embeddings: FakeEmbeddings) -> None:
    put("Portrait of a horse")
    found = find("xylophone")
    assert (found.hits, found.total, found.near) == ((), 0, 0)


def test_search__embeds_a_text_once_whatever_its_spaces_and_capitals(
    embeddings: FakeEmbeddings,
) -> None:
    put("Harp lessons")
    embeddings.asked.clear()
    for text in ("Harp lessons", "harp  LESSONS", "harp lessons"):
        find(text)
    assert embeddings.asked == [["harp lessons"]]


def test_search__keeps_only_so_many_vectors(
    embeddings: FakeEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(meaning, "KEPT", 2)
    for text in ("one", "two", "three", "one"):
        find(text)
    assert embeddings.asked == [["one"], ["two"], ["three"], ["one"]]


def test_search__goes_on_by_words_while_nobody_embeds_and_does_not_ask_each_time(
    embeddings: FakeEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr(meaning.time, "monotonic", lambda: now)
    put("Harp lessons")
    embeddings.asked.clear()
    embeddings.away = True
    found = find("harp")
    assert (titles(found), found.meaning) == (["Harp lessons"], MeaningState.UNAVAILABLE)
    find("harp")
    assert len(embeddings.asked) == 1
    embeddings.away = False
    now += meaning.PAUSE_SECONDS + 1
    assert find("harp").meaning is MeaningState.USED


def test_search__finds_by_words_what_is_not_embedded_yet(embeddings: FakeEmbeddings) -> None:
    put("Harp lessons", index=False)
    found = find("harp")
    assert (titles(found), found.meaning) == (["Harp lessons"], MeaningState.USED)


def test_search__applies_filters_and_exclusions_to_what_is_meant(embeddings: FakeEmbeddings) -> None:
    embeddings.synonyms = {"solicitor": "lawyer"}
    put_drafts(
        draft("Lawyer", price=Money(5_000)),
        draft("Lawyer for ships", price=Money(50_000)),
        draft("Lawyer for divorces", price=Money(5_000)),
    )
    assert titles(find("solicitor -divorces", price_to=10_000)) == ["Lawyer"]


def test_search__in_another_order_shows_what_is_meant_only_where_no_word_is_found(
    embeddings: FakeEmbeddings,
) -> None:
    embeddings.synonyms = {"solicitor": "lawyer"}
    put_drafts(draft("Lawyer", price=Money(9_000)), draft("Lawyer by post", price=Money(5_000)))
    found = find("solicitor", sort=Sort.PRICE)
    assert (titles(found), found.total, found.near) == (["Lawyer by post", "Lawyer"], 0, 2)
    put("Solicitor's letterhead", price=Money(1_000))
    found = find("solicitor", sort=Sort.PRICE)
    assert (titles(found), found.total, found.near) == (["Solicitor's letterhead"], 1, 0)


@pytest.mark.parametrize("filters", [{}, {"kinds": ("gig",)}, {"price_to": 3_000}])
def test_by_meaning__finds_the_same_through_the_index_as_one_by_one(
    embeddings: FakeEmbeddings, monkeypatch: pytest.MonkeyPatch, filters: dict[str, object]
) -> None:
    words = ["harp", "lute", "viol", "drum", "horn", "flute", "lyre", "bell", "gong", "pipe"]
    put_drafts(
        *(
            draft(f"{first} {second} lessons", price=Money(100 * number))
            for number, (first, second) in enumerate((a, b) for a in words for b in words)
        )
    )
    with connection.cursor() as cursor:
        cursor.execute("REINDEX INDEX search_embedding_near")  # without what other tests left in it
        # The planner would not take it for so few.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; ANALYZE search_searchembedding")
    read, plans = candidates.rows_of, []

    def explained(sql: str, params: list[object], **near: bool) -> list[tuple[object, ...]]:
        plans.append("\n".join(str(line) for (line,) in read(f"EXPLAIN {sql}", params, **near)))
        return read(sql, params, **near)

    monkeypatch.setattr(candidates, "rows_of", explained)
    asked = understand(SearchQuery(text="harp lessons", **filters))  # type: ignore[arg-type]  # as the cases give them
    vector = scripted_embedding("harp lessons")
    exact, near = by_meaning(asked, vector, exact_most=10_000), by_meaning(asked, vector, exact_most=0)
    assert "search_embedding_near" in plans[-1]
    assert len(exact) > 10
    found = {row.id for row in near}  # the index draws its levels at random: nearly everything is what it promises
    assert len(found) >= 0.95 * len(exact)
    assert [row.measure for row in near] == pytest.approx([row.measure for row in exact if row.id in found], abs=1e-3)


def test_documents_index__embeds_after_a_push_and_again_when_the_words_change(
    embeddings: FakeEmbeddings,
) -> None:
    (first,) = put("Harp lessons", index=False)
    assert pending_tasks() == ["search.documents_index"]
    run_tasks()
    assert embeddings.asked == [["Harp lessons"]]
    services.documents_put(documents=[first])
    run_tasks()
    assert len(embeddings.asked) == 1, "nothing changed"
    services.documents_put(documents=[draft("Lute lessons", ref_id=first.ref_id, owner_id=first.owner_id)])
    assert not SearchWording.objects.get().is_embedded
    run_tasks()
    assert embeddings.asked[1:] == [["Lute lessons"]]


def test_documents_index__leaves_documents_waiting_while_the_studio_is_away(
    embeddings: FakeEmbeddings,
) -> None:
    embeddings.away = True
    put("Harp lessons", index=False)
    run_tasks()
    assert SearchWording.objects.filter(is_embedded=False).count() == 1
    embeddings.away = False
    assert services.documents_index() == 1


def test_documents_index__embeds_in_batches(
    embeddings: FakeEmbeddings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("oeuvre.domains.search.indexing.EMBEDDED_AT_ONCE", 2)
    put("One", "Two", "Three", index=False)
    assert services.documents_index() == 3
    assert [len(texts) for texts in embeddings.asked] == [2, 1]
