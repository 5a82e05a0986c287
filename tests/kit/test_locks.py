"""Locks that last for a transaction, taken in one order."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oeuvre.domains.accounts.models import User
from oeuvre.kit.locks import lock_names, lock_rows
from tests.support.threads import at_once


@pytest.mark.django_db
def test_lock_rows__locks_in_primary_key_order_whatever_the_queryset_says(freelancer: User, buyer: User) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        rows = lock_rows(User.objects.order_by("-id"))
    assert [row.pk for row in rows] == sorted([freelancer.pk, buyer.pk])
    assert "FOR UPDATE" in queries[0]["sql"]


@pytest.mark.django_db
def test_lock_names__takes_each_name_once_in_sorted_order() -> None:
    def taken(names: list[str]) -> list[str]:
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            lock_names(names)
        return [query["sql"] for query in queries if "advisory" in query["sql"]]

    assert taken(["b", "a", "b"]) == taken(["a", "b"])
    assert len(taken(["a", "b"])) == 2


@pytest.mark.django_db(transaction=True)
def test_lock_names__is_refused_where_it_would_be_gone_at_once() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        lock_names(["a"])


@pytest.mark.django_db(transaction=True)
def test_lock_names__keeps_the_same_name_out_and_lets_others_in() -> None:
    def want(name: str) -> bool:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
            try:
                lock_names([name])
            except OperationalError:
                return False
            return True

    with transaction.atomic():
        lock_names(["taken"])
        assert at_once(lambda: want("taken"), lambda: want("free")) == [False, True]
    assert at_once(lambda: want("taken")) == [True]
