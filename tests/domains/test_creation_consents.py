"""A version stands on consents: when a buyer takes one back, nothing of it is sold until it is trained again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.creation import errors, opening, selectors, services
from oeuvre.domains.creation.contents import generation_text
from oeuvre.domains.creation.models import CreationModel, Generation, ModelVersion
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import LicenceState, VersionState
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import SourceType
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import CARD, PROMPT, ready_generation
from tests.support.fake_studio import FakeTrainer
from tests.support.worker import pending_tasks, run_tasks

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()


class Withheld:
    """Buyers who do not agree: the hashes in ``hashes`` were delivered to them."""

    hashes: frozenset[str] = frozenset()

    def without_consent(self, sha256s: Collection[str]) -> frozenset[str]:
        return frozenset(sha256s) & Withheld.hashes


@pytest.fixture(autouse=True)
def withheld(settings: Any, scripted_ports: None, monkeypatch: pytest.MonkeyPatch) -> type[Withheld]:
    settings.PORTS = {**settings.PORTS, "deliveries": (f"{__name__}.Withheld", {})}
    monkeypatch.setattr(Withheld, "hashes", frozenset())
    return Withheld


def version_of(model: CreationModel) -> ModelVersion:
    model.refresh_from_db()
    assert model.current_version
    return model.current_version


def take_back(model: CreationModel, *, by_text: bool = False) -> ModelVersion:
    """A buyer takes the consent to the model's first work back."""
    work = model.owner.works.order_by("created_at").first()
    assert work
    Withheld.hashes = frozenset({work.content_sha256 if by_text else work.sha256})
    services.versions_consent_refresh(actor=SYSTEM, owner_id=model.owner_id)
    return version_of(model)


@pytest.mark.parametrize("by_text", [False, True])
def test_versions_consent_refresh__marks_what_learned_from_the_work(model: CreationModel, by_text: bool) -> None:
    version = take_back(model, by_text=by_text)
    assert version.stale_at
    assert AuditRecord.objects.filter(code="version.stale", object_id=str(version.pk), data={"works": 1}).exists()
    assert "creation.version_evict" in pending_tasks()
    assert services.versions_consent_refresh(actor=SYSTEM, owner_id=model.owner_id) == []


def test_versions_consent_refresh__leaves_versions_alone_that_learned_from_other_works(model: CreationModel) -> None:
    Withheld.hashes = frozenset({"0" * 64})
    assert services.versions_consent_refresh(actor=SYSTEM, owner_id=model.owner_id) == []
    assert version_of(model).stale_at is None


def test_versions_consent_refresh__puts_it_on_sale_again_where_the_buyer_agrees_again(
    model: CreationModel, buyer: User
) -> None:
    take_back(model)
    Withheld.hashes = frozenset()
    assert services.versions_consent_refresh(actor=SYSTEM, owner_id=model.owner_id) == [version_of(model)]
    assert ready_generation(model, buyer)


def test_versions_consent_refresh__is_for_the_system(model: CreationModel, buyer: User) -> None:
    with pytest.raises(PermissionDeniedError):
        services.versions_consent_refresh(actor=buyer.actor, owner_id=model.owner_id)


def test_stale_version__sells_nothing_but_its_owner_may_try_it(model: CreationModel, vetted: User, buyer: User) -> None:
    piece = ready_generation(model, buyer)
    version = take_back(model)
    with pytest.raises(errors.VersionStaleError):
        services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=PROMPT)
    with pytest.raises(errors.VersionStaleError):
        services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    with pytest.raises(errors.VersionStaleError):
        services.edit_request(actor=buyer.actor, generation_id=piece.pk, instructions="Make it half as long, please.")
    with pytest.raises(errors.VersionStaleError):
        services.generation_hand_over(actor=buyer.actor, generation_id=piece.pk)
    with pytest.raises(errors.VersionStaleError):
        services.version_approve(actor=vetted.actor, version_id=version.pk)
    assert model not in selectors.gallery(actor=buyer.actor)
    assert any("agree" in gap for gap in selectors.publishing_gaps(model=model))
    assert services.generation_request(actor=vetted.actor, model_id=model.pk, prompt=PROMPT)


def test_stale_version__leaves_licences_that_were_bought(model: CreationModel, buyer: User) -> None:
    piece = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    run_tasks()
    take_back(model)
    licence.refresh_from_db()
    assert licence.status == LicenceState.ACTIVE
    assert opening.clean_content(actor=buyer.actor, generation_id=piece.pk).text


def test_stale_version__gives_the_money_back_that_was_under_way(model: CreationModel, buyer: User) -> None:
    piece = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    take_back(model)
    run_tasks()
    licence.refresh_from_db()
    assert licence.status == LicenceState.UNPAID
    clearing = ledger.AccountRef(ledger.AccountKind.PROVIDER_CLEARING, None, "USD")
    assert ledger.balance(actor=SYSTEM, account=clearing).amount == 0


def test_stale_version__a_new_one_without_the_work_is_sold_again(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    old = take_back(model)
    run = services.training_start(actor=vetted.actor, model_id=model.pk)
    services.training_execute(run_id=run.pk)
    new = ModelVersion.objects.get(run=run)
    assert new.stale_at is None
    services.version_approve(actor=vetted.actor, version_id=new.pk)
    old.refresh_from_db()
    assert old.status == VersionState.RETIRED
    assert ready_generation(model, buyer).version == new


def test_training__that_ends_after_the_consent_was_taken_back_makes_a_stale_version(
    model: CreationModel, vetted: User, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = services.training_start(actor=vetted.actor, model_id=model.pk, seed=3)
    train = trainer.train

    def meanwhile(**arguments: Any) -> Any:
        trained = train(**arguments)
        take_back(model)
        return trained

    monkeypatch.setattr(trainer, "train", meanwhile)
    services.training_execute(run_id=run.pk)
    assert ModelVersion.objects.get(run=run).stale_at


class TestHandOver:
    @pytest.fixture
    def piece(self, model: CreationModel, buyer: User) -> Generation:
        return ready_generation(model, buyer)

    def test_generation_hand_over__gives_the_signed_text_with_all_that_made_it(
        self, piece: Generation, vetted: User, buyer: User
    ) -> None:
        handed = services.generation_hand_over(actor=buyer.actor, generation_id=piece.pk)
        assert (handed.freelancer_id, handed.prompt, handed.seed) == (vetted.pk, piece.prompt, piece.seed)
        assert handed.version == piece.version.name
        assert handed.file.data.decode() == generation_text(piece)
        report = port("credentials", Credentials).read(handed.file.data, handed.file.mime, handed.file.sidecar)
        assert (report.is_intact, report.source_type, report.version) == (
            True,
            SourceType.GENERATED,
            piece.version.name,
        )

    def test_generation_hand_over__is_for_its_two_sides_and_finished_pieces(
        self, piece: Generation, vetted: User, buyer: User, other_freelancer: User
    ) -> None:
        assert services.generation_hand_over(actor=vetted.actor, generation_id=piece.pk)
        with pytest.raises(errors.GenerationNotFoundError):
            services.generation_hand_over(actor=other_freelancer.actor, generation_id=piece.pk)
        services.model_disable(actor=vetted.actor, model_id=piece.model_id)
        with pytest.raises(errors.GenerationClosedError):
            services.generation_hand_over(actor=buyer.actor, generation_id=piece.pk)

    def test_generation_hand_over__waits_for_the_end(self, model: CreationModel, buyer: User) -> None:
        unfinished = services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=PROMPT)
        with pytest.raises(errors.GenerationNotReadyError):
            services.generation_hand_over(actor=buyer.actor, generation_id=unfinished.pk)
