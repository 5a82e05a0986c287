"""An index that was made by an earlier release, brought up to this one."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.contrib.postgres.search import SearchVector
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Value

from oeuvre.domains.search import services
from oeuvre.domains.search.models import FILTERS, SearchDocument, SearchEmbedding, SearchWording
from oeuvre.domains.search.states import AiPolicy
from tests.domains.search_documents import NOW, find, titles
from tests.domains.search_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.scripted import scripted_embedding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.state import ProjectState

    from tests.support.fake_embeddings import FakeEmbeddings

pytestmark = pytest.mark.django_db


@pytest.fixture
def first_release() -> Iterator[ProjectState]:
    """The tables of 0001 in a schema of their own, which hides those of today."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA first_release; SET LOCAL search_path TO first_release, public")
    before = MigrationLoader(connection).project_state([("search", "0001_initial")], at_end=False)
    yield migrated("0001_initial", before)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA first_release CASCADE; SET LOCAL search_path TO public")


def migrated(name: str, state: ProjectState) -> ProjectState:
    """What the migration makes of the tables."""
    with connection.schema_editor(atomic=False) as editor:
        return MigrationLoader(connection).get_migration("search", name).apply(state, editor)


def old_document(state: ProjectState, title: str, vector: list[float] | None) -> int:
    """A document as 0001 has it; returns its id."""
    document = state.apps.get_model("search", "SearchDocument").objects.create(
        kind="gig",
        ref_id=uuid.uuid4(),
        owner_id=uuid.uuid4(),
        title=title,
        url_key="key",
        config="english",
        languages=["en", "pt"],
        category="harp",
        category_group="music",
        tags=["level=Beginner", "skill=harp"],
        numbers={"strings": 36},
        price_minor=4_900,
        currency="EUR",
        days=3,
        ai_policy="assisted",
        level="senior",
        instant=True,
        live_since=NOW,
        rating=4.0,
        prior=1.2,
        tsv=SearchVector(Value(title), config="english"),
    )
    state.apps.get_model("search", "SearchEmbedding").objects.create(
        document=document, text=title, vector=vector, words_known=vector is not None
    )
    pk: int = document.pk
    return pk


def test_lean_index__keeps_what_was_embedded_and_leaves_the_rest_waiting(first_release: ProjectState) -> None:
    known = old_document(first_release, "Harp lessons", scripted_embedding("harp lessons"))
    waiting = old_document(first_release, "Lute lessons", None)
    migrated("0002_lean_index", first_release)
    flags = SearchWording.objects.values_list("document_id", "text", "is_embedded", "are_words_known")
    assert set(flags) == {(known, "Harp lessons", True, True), (waiting, "Lute lessons", False, False)}
    embedding = SearchEmbedding.objects.get()
    assert embedding.document_id == known
    assert list(embedding.vector) == pytest.approx(scripted_embedding("harp lessons"), abs=1e-3)


def test_lean_index__gives_documents_and_vectors_the_same_filters(first_release: ProjectState) -> None:
    known = old_document(first_release, "Harp lessons", scripted_embedding("harp lessons"))
    migrated("0002_lean_index", first_release)
    (document,) = SearchDocument.objects.values(*FILTERS)
    assert SearchEmbedding.objects.values(*FILTERS).get(pk=known) == document
    assert document["tags"] == [
        "a.level=Beginner", "ai=assisted", "instant=yes", "language=en", "language=pt", "level=senior", "skill=harp",
    ]  # fmt: skip


def test_lean_index__is_searched_with_filters_and_embeds_what_waited(
    first_release: ProjectState, embeddings: FakeEmbeddings
) -> None:
    embeddings.synonyms = {"solicitor": "harp", "barrister": "lute"}
    old_document(first_release, "Harp lessons", scripted_embedding("harp lessons"))
    old_document(first_release, "Lute lessons", None)
    migrated("0002_lean_index", first_release)
    assert services.documents_index() == 1
    assert embeddings.asked == [["Lute lessons"]]
    filters = {"ai_policies": (AiPolicy.ASSISTED,), "levels": ("senior",), "languages": ("pt",), "instant": True}
    assert titles(find("solicitor", attributes=(("level", ("Beginner",)),), **filters)) == ["Harp lessons"]
    assert titles(find("barrister", attributes=(("level", ("Beginner",)),), **filters)) == ["Lute lessons"]
    assert titles(find("solicitor", levels=("new",))) == []
