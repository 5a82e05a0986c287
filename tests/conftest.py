"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from oeuvre.domains.accounts.models import User
from oeuvre.kit.keeping import forget_everything


@pytest.fixture(autouse=True)
def _no_jobs_left_behind(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Tests that really commit leave their queue behind: Django empties only the tables that it manages."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if commits or {"transactional_db", "live_server"} & set(request.fixturenames):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers, procrastinate_events")


if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings


@pytest.fixture(autouse=True)
def _no_counts_left_behind() -> None:
    """What a test put into the database is rolled back; what was counted of it would stay."""
    forget_everything()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hashing that takes its time, as it should, would be most of the suite's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates are counted by the clock's minutes; here the minute does not end before the test does."""
    stands = SimpleNamespace(time=lambda: 1_900_000_000.0)
    monkeypatch.setattr("django_ratelimit.core.time", stands)


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
def blob_folder(settings: Settings, tmp_path: Path) -> Path:
    """A folder of the test's own in which sealed files are kept."""
    folder = tmp_path / "files"
    folder.mkdir()
    options = {"location": str(folder), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    sealed = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "sealed": sealed}
    return folder
