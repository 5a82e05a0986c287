"""The index: what may be pushed into it, by whom, and what leaves it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.search import services
from oeuvre.domains.search.errors import DocumentInvalidError
from oeuvre.domains.search.models import SearchDocument, SearchEmbedding, SearchWording
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Kind
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.domains.search_documents import draft, find, put, titles
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.usefixtures("embeddings")


def test_document_put__is_for_its_owner_operators_and_the_system(
    freelancer: User, other_freelancer: User, operator: User
) -> None:
    mine = draft("Harp lessons", owner_id=freelancer.pk)
    for actor in (freelancer.actor, operator.actor, Actor.system()):
        services.document_put(actor=actor, document=mine)
    for actor in (other_freelancer.actor, Actor.anonymous()):
        with pytest.raises(PermissionDeniedError):
            services.document_put(actor=actor, document=mine)
    assert SearchDocument.objects.count() == 1


def test_document_put__replaces_what_was_there_and_is_found_at_once(freelancer: User) -> None:
    mine = draft("Harp lessons", owner_id=freelancer.pk)
    services.document_put(actor=freelancer.actor, document=mine)
    newer = replace(mine, title="Lute lessons", price=None, summary="By post.", days=2)
    services.document_put(actor=freelancer.actor, document=newer)
    assert find("harp").total == 0
    (hit,) = find("lute").hits
    assert (hit.title, hit.price, hit.summary, hit.days) == ("Lute lessons", None, "By post.", 2)
    assert (hit.kind, hit.ref_id, hit.owner_id) == (Kind.GIG, mine.ref_id, freelancer.pk)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 161}, "title"),
        ({"summary": "x" * 401}, "summary"),
        ({"url_key": ""}, "url_key"),
        ({"days": -1}, "days"),
        ({"language": "portuguese"}, "languages"),
        ({"languages": ("en", "portuguese")}, "languages"),
        ({"attributes": {"tool": ["x" * 160]}}, "attributes"),
    ],
)
def test_document_put__refuses_what_is_missing_or_too_long(parts: dict[str, Any], field: str) -> None:
    with pytest.raises(DocumentInvalidError) as refused:
        services.documents_put(documents=[replace(draft("Harp"), **parts)])
    assert refused.value.context["field"] == field
    assert not SearchDocument.objects.exists()


def test_documents_put__takes_texts_that_only_look_dangerous() -> None:
    hostile = "Harp'); DROP TABLE x;-- \x00 <b>&amp;</b> %s {} \\ \u202e 🎻"
    put(hostile, body=hostile * 2_000, aliases=(hostile,), attributes={"tool": [hostile[:100]]})
    assert find("harp").total == 1


def test_documents_put__puts_many_in_few_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oeuvre.domains.search.documents.AT_ONCE", 2)
    drafts = [draft(f"Harp {number}") for number in range(5)]
    assert services.documents_put(documents=[*drafts, replace(drafts[4], title="Harp, the last")]) == 5
    assert SearchDocument.objects.count() == SearchWording.objects.count() == 5
    assert "Harp, the last" in titles(find("harp"))


def test_document_withdraw__takes_all_of_it_out_and_is_safe_to_repeat() -> None:
    (one,) = put("Harp lessons")
    assert services.document_withdraw(kind=one.kind, ref_id=one.ref_id)
    assert not services.document_withdraw(kind=one.kind, ref_id=one.ref_id)
    assert find("harp").total == 0
    assert not SearchEmbedding.objects.exists()


def test_documents_withdraw__takes_out_all_that_one_person_offers() -> None:
    owner = uuid.uuid4()
    put("Harp lessons", "Lute lessons", owner_id=owner)
    put("Viol lessons")
    assert services.documents_withdraw(owner_id=owner) == 2
    assert titles(find()) == ["Viol lessons"]


def test_document__of_the_same_id_may_be_of_several_kinds() -> None:
    same = uuid.uuid4()
    put("Harper", kind=Kind.FREELANCER, ref_id=same)
    put("Harp", ref_id=same)
    services.document_withdraw(kind=Kind.GIG, ref_id=same)
    assert titles(find()) == ["Harper"]


# Searches are counted


def run(actor: Actor | None = None, **parts: Any) -> DemandEvent | None:
    before = set(DemandEvent.objects.values_list("pk", flat=True))
    services.search_run(actor=actor or Actor.anonymous(), query=SearchQuery(**parts))
    new = DemandEvent.objects.exclude(pk__in=before)
    assert len(new) < 2
    return new.first()


def test_search_run__counts_the_category_and_nothing_of_the_words_or_the_person(buyer: User) -> None:
    put("Harp lessons", category="harp-lessons")
    event = run(buyer.actor, text="harp for my daughter Ottilie", price_to=5_000, languages=("pt",), days=3)
    assert event
    kept = {name: value for name, value in vars(event).items() if name not in ("_state", "id", "day")}
    assert kept == {
        "kind": "search",
        "category": "",
        "use_case": "",
        "skills": [],
        "language": "pt",
        "currency": "USD",
        "amount": 5_000,
        "days": 3,
    }
    assert not AuditRecord.objects.filter(actor_id=buyer.pk).exists()


def test_search_run__takes_the_category_that_half_of_the_first_hits_are_of() -> None:
    put("Harp lessons", "Harp strings", category="harp-lessons")
    put("Harp drawings", category="drawing")
    assert (event := run(text="harp"))
    assert event.category == "harp-lessons"
    assert (event := run(text="harp", category="drawing"))
    assert event.category == "drawing"
    put("Harp in bronze", category="sculpture")
    put("Harp in verse", category="poems")
    assert (event := run(text="harp"))
    assert event.category == ""


def test_search_run__counts_a_search_once_and_nothing_for_an_empty_one() -> None:
    put(*(f"Harp {number}" for number in range(30)))
    assert run() is None
    query = SearchQuery(text="harp")
    services.search_run(actor=Actor.anonymous(), query=query, page=2)
    assert not DemandEvent.objects.exists()
    services.search_run(actor=Actor.anonymous(), query=query)
    assert DemandEvent.objects.count() == 1


def test_search_run__counts_a_budget_of_nothing() -> None:
    event = run(price_to=0)
    assert event
    assert event.amount == Money(0).amount
