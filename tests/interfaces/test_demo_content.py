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
from oeuvre.domains.creation.modalities.table import MODALITIES as MODELS
from oeuvre.domains.creation.models import CreationModel, GigModel, TrainingRun
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio.states import Modality, Rights
from oeuvre.domains.search.models import SearchDocument
from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.demo.content import FIRST, demo_freelancers, demo_people
from oeuvre.interfaces.demo.loader import demo_load

LEAST = {"text": 30, "image": 14, "voice": 24}
"""Works of each person, by what they are made of."""


def test_demo_freelancers__bring_enough_of_each_kind_to_train_on() -> None:
    people = demo_freelancers()
    assert people[0].handle == FIRST
    assert len({person.trade for person in people}) == len(people) == 6
    assert {person.modality for person in people} == set(Modality.values)
    for person in people:
        assert person.model
        assert len(person.works) >= LEAST[person.modality]
        assert {work.rights for work in person.works} <= set(Rights.values)
        assert all(work.path.exists() != bool(work.script) for work in person.works)
        assert len({work.title for work in person.works}) == len(person.works)
        if person.modality in MODELS:
            least = MODELS[person.modality].least
            assert sum(work.rights != Rights.NOT_FOR_TRAINING for work in person.works) >= least.works


def test_demo_texts__have_words_enough_to_train_on() -> None:
    for person in demo_freelancers():
        if person.shows_works:
            words = sum(len(work.path.read_text().split()) for work in person.works)
            assert words >= MODELS[Modality.TEXT].least.size


@pytest.mark.django_db
def test_demo_load__makes_people_who_are_ready_and_starts_the_first_training() -> None:
    assert demo_load(password="a long password")
    assert TrainingRun.objects.get().model.owner.email == f"{FIRST}@demo.oeuvre.example"
    sellers = [person for person in demo_freelancers() if person.shows_works]
    assert len(sellers) == 3
    for person in sellers:
        user = User.objects.get(email=person.email)
        assert creation.is_eligible(user_id=user.pk)
        assert billing.has_feature(user_id=user.pk, feature=Feature.CREATION_MODEL)
        summary = portfolio.portfolio_summary(actor=user.actor, owner_id=user.pk)
        assert summary.works == len(person.works)
        not_for_training = sum(work.rights == Rights.NOT_FOR_TRAINING for work in person.works)
        assert summary.trainable == len(person.works) - not_for_training
        assert GigModel.objects.filter(model__owner=user).exists()
    assert CreationModel.objects.count() == len(sellers)
    assert demo_load(password="a long password")
    assert CreationModel.objects.count() == len(sellers)


@pytest.mark.django_db
def test_demo_load__keeps_out_of_an_installation_with_people_of_its_own(buyer: User) -> None:
    assert not demo_load(password="a long password")
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_demo_load__puts_every_gig_live_and_everybody_into_search() -> None:
    assert demo_load(password="a long password")
    people = demo_people()
    assert len(people) >= 27
    gigs = Gig.objects.filter(status=GigState.LIVE)
    assert gigs.count() == sum(len(person.gigs) for person in people) >= 70
    indexed = SearchDocument.objects.values_list("kind", flat=True)
    assert list(indexed).count(Kind.GIG) == gigs.count()
    assert list(indexed).count(Kind.FREELANCER) == len(people)
    for gig in gigs.select_related("owner"):
        page = catalog.gig_public(actor=gig.owner.actor, url_key=gig.url_key)
        assert len(page.shown.packages) == 3
        assert page.shown.samples
        assert page.availability.open
