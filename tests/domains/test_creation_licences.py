"""From a preview to a paid, credentialed download, and what the books say of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import errors, opening, services
from oeuvre.domains.creation.earnings import earnings
from oeuvre.domains.creation.models import CreationModel, Licence, LicenceCredit
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import LicenceState
from oeuvre.domains.creation.verification import verify_file, verify_query
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.integrations.credentials.content import ContentCredentials
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import CredentialClaim, DocumentFormat, SourceType, ValidationState
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.factories import CARD, ready_generation
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db


def _buy(model: CreationModel, buyer: User, card: str = CARD, use: str = "commercial") -> Licence:
    generation = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=generation.pk, use=use, method_token=card)
    run_tasks()
    licence.refresh_from_db()
    return licence


def test_licence_buy__opens_every_format_with_valid_credentials(model: CreationModel, buyer: User) -> None:
    licence = _buy(model, buyer)
    assert licence.status == LicenceState.ACTIVE
    for fmt in DocumentFormat:
        file, data, sidecar = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=fmt)
        report = port("credentials", Credentials).read(data, fmt.mime, sidecar)
        assert report.is_intact, (fmt, report.problems)
        assert report.creator == "Vera Tide"
        assert report.version == licence.generation.version.name
        assert report.licence == licence.number
        assert report.training_allowed is False
        assert report.works is not None
        changed = bytearray(data)
        changed[len(changed) // 2] ^= 1
        assert port("credentials", Credentials).read(bytes(changed), fmt.mime, sidecar).state in (
            ValidationState.INVALID,
            ValidationState.ABSENT,
        )
        assert verify_query(query=file.sha256).licence == licence


def test_licence_buy__splits_the_price_to_the_cent_in_the_ledger(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    licence = _buy(model, buyer)
    assert (licence.price, licence.buyer_fee, licence.total) == (900, 45, 945)
    got = earnings(actor=vetted.actor, currency="USD")
    assert got.agrees
    assert got.earned == Money(licence.freelancer_share)
    assert got.credited == got.earned
    assert sum(LicenceCredit.objects.values_list("amount", flat=True)) == licence.freelancer_share
    assert ledger.ledger_check().ok


def test_licence_buy__with_a_declined_card_releases_nothing_and_may_be_tried_again(
    model: CreationModel, buyer: User
) -> None:
    licence = _buy(model, buyer, card="sandbox:declined")
    assert licence.status == LicenceState.UNPAID
    with pytest.raises(errors.NotPaidError):
        opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=DocumentFormat.TXT)
    again = services.licence_buy(
        actor=buyer.actor, generation_id=licence.generation_id, use="commercial", method_token=CARD
    )
    run_tasks()
    again.refresh_from_db()
    assert again.status == LicenceState.ACTIVE


def test_licence_file__does_not_leave_before_the_payment_arrived(model: CreationModel, buyer: User) -> None:
    generation = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=generation.pk, use="commercial", method_token=CARD)
    for state in (LicenceState.AWAITING_PAYMENT, LicenceState.PREPARING, LicenceState.REVOKED):
        Licence.objects.filter(pk=licence.pk).update(status=state)
        with pytest.raises(errors.NotPaidError):
            opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=DocumentFormat.TXT)


def test_licence_buy__twice_is_one_purchase(model: CreationModel, buyer: User) -> None:
    licence = _buy(model, buyer)
    with pytest.raises(errors.AlreadyLicensedError) as caught:
        services.licence_buy(
            actor=buyer.actor, generation_id=licence.generation_id, use="commercial", method_token=CARD
        )
    assert caught.value.context["licence"] == licence
    assert services.licence_buy(
        actor=buyer.actor, generation_id=licence.generation_id, use="personal", method_token=CARD
    )


def test_licence_buy__is_for_the_buyer_of_the_generation(
    model: CreationModel, buyer: User, other_freelancer: User
) -> None:
    generation = ready_generation(model, buyer)
    with pytest.raises(errors.GenerationNotFoundError):
        services.licence_buy(
            actor=other_freelancer.actor, generation_id=generation.pk, use="commercial", method_token=CARD
        )


def test_licence_buy__of_a_model_switched_off_before_the_payment_gives_the_money_back(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    generation = ready_generation(model, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=generation.pk, use="commercial", method_token=CARD)
    services.model_disable(actor=vetted.actor, model_id=model.pk)
    run_tasks()
    licence.refresh_from_db()
    assert licence.status == LicenceState.UNPAID
    clearing = ledger.AccountRef(ledger.AccountKind.PROVIDER_CLEARING, None, "USD")
    assert ledger.balance(actor=Actor.system(), account=clearing) == Money(0)
    assert ledger.ledger_check().ok


def test_licence__of_a_payment_that_is_charged_back_is_revoked_and_taken_back_to_the_cent(
    model: CreationModel, vetted: User, buyer: User
) -> None:
    licence = _buy(model, buyer, card="sandbox:charged_back")
    from datetime import timedelta

    from django.utils import timezone

    run_tasks(until=timezone.now() + timedelta(minutes=5))
    licence.refresh_from_db()
    assert licence.status == LicenceState.REVOKED
    assert earnings(actor=vetted.actor, currency="USD").payable == Money(0)
    assert not verify_query(query=licence.number).licence_stands
    assert ledger.ledger_check().ok


def test_verify_file__knows_a_downloaded_file_and_nothing_of_a_changed_one(model: CreationModel, buyer: User) -> None:
    licence = _buy(model, buyer)
    _, data, sidecar = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=DocumentFormat.PDF)
    found = verify_file(data=data, mime="application/pdf", sidecar=sidecar)
    assert found.licence == licence
    assert found.signature_valid
    assert found.licence_stands
    changed = data.replace(b"%PDF-1.", b"%PDF-2.", 1)
    assert not verify_file(data=changed, mime="application/pdf", sidecar=sidecar).found


def test_verify_file__takes_no_strangers_word_for_a_licence(model: CreationModel, buyer: User, tmp_path: Path) -> None:
    """Anybody can sign a file that names a number of ours."""
    licence = _buy(model, buyer)
    claim = CredentialClaim(
        "Forged", "Vera Tide", SourceType.GENERATED, datetime(2026, 11, 22, tzinfo=UTC), licence=licence.number
    )
    forged = ContentCredentials(str(tmp_path), platform="Elsewhere").sign(b"Not hers.", DocumentFormat.TXT.mime, claim)
    found = verify_file(data=forged.data, mime=forged.mime, sidecar=forged.sidecar)
    assert found.credentials
    assert (found.credentials.state, found.credentials.licence) == (ValidationState.VALID, licence.number)
    assert not found.found
