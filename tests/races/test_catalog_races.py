"""Two at once, where gigs are concerned; each scenario with its negative control: without the lock it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.catalog import common, errors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import content_of
from oeuvre.domains.catalog.models import Gig, GigVersion
from oeuvre.domains.catalog.services import gigs, review
from oeuvre.domains.catalog.states import GigState, VersionState
from oeuvre.kit.states import IllegalTransitionError
from tests.support.gigs import draft_gig, live_gig, waiting_version
from tests.support.threads import Rendezvous, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def unlocked(queryset: Any) -> list[Any]:
    """``lock_rows`` without the lock."""
    return list(queryset.order_by("pk"))


class TestPublish:
    """Two operators publish the same version: it is published once, and both are told that it is."""

    def race(self, monkeypatch: pytest.MonkeyPatch, freelancer: User) -> list[Any]:
        version = waiting_version(freelancer)
        operators = [User.objects.create_user(f"o{number}@example.org", is_staff=True) for number in (1, 2)]
        meeting = Rendezvous()
        monkeypatch.setattr(review, "_locked", meeting.after(review._locked))
        return at_once(
            *[
                lambda actor=operator.actor: catalog.gig_version_publish(actor=actor, version_id=version.pk)
                for operator in operators
            ]
        )

    def test_gig_version_publish__by_two_at_once_is_one_publication(
        self, monkeypatch: pytest.MonkeyPatch, freelancer: User
    ) -> None:
        answers = self.race(monkeypatch, freelancer)
        assert [getattr(answer, "status", answer) for answer in answers] == [VersionState.PUBLISHED] * 2
        assert AuditRecord.objects.filter(code="gig_version.published").count() == 1
        assert Gig.objects.get().status == GigState.LIVE

    def test_control__without_the_lock_one_of_them_fails(
        self, monkeypatch: pytest.MonkeyPatch, freelancer: User
    ) -> None:
        monkeypatch.setattr(common, "lock_rows", unlocked)
        answers = self.race(monkeypatch, freelancer)
        assert [type(answer) for answer in answers].count(IllegalTransitionError) == 1
        assert AuditRecord.objects.filter(code="gig_version.published").count() == 1  # the machine locks the version


class TestSave:
    """Two windows save the same draft: the first is kept, the last is refused and told what differs."""

    def race(self, monkeypatch: pytest.MonkeyPatch, freelancer: User) -> list[Any]:
        gig = draft_gig(freelancer)
        content = content_of(GigVersion.objects.get())
        meeting = Rendezvous()
        monkeypatch.setattr(gigs, "_seen_check", meeting.after(gigs._seen_check))
        return at_once(
            *[
                lambda title=title: catalog.gig_draft_save(
                    actor=freelancer.actor, gig_id=gig.pk, revision=1, content=replace(content, title=title)
                )
                for title in ("From the left window", "From the right window")
            ]
        )

    def test_gig_draft_save__by_two_at_once_refuses_the_last_and_loses_nothing(
        self, monkeypatch: pytest.MonkeyPatch, freelancer: User
    ) -> None:
        answers = self.race(monkeypatch, freelancer)
        refused = next(answer for answer in answers if isinstance(answer, errors.DraftChangedError))
        stored = GigVersion.objects.get()
        assert [answer.title for answer in answers if isinstance(answer, GigVersion)] == [stored.title]
        assert {stored.title, refused.context["given"].title} == {"From the left window", "From the right window"}
        assert [one.field for one in refused.context["differences"]] == ["title"]
        assert stored.revision == 2

    def test_control__without_the_lock_one_of_them_is_lost(
        self, monkeypatch: pytest.MonkeyPatch, freelancer: User
    ) -> None:
        monkeypatch.setattr(common, "lock_rows", unlocked)
        answers = self.race(monkeypatch, freelancer)
        assert not any(isinstance(answer, errors.DraftChangedError) for answer in answers)


class TestOpen:
    """A double click on *edit* opens one draft."""

    def race(self, monkeypatch: pytest.MonkeyPatch, freelancer: User) -> list[Any]:
        gig = live_gig(freelancer)
        meeting = Rendezvous()
        monkeypatch.setattr(gigs, "open_version", meeting.after(gigs.open_version))
        return at_once(*[lambda: catalog.gig_draft_open(actor=freelancer.actor, gig_id=gig.pk)] * 2)

    def test_gig_draft_open__twice_at_once_is_one_draft(
        self, monkeypatch: pytest.MonkeyPatch, freelancer: User
    ) -> None:
        first, second = self.race(monkeypatch, freelancer)
        assert first == second
        assert GigVersion.objects.filter(status=VersionState.DRAFT).count() == 1

    def test_control__without_the_lock_one_of_them_meets_the_constraint(
        self, monkeypatch: pytest.MonkeyPatch, freelancer: User
    ) -> None:
        monkeypatch.setattr(common, "lock_rows", unlocked)
        answers = self.race(monkeypatch, freelancer)
        assert [type(answer).__name__ for answer in answers].count("IntegrityError") == 1
