"""Works, runs and pieces of the release that knew texts only, brought up to this one: every value is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.creation.common import KEY_OWNER, seal
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.state import ProjectState

    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]

TEXT = "The ferry leaves at six."


@pytest.fixture(autouse=True)
def own_schema() -> Iterator[None]:
    """A schema whose tables hide those of today."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA earlier; SET LOCAL search_path TO earlier, public")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO public; DROP SCHEMA earlier CASCADE")


def migrated(app: str, names: list[str], state: ProjectState | None = None) -> ProjectState:
    """What the migrations make of the tables: from nothing, or from what others left."""
    loader = MigrationLoader(connection)
    state = state or loader.project_state([(app, name) for name in names], at_end=False)
    for name in names:
        with connection.cursor() as cursor:  # a table is not altered while keys of its rows wait to be checked
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        with connection.schema_editor(atomic=False) as editor:
            state = loader.get_migration(app, name).apply(state, editor)
    return state


def test_works__keep_their_words_and_what_they_are_recognised_by(freelancer: User) -> None:
    state = migrated("portfolio", ["0001_initial", "0002_sketches"])
    old = state.apps.get_model("portfolio", "Work").objects.create(
        owner_id=freelancer.pk, title="Tides", filename="t.txt", media_type="text/plain", size=4096, words=812,
        sha256="a" * 64, text_sha256="b" * 64, signature=b"s", content_key="file", text_key="text", status="accepted",
    )  # fmt: skip
    state = migrated("portfolio", ["0003_modalities"], state)
    work = state.apps.get_model("portfolio", "Work").objects.get(pk=old.pk)
    assert (work.modality, work.file_size, work.size, work.facts) == ("text", 4096, 812, {})
    assert (work.content_sha256, work.file_key, work.kept_key) == ("b" * 64, "file", "text")


def test_pieces__move_into_the_blob_store_as_they_are_sealed(freelancer: User, buyer: User) -> None:
    state = migrated("creation", ["0001_initial", "0002_consent", "0003_gig_model", "0004_papers_2"])
    models = {name: state.apps.get_model("creation", name) for name in ("CreationModel", "ModelVersion", "TrainingRun")}
    model = models["CreationModel"].objects.create(owner_id=freelancer.pk, name="M", slug="m")
    run = models["TrainingRun"].objects.create(model=model, words_count=9_000)
    version = models["ModelVersion"].objects.create(model=model, run=run, name="m@1", blob_key="b")
    pieces = state.apps.get_model("creation", "Generation").objects
    common = {"model": model, "version": version, "buyer_id": buyer.pk, "prompt": "P", "seed": 1}
    old = pieces.create(**common, max_tokens=220, status="ready", words=5, tokens=7, preview="The", sha256="c" * 64)
    pieces.filter(pk=old.pk).update(sealed=seal(model_id=model.pk, data=TEXT.encode(), context=f"generation:{old.pk}"))
    unfinished = pieces.create(**common, max_tokens=96)
    state = migrated("creation", ["0005_modalities", "0006_former_columns"], state)
    rows = state.apps.get_model("creation", "Generation").objects
    piece = rows.get(pk=old.pk)
    assert (piece.options, piece.size, piece.units, piece.mime) == ({"max_tokens": 220}, 5, 7, "text/plain")
    opened = accounts.blob_open(
        owner_type=KEY_OWNER, owner_id=model.pk, key=piece.content_key, context=f"generation:{old.pk}"
    )
    assert opened.decode() == TEXT
    assert TEXT.encode() not in port("storage", BlobStore).get(piece.content_key)
    waiting = rows.get(pk=unfinished.pk)
    assert (waiting.options, waiting.content_key, waiting.mime) == ({"max_tokens": 96}, "", "")
    assert state.apps.get_model("creation", "TrainingRun").objects.get(pk=run.pk).size == 9_000
