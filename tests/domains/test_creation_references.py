"""What of a freelancer's works and pieces may be named in public."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.catalog.references import reference_kinds
from oeuvre.domains.creation import references
from oeuvre.domains.creation import services as creation
from oeuvre.domains.portfolio import services as portfolio
from tests.support.factories import published_model, ready_generation, vetted_freelancer, works
from tests.support.fake_studio import FAKE_PORTS

if TYPE_CHECKING:
    from pathlib import Path

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scripted_studio(settings: Any, blob_folder: Path) -> None:
    settings.PORTS = {**settings.PORTS, **FAKE_PORTS}


def test_works__are_the_freelancers_own_that_are_there(freelancer: User, other_freelancer: User) -> None:
    mine, removed = works(freelancer, count=2)
    portfolio.work_remove(actor=freelancer.actor, work_id=removed.pk)
    ids = [mine.pk, removed.pk, uuid.uuid4()]
    assert [(one.ref_id, one.title) for one in references.works(freelancer.pk, ids).values()] == [(mine.pk, "Work 0")]
    assert references.works(other_freelancer.pk, ids) == {}


def test_generations__are_what_the_freelancer_asked_for_and_never_a_buyers(buyer: User) -> None:
    owner = vetted_freelancer()
    model = published_model(owner)
    own, bought = ready_generation(model, owner), ready_generation(model, buyer)
    ids = [own.pk, bought.pk]
    assert [(one.ref_id, one.url) for one in references.generations(owner.pk, ids).values()] == [
        (own.pk, f"/models/vetted/{model.slug}/")
    ]
    assert references.generations(buyer.pk, ids) == {}
    creation.model_disable(actor=owner.actor, model_id=model.pk)
    assert references.generations(owner.pk, ids) == {}


def test_references__are_registered_for_gigs_and_profiles() -> None:
    assert {"work", "generation"} <= reference_kinds()
