"""Fixtures that every test may use."""

from __future__ import annotations

import pytest

from oeuvre.domains.accounts.models import User


@pytest.fixture
def freelancer(db: None) -> User:
    return User.objects.create_user(
        "freelancer@example.org", "a long password", display_name="Ada Fell", is_freelancer=True
    )


@pytest.fixture
def other_freelancer(db: None) -> User:
    return User.objects.create_user("other@example.org", "a long password", display_name="Bo Lind", is_freelancer=True)


@pytest.fixture
def buyer(db: None) -> User:
    return User.objects.create_user("buyer@example.org", "a long password", display_name="Cleo Marsh")


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_user("operator@example.org", "a long password", display_name="Dana Op", is_staff=True)
