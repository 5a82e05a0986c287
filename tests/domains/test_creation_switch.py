"""The off switch: what ends, what stays, and the signed receipt."""

from __future__ import annotations

import pytest

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import errors, opening, selectors, services
from oeuvre.domains.creation.common import version_archive
from oeuvre.domains.creation.contents import generation_content
from oeuvre.domains.creation.models import CreationModel, Generation, ModelVersion
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import GenerationState, ModelState
from oeuvre.domains.creation.verification import verify_query
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import DocumentFormat
from oeuvre.kit.states import IllegalTransitionError
from oeuvre.kit.storage import BlobStore
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import CARD, PROMPT, ready_generation
from tests.support.fake_studio import FakeStudio
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


def test_model_disable__closes_everything_to_everybody_else_and_nothing_to_the_owner(
    model: CreationModel, vetted: User, buyer: User, studio: FakeStudio
) -> None:
    generation = ready_generation(model, buyer)
    receipt = services.model_disable(actor=vetted.actor, model_id=model.pk)
    run_tasks()
    assert studio.hosted == {}
    with pytest.raises(errors.GenerationClosedError):
        selectors.generation_get(actor=buyer.actor, generation_id=generation.pk)
    assert not selectors.generations_of_buyer(actor=buyer.actor).exists()
    assert not selectors.gallery(actor=buyer.actor).exists()
    with pytest.raises(errors.ModelNotPublishedError):
        services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=PROMPT)
    with pytest.raises(errors.ModelNotPublishedError):
        services.licence_buy(actor=buyer.actor, generation_id=generation.pk, use="commercial", method_token=CARD)
    assert opening.clean_content(actor=vetted.actor, generation_id=generation.pk).text
    assert port("credentials", Credentials).verify_statement(receipt.statement)
    assert verify_query(query=receipt.number).signature_valid


def test_model_disable__stops_a_text_in_the_middle(
    model: CreationModel, vetted: User, buyer: User, studio: FakeStudio
) -> None:
    generation = services.generation_request(
        actor=buyer.actor, model_id=model.pk, prompt=PROMPT, options={"max_tokens": 200}
    )
    studio.token_seconds = 0.02

    def disable(piece: int) -> None:
        if piece == 30:
            services.model_disable(actor=vetted.actor, model_id=model.pk)

    studio.on_piece = disable
    generation = services.generation_write(generation_id=generation.pk)
    assert generation.status == GenerationState.STOPPED
    assert (generation.preview, generation.content_key) == ("", "")


def test_model_disable__leaves_certificates_valid_and_closes_hosted_files(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    generation = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=generation.pk, use="commercial", method_token=CARD)
    run_tasks()
    file, _, _ = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=DocumentFormat.PDF)
    services.model_disable(actor=vetted.actor, model_id=model.pk)
    with pytest.raises(errors.GenerationClosedError, match="stay valid"):
        opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=DocumentFormat.PDF)
    found = verify_query(query=file.sha256)
    assert found.signature_valid
    assert found.licence_stands
    services.model_publish(actor=vetted.actor, model_id=model.pk)
    assert opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=DocumentFormat.PDF)


def test_model_delete__destroys_the_key_so_that_nobody_reads_anything_again(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    generation = ready_generation(model, buyer)
    generation.refresh_from_db()
    key = generation.content_key
    sealed = port("storage", BlobStore).get(key)
    receipt = services.model_delete(actor=vetted.actor, model_id=model.pk)
    run_tasks()
    model.refresh_from_db()
    generation.refresh_from_db()
    assert model.status == ModelState.DELETED
    assert generation.content_key == ""
    with pytest.raises(KeyError):
        port("storage", BlobStore).get(key)
    restored = port("storage", BlobStore).put(sealed)  # from a backup, say
    Generation.objects.filter(pk=generation.pk).update(content_key=restored)
    with pytest.raises(errors.GenerationClosedError):
        opening.clean_content(actor=vetted.actor, generation_id=generation.pk)
    generation.refresh_from_db()
    with pytest.raises(KeyDestroyedError):
        generation_content(generation)
    with pytest.raises(KeyDestroyedError):
        version_archive(ModelVersion.objects.get())
    assert receipt.statement["payload"]["key_fingerprint"]
    assert port("credentials", Credentials).verify_statement(receipt.statement)
    with pytest.raises(errors.ModelNotFoundError):
        services.model_publish(actor=vetted.actor, model_id=model.pk)


def test_model_disable__is_the_owners_alone(
    model: CreationModel, buyer: User, other_freelancer: User, operator: User
) -> None:
    for person in (buyer, other_freelancer, operator):
        with pytest.raises(errors.ModelNotFoundError):
            services.model_disable(actor=person.actor, model_id=model.pk)
        with pytest.raises(errors.ModelNotFoundError):
            services.model_delete(actor=person.actor, model_id=model.pk)


def test_model_disable__of_a_model_that_is_off_is_refused(model: CreationModel, vetted: User) -> None:
    services.model_disable(actor=vetted.actor, model_id=model.pk)
    with pytest.raises(IllegalTransitionError):
        services.model_disable(actor=vetted.actor, model_id=model.pk)
