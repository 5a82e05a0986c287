"""What creation does when a person takes their data away or leaves."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import AccountExport, User
from oeuvre.domains.creation import errors, opening, services
from oeuvre.domains.creation.models import CreationModel, Generation
from oeuvre.domains.creation.ports import Trainer
from oeuvre.domains.creation.states import ModelState
from oeuvre.domains.creation.verification import verify_query
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import DocumentFormat
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import CARD, ready_generation
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


def _export(user: User) -> zipfile.ZipFile:
    accounts.account_export_request(actor=user.actor)
    run_tasks()
    export = AccountExport.objects.get(user=user)
    content = accounts.account_export_content(actor=user.actor, export_id=export.pk)
    return zipfile.ZipFile(io.BytesIO(content if isinstance(content, bytes) else content[1]))


def test_account_export__holds_a_freelancers_versions_ready_to_import(model: CreationModel, vetted: User) -> None:
    archive = _export(vetted)
    (name,) = [name for name in archive.namelist() if name.endswith(".tar")]
    assert port("trainer", Trainer).verify(archive=archive.read(name)).name == model.current_version.name  # type: ignore[union-attr]  # published


def test_account_export__holds_what_a_buyer_asked_for(model: CreationModel, buyer: User) -> None:
    generation = ready_generation(model, buyer)
    (row,) = json.loads(_export(buyer).read("creation/pieces.json"))
    assert row["prompt"] == generation.prompt


def test_account_delete__of_a_freelancer_destroys_the_models_and_leaves_certificates_valid(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    piece = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="personal", method_token=CARD)
    run_tasks()
    assert any("key destroyed" in sentence for sentence in accounts.deletion_effects(actor=vetted.actor))
    accounts.account_delete(actor=vetted.actor, password="a long password")
    model.refresh_from_db()
    assert model.status == ModelState.DELETED
    with pytest.raises(errors.GenerationClosedError):
        opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=DocumentFormat.PDF)
    assert verify_query(query=licence.number).signature_valid


def test_account_delete__of_a_buyer_blanks_what_they_asked_for_and_did_not_buy(
    model: CreationModel, buyer: User
) -> None:
    ready_generation(model, buyer)
    accounts.account_delete(actor=buyer.actor, password="a long password")
    assert Generation.objects.get().prompt == ""
