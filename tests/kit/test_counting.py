"""The counters of limits: right to their own end, however many count at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from oeuvre.kit.counting import CountingCache

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_django import DjangoAssertNumQueries

HOUR = 3600


def end_of(key: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM cache WHERE cache_key = %s", [cache.make_key(key)])
        found: datetime = cursor.fetchone()[0]
    return found


def forget_after(key: str, seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cache SET expires = %s WHERE cache_key = %s",
            [timezone.now() + timedelta(seconds=seconds), cache.make_key(key)],
        )


@pytest.mark.django_db
def test_incr__counts_to_the_end_that_was_said_first(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert cache.add("tries", 1, HOUR)
    end = end_of("tries")
    with django_assert_num_queries(2):
        assert not cache.add("tries", 1, 5)
        assert cache.incr("tries") == 2
    assert cache.incr("tries", 3) == 5
    assert (cache.get("tries"), end_of("tries")) == (5, end)


@pytest.mark.django_db
def test_incr__counts_on_from_what_is_there_and_not_from_what_add_found() -> None:
    cache.add("tries", 1, HOUR)
    assert not cache.add("tries", 1, HOUR)
    CountingCache("cache", {}).incr("tries")
    assert cache.incr("tries") == 3
    assert not cache.add("tries", 1, HOUR)
    forget_after("tries", -2)
    with pytest.raises(ValueError, match="tries"):
        cache.incr("tries")


@pytest.mark.django_db
def test_count__that_is_over_begins_anew() -> None:
    cache.add("tries", 7, HOUR)
    forget_after("tries", -2)
    with pytest.raises(ValueError, match="tries"):
        cache.incr("tries")
    assert cache.add("tries", 1, HOUR)
    assert cache.get("tries") == 1


@pytest.mark.django_db
def test_add__takes_one_statement_and_sweeps_out_what_is_over(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for key in ("tries", "others", "lasting"):
        cache.add(key, 7, HOUR)
    for key in ("tries", "others"):
        forget_after(key, -2)
    with django_assert_num_queries(1):
        assert cache.add("tries", 1, HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        kept = {key for (key,) in cursor.fetchall()}
    assert {cache.make_key("tries"), cache.make_key("lasting")} <= kept
    assert cache.make_key("others") not in kept
    assert (cache.get("tries"), cache.get("lasting")) == (1, 7)
    assert cache.add("for-good", 1, None)
    assert cache.get("for-good") == 1


@pytest.mark.django_db(transaction=True)
def test_incr__of_several_at_once_counts_them_all() -> None:
    cache.delete("tries")
    cache.add("tries", 0, HOUR)

    def count(_number: int) -> None:
        try:
            for _time in range(10):
                CountingCache("cache", {}).incr("tries")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        list(people.map(count, range(4)))
    assert cache.get("tries") == 40
    cache.delete("tries")
