"""The demo people: what they bring is whole, original to each, and enough to train on."""

from __future__ import annotations

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.catalog.states import GigState
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.creation.modalities.text import Texts
from oeuvre.domains.creation.models import CreationModel, TrainingRun
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio.states import Rights
from oeuvre.domains.search.models import SearchDocument
from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.demo.content import FIRST, demo_freelancers, demo_people
from oeuvre.interfaces.demo.loader import demo_load


def test_demo_freelancers__are_three_of_different_trades_with_thirty_works_each() -> None:
    people = demo_freelancers()
    assert len({person.trade for person in people}) >= 3
    assert people[0].handle == FIRST
    for person in people:
        assert len(person.works) >= 30
        assert {work.rights for work in person.works} <= set(Rights.values)
        assert all(work.path.exists() for work in person.works)
        assert sum(len(work.path.read_text().split()) for work in person.works) >= Texts.least.size


@pytest.mark.django_db
def test_demo_load__makes_people_who_are_ready_and_starts_the_first_training(settings: object) -> None:
    assert demo_load(password="a long password")
    assert TrainingRun.objects.get().model.owner.email == f"{FIRST}@demo.oeuvre.example"
    for person in demo_freelancers():
        user = User.objects.get(email=person.email)
        assert creation.is_eligible(user_id=user.pk)
        assert billing.has_feature(user_id=user.pk, feature=Feature.CREATION_MODEL)
        summary = portfolio.portfolio_summary(actor=user.actor, owner_id=user.pk)
        assert summary.works == len(person.works)
        not_for_training = sum(work.rights == Rights.NOT_FOR_TRAINING for work in person.works)
        assert summary.trainable == len(person.works) - not_for_training
    count = CreationModel.objects.count()
    assert demo_load(password="a long password")
    assert CreationModel.objects.count() == count


@pytest.mark.django_db
def test_demo_load__keeps_out_of_an_installation_with_people_of_its_own(buyer: User) -> None:
    assert not demo_load(password="a long password")
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_demo_load__puts_every_gig_live_and_everybody_into_search() -> None:
    assert demo_load(password="a long password")
    people = demo_people()
    assert len(people) >= 24
    gigs = Gig.objects.filter(status=GigState.LIVE)
    assert gigs.count() == sum(len(person.gigs) for person in people) >= 60
    indexed = SearchDocument.objects.values_list("kind", flat=True)
    assert list(indexed).count(Kind.GIG) == gigs.count()
    assert list(indexed).count(Kind.FREELANCER) == len(people)
    for gig in gigs.select_related("owner"):
        page = catalog.gig_public(actor=gig.owner.actor, url_key=gig.url_key)
        assert len(page.shown.packages) == 3
        assert page.shown.samples
        assert page.availability.open
