"""Fixtures of the creation domain's tests: the scripted studio and trainer in place of the real ones."""

from __future__ import annotations

from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation.models import CreationModel
from oeuvre.domains.creation.ports import Studio, Trainer
from oeuvre.kit.ports import port
from tests.support.factories import published_model, vetted_freelancer
from tests.support.fake_studio import FAKE_PORTS, FakeStudio, FakeTrainer


@pytest.fixture(autouse=True)
def scripted_ports(settings: Any) -> None:
    settings.PORTS = {**settings.PORTS, **FAKE_PORTS}


@pytest.fixture
def studio() -> FakeStudio:
    fake = port("studio", Studio)
    assert isinstance(fake, FakeStudio)
    return fake


@pytest.fixture
def trainer() -> FakeTrainer:
    fake = port("trainer", Trainer)
    assert isinstance(fake, FakeTrainer)
    return fake


@pytest.fixture
def vetted(db: None) -> User:
    return vetted_freelancer()


@pytest.fixture
def model(vetted: User) -> CreationModel:
    """A model on sale."""
    return published_model(vetted)
