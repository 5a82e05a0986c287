"""Fixtures that every test may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing import Any

import pytest

from oeuvre.domains.accounts.models import User

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hashing that takes its time, as it should, would be most of the suite's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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


@pytest.fixture
def blob_folder(settings: SettingsWrapper, tmp_path: Path) -> Path:
    """A folder of the test's own in which sealed files are kept."""
    folder = tmp_path / "files"
    folder.mkdir()
    options = {"location": str(folder), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    sealed = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "sealed": sealed}
    return folder
