"""Several numbers with one question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog.models import Gig
from oeuvre.kit.counts import counts

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries


@pytest.mark.django_db
def test_counts__asks_once_whatever_is_counted(
    buyer: User, freelancer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Gig.objects.create(owner=freelancer)
    with django_assert_num_queries(1):
        found = counts(
            User.objects.filter(pk__in=[buyer.pk, freelancer.pk]),
            Gig.objects.filter(owner=buyer),
            Gig.objects.select_related("owner").order_by("-created_at"),
            User.objects.none(),
            Gig.objects.filter(owner__is_freelancer=True).exclude(status="live"),
        )
    assert found == [2, 0, 1, 0, 1]
    with django_assert_num_queries(1):
        assert counts(Gig.objects.all()) == [1]
    with django_assert_num_queries(0):
        assert counts() == []
