"""Parts that come along in the query of what they are parts of are the ones that prefetching would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.models import Model, Prefetch
from django.test.utils import isolate_apps

from oeuvre.domains.catalog.content import Sample
from oeuvre.domains.catalog.models import Gig, GigSample, GigVersion
from oeuvre.domains.catalog.states import SampleLabel, SampleSource
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.models import Delivery, Milestone, Order
from oeuvre.kit.parts import Part, with_parts
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.gigs import live_gig
from tests.support.orders import delivered, started

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.django_db

TEXT = Sample(SampleSource.TEXT, None, SampleLabel.HUMAN, "A door", excerpt="Closed “today” \\ from six.\n")


def columns(rows: Iterable[Model]) -> list[dict[str, Any]]:
    return [{column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields} for row in rows]


def test_with_parts__brings_every_column_as_prefetching_does(
    freelancer: User, buyer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = started(buyer, freelancer)
    orders.question_ask(actor=freelancer.actor, order_id=order.pk, text="Which harbour?")
    names = ("lines", "questions", "milestones")
    rows = Order.objects.filter(pk=order.pk)
    by_name = rows.prefetch_related(*names).get()
    with django_assert_num_queries(1):
        found = with_parts(rows, *(Part(name) for name in names)).get()
        for name in names:
            assert columns(getattr(found, name).all()) == columns(getattr(by_name, name).all())
            assert len(getattr(found, name).all()) > 0
        assert found.lines.all()[0].order is found
    assert isinstance(found.questions.all()[0].text, bytes)


def test_with_parts__brings_parts_of_parts_and_what_they_refer_to(
    freelancer: User, buyer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = started(buyer, freelancer)
    delivery = delivered(order)
    orders.revision_request(actor=buyer.actor, delivery_id=delivery.pk, text="Warmer, please, and shorter.")
    delivered(order)
    part = Part("deliveries", rows=Delivery.objects.order_by("-number"), one=("revision",), parts=(Part("files"),))
    with django_assert_num_queries(1):
        second, first = with_parts(Order.objects.filter(pk=order.pk), part).get().deliveries.all()
        assert (second.number, first.number) == (2, 1)
        assert first.revision.delivery is first
        assert not hasattr(second, "revision")
        assert [len(one.files.all()) for one in (first, second)] == [1, 1]
    assert columns([first.revision]) == columns([Delivery.objects.get(pk=first.pk).revision])
    assert columns(second.files.all()) == columns(Delivery.objects.get(pk=second.pk).files.all())


def test_with_parts__follows_a_path_to_what_is_selected(
    freelancer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    live = live_gig(freelancer, samples=(TEXT,))
    draft = Gig.objects.create(owner=freelancer)
    parts = [Part(name, "published", one=("image",) if name == "samples" else ()) for name in ("packages", "samples")]
    rows = Gig.objects.filter(owner=freelancer).select_related("published").order_by("created_at")
    samples = Prefetch("samples", GigSample.objects.select_related("image"))
    assert live.published_id is not None
    wanted = GigVersion.objects.prefetch_related("packages", samples).get(pk=live.published_id)
    with django_assert_num_queries(1):
        found, without = with_parts(rows, *parts)
        assert found.published is not None
        assert columns(found.published.packages.all()) == columns(wanted.packages.all())
        assert columns(found.published.samples.all()) == columns(wanted.samples.all())
        assert found.published.samples.all()[0].image is None
    assert (without, without.published) == (draft, None)


def test_with_parts__goes_on_being_a_query(
    freelancer: User, buyer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    older, newer = started(buyer, freelancer), started(buyer, freelancer)
    rows = with_parts(with_parts(Order.objects.all(), Part("lines")), Part("changes")).order_by("-created_at")
    assert rows.count() == 2
    with django_assert_num_queries(1):
        found = rows.exclude(pk=newer.pk)[:1]
        assert [(row, len(row.lines.all()), len(row.changes.all())) for row in found] == [(older, 1, 0)]


def test_with_parts__keeps_some_of_them_apart_from_all(freelancer: User, buyer: User) -> None:
    order = started(buyer, freelancer)
    open_ = Part("milestones", rows=Milestone.objects.filter(status="nowhere"), to_attr="lost")
    found = with_parts(Order.objects.filter(pk=order.pk), open_).get()
    assert found.lost == []  # type: ignore[attr-defined]  # what to_attr says
    assert len(found.milestones.all()) == 1


@isolate_apps("oeuvre.domains.orders")
def test_with_parts__refuses_what_json_would_change() -> None:
    class Shelf(models.Model):  # noqa: DJ008  (nobody reads of it)
        class Meta:
            app_label = "orders"

    class Book(models.Model):  # noqa: DJ008
        shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")
        weight = models.DecimalField(max_digits=5, decimal_places=2)

        class Meta:
            app_label = "orders"

    with pytest.raises(TypeError, match="JSON would change weight"):
        with_parts(Shelf._default_manager.all(), Part("books"))
