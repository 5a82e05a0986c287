"""Sessions are Django's, with fewer statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.backends.base import UpdateError

from oeuvre.kit.sessions import SessionStore

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def test_save__changes_a_session_with_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    session = SessionStore()
    session["seen"] = ["one"]
    session.save()
    session["seen"] = ["one", "two"]
    with django_assert_num_queries(1):
        session.save()
    assert SessionStore(session.session_key)["seen"] == ["one", "two"]


def test_save__does_not_bring_back_a_session_that_was_deleted() -> None:
    session = SessionStore()
    session["seen"] = ["one"]
    session.save()
    key = str(session.session_key)
    SessionStore(key).delete()
    with pytest.raises(UpdateError):
        session.save()
    assert not session.exists(key)
