"""Sketches of works: made when a run needs them, of the right works, and of no use to anybody who wants to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation import services as creation
from oeuvre.domains.portfolio import selectors, services
from oeuvre.domains.portfolio.models import DuplicateMatch, Work, WorkSketch
from oeuvre.domains.portfolio.ports import Sketcher
from oeuvre.domains.portfolio.services_works import work_kept
from oeuvre.domains.portfolio.states import MatchState, Modality
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.ports import port
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.portfolio_texts import prose
from tests.support.factories import freelancer_with_profile, works
from tests.support.fake_studio import FakeTrainer

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()


@pytest.fixture(autouse=True)
def own_key(settings: Any, tmp_path: Path, scripted_ports: None) -> None:
    """A key of the test's own."""
    settings.PORTS = {**settings.PORTS, "sketches": (settings.PORTS["sketches"][0], {"home": str(tmp_path)})}


@pytest.fixture
def neighbour() -> User:
    return freelancer_with_profile("neighbour@example.org", "neighbour", "Ned Berg")


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("operator@example.org", "a long password", is_staff=True)


def add(user: User, text: str, name: str = "a.txt") -> Work:
    return services.work_add(actor=user.actor, filename=name, data=text.encode())


def seen_by(user: User) -> list[Any]:
    """The works that a run of this person is compared with."""
    services.sketches_complete(actor=SYSTEM)
    return [
        work_id for work_id, _ in selectors.sketches_of_others(actor=SYSTEM, owner_id=user.pk, modality=Modality.TEXT)
    ]


def test_sketches__are_of_everybody_else_s_accepted_works(vetted: User, neighbour: User) -> None:
    works(vetted)
    theirs = works(neighbour, count=2)
    assert seen_by(vetted) == sorted(work.pk for work in theirs)
    assert len(seen_by(neighbour)) == 6


def test_sketches__are_made_once_and_anew_under_another_key(neighbour: User, settings: Any, tmp_path: Path) -> None:
    works(neighbour, count=2)
    assert services.sketches_complete(actor=SYSTEM) == 2
    before = dict(WorkSketch.objects.values_list("work_id", "hashes"))
    assert services.sketches_complete(actor=SYSTEM) == 0
    settings.PORTS = {**settings.PORTS, "sketches": (settings.PORTS["sketches"][0], {"home": str(tmp_path / "new")})}
    assert list(selectors.sketches_of_others(actor=SYSTEM, owner_id=User().pk, modality=Modality.TEXT)) == []
    assert services.sketches_complete(actor=SYSTEM) == 2
    after = dict(WorkSketch.objects.values_list("work_id", "hashes"))
    assert all(bytes(after[work_id]) != bytes(before[work_id]) for work_id in before)


def test_sketches__hold_no_text(neighbour: User) -> None:
    work = add(neighbour, prose(1, words=400))
    services.sketches_complete(actor=SYSTEM)
    hashes = bytes(WorkSketch.objects.get(work=work).hashes)
    assert len(hashes) % 8 == 0
    assert 400 <= len(hashes) <= 1200  # two bytes a word, more or less
    text = work_kept(actor=SYSTEM, work_id=work.pk).decode()
    assert not any(word.encode() in hashes for word in text.split())
    assert hashes == port("sketches", Sketcher).sketch(text)


def test_sketches__go_with_the_work(vetted: User, neighbour: User) -> None:
    work = add(neighbour, prose(1))
    assert seen_by(vetted) == [work.pk]
    services.work_remove(actor=neighbour.actor, work_id=work.pk)
    assert not WorkSketch.objects.exists()
    assert seen_by(vetted) == []


def test_sketches__pass_over_a_work_whose_content_is_damaged(
    vetted: User, neighbour: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged, whole = add(neighbour, prose(1), "1.txt"), add(neighbour, prose(2), "2.txt")

    def read(*, actor: Actor, work_id: Any) -> bytes:
        if work_id == damaged.pk:
            raise KeyError(work_id)
        return work_kept(actor=actor, work_id=work_id)

    monkeypatch.setattr("oeuvre.domains.portfolio.services_sketches.work_kept", read)
    assert seen_by(vetted) == [whole.pk]


def test_sketches__leave_out_a_copy_that_waits_for_its_operator(vetted: User, neighbour: User) -> None:
    add(vetted, prose(1))
    copied = add(neighbour, prose(1))
    assert copied.status == "in_review"
    assert seen_by(vetted) == []  # else whoever copies could have the original's model rejected


@pytest.mark.parametrize(
    ("decision", "measured_against"),
    [(MatchState.NOT_A_COPY, False), (MatchState.SAME_AUTHOR_OK, False), (MatchState.COPY, False)],
)
def test_sketches__leave_out_what_an_operator_let_stand_beside_one_s_own(
    vetted: User, neighbour: User, operator: User, decision: str, measured_against: bool
) -> None:
    add(vetted, prose(1))
    similar = add(neighbour, prose(1))
    services.duplicate_resolve(
        actor=operator.actor, match_id=DuplicateMatch.objects.get().pk, decision=decision, note="Looked at both."
    )
    third = freelancer_with_profile("third@example.org", "third", "Tom Third")
    assert (similar.pk in seen_by(vetted)) is measured_against
    assert (similar.pk in seen_by(third)) is (decision != MatchState.COPY)


def test_sketches__are_for_the_system_alone(vetted: User, operator: User) -> None:
    for actor in (vetted.actor, operator.actor):
        with pytest.raises(PermissionDeniedError):
            services.sketches_complete(actor=actor)
        with pytest.raises(PermissionDeniedError):
            selectors.sketches_of_others(actor=actor, owner_id=vetted.pk, modality=Modality.TEXT)


def test_works_named__are_told_to_operators(vetted: User, operator: User) -> None:
    work = add(vetted, prose(1))
    assert selectors.works_named(actor=operator.actor, ids=[work.pk])[work.pk].owner == vetted
    assert selectors.works_named(actor=vetted.actor, ids=[work.pk]) == {}


def test_training__is_told_what_it_must_not_repeat(vetted: User, neighbour: User, trainer: FakeTrainer) -> None:
    works(vetted)
    theirs = works(neighbour, count=2)
    model = creation.model_create(actor=vetted.actor, name="Harbour Voice")
    run = creation.training_start(actor=vetted.actor, model_id=model.pk)
    run = creation.training_execute(run_id=run.pk)
    assert sorted(other.work_id for other in trainer.others) == sorted(str(work.pk) for work in theirs)
    assert all(other.sketch for other in trainer.others)
    assert run.report["details"]["near_duplicates"]["works"] == 2
