"""Any history of a gig leaves it, its versions and the search index in agreement."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog import errors, selectors
from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import content_of
from oeuvre.domains.catalog.models import Gig, GigVersion
from oeuvre.domains.catalog.states import GIG, ON_SHOW, OPEN_VERSION, OVER, GigState, VersionState
from oeuvre.domains.search.models import SearchDocument
from oeuvre.kit.actor import Actor
from oeuvre.kit.states import IllegalTransitionError
from tests.support.gigs import LEAF, OTHER_LEAF, draft_gig

if TYPE_CHECKING:
    from collections.abc import Callable

HISTORIES = int(os.environ.get("OEUVRE_HISTORIES", "10"))
REFUSALS = (
    errors.DraftMissingError,
    errors.DraftNeededError,
    errors.DraftChangedError,
    errors.GigInReviewError,
    errors.GigNotPausedError,
    errors.GigOverError,
    errors.VersionNotWaitingError,
    IllegalTransitionError,
)
"""What a service may answer when a gig is not in the state for it."""


class History(RuleBasedStateMachine):
    """A freelancer and an operator do anything, in any order; what is not possible is refused and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.titles: dict[int, str] = {}
        """Version number → title when it was published: those never change again."""

    @initialize()
    def begin(self) -> None:
        self.freelancer = User.objects.create_user("f@example.org", is_freelancer=True)
        self.operator = User.objects.create_user("o@example.org", is_staff=True)
        self.gig = draft_gig(self.freelancer)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def attempt(self, service: Callable[..., Any], **arguments: Any) -> None:
        before = self.facts()
        try:
            with transaction.atomic():
                service(**arguments)
        except REFUSALS:
            assert self.facts() == before

    def facts(self) -> list[Any]:
        gig = Gig.objects.filter(pk=self.gig.pk).values_list("status", "published", "accepting_orders", "slug")
        return [*gig, *self.gig.versions.order_by("number").values_list("number", "status", "revision", "title")]

    def own(self, service: Callable[..., Any], **arguments: Any) -> None:
        self.attempt(service, actor=self.freelancer.actor, gig_id=self.gig.pk, **arguments)

    def revision(self) -> int:
        opened = self.gig.versions.filter(status__in=[str(state) for state in OPEN_VERSION]).first()
        return opened.revision if opened else 1

    def version(self) -> GigVersion:
        return self.gig.versions.order_by("-number")[0]

    @rule(title=st.sampled_from(["Quays", "Decks", "Masts"]), leaf=st.sampled_from([LEAF, OTHER_LEAF]))
    def save(self, title: str, leaf: str) -> None:
        attributes = {"licence": "personal-use"} if leaf == LEAF else {}
        content = replace(content_of(self.version()), title=title, category=leaf, attributes=attributes)
        self.own(catalog.gig_draft_save, revision=self.revision(), content=content)

    @rule()
    def save_stale(self) -> None:
        content = replace(content_of(self.version()), title="Lost")
        self.own(catalog.gig_draft_save, revision=self.revision() - 1, content=content)
        assert not GigVersion.objects.filter(title="Lost").exists()

    @rule()
    def open_draft(self) -> None:
        self.own(catalog.gig_draft_open)

    @rule()
    def discard(self) -> None:
        self.own(catalog.gig_draft_discard, revision=self.revision())

    @rule()
    def submit(self) -> None:
        self.own(catalog.gig_submit, revision=self.revision())

    @rule()
    def withdraw(self) -> None:
        self.own(catalog.gig_withdraw)

    @rule()
    def publish(self) -> None:
        self.attempt(catalog.gig_version_publish, actor=self.operator.actor, version_id=self.version().pk)

    @rule()
    def send_back(self) -> None:
        self.attempt(catalog.gig_version_return, actor=self.operator.actor, version_id=self.version().pk, reasons="No")

    @rule(days=st.sampled_from([None, 1, 9]))
    def pause(self, days: int | None) -> None:
        until = None if days is None else timezone.now().date() + timedelta(days=days)
        self.own(catalog.gig_pause, until=until)

    @rule()
    def resume(self) -> None:
        self.own(catalog.gig_resume)

    @rule(accepting=st.booleans())
    def availability(self, accepting: bool) -> None:
        self.own(catalog.gig_availability_set, accepting_orders=accepting)

    @rule(really=st.integers(0, 5))
    def end(self, really: int) -> None:
        """Seldom, so that histories are not over at once."""
        if really == 0:
            self.attempt(catalog.gig_remove, actor=self.operator.actor, gig_id=self.gig.pk, reason="No")
        elif really == 1:
            self.own(catalog.gig_close)

    @invariant()
    def versions_and_gig_agree(self) -> None:
        gig = Gig.objects.select_related("published").get(pk=self.gig.pk)
        states = [row.status for row in gig.versions.order_by("number")]
        assert states.count(VersionState.PUBLISHED) == (gig.published is not None)
        assert sum(state in OPEN_VERSION for state in states) <= 1
        assert gig.published is None or gig.published.status == VersionState.PUBLISHED
        assert gig.status not in ON_SHOW or (gig.published and gig.category_id == gig.published.category_id)
        assert (gig.status in (GigState.DRAFT, GigState.IN_REVIEW)) <= (gig.published is None)
        assert (gig.status == GigState.IN_REVIEW) <= (VersionState.IN_REVIEW in states)
        assert not (gig.status in OVER and VersionState.IN_REVIEW in states)
        assert gig.status in GIG.table

    @invariant()
    def what_was_published_never_changes(self) -> None:
        for row in self.gig.versions.exclude(published_at=None):
            assert self.titles.setdefault(row.number, row.title) == row.title

    @invariant()
    def the_index_holds_what_can_be_ordered(self) -> None:
        gig = Gig.objects.select_related("published").get(pk=self.gig.pk)
        document = SearchDocument.objects.filter(kind="gig", ref_id=gig.pk).first()
        assert (document is not None) == selectors.availability(gig=gig).open
        assert document is None or (gig.published and document.title == gig.published.title)

    @invariant()
    def strangers_see_the_published_version_or_nothing(self) -> None:
        gig = Gig.objects.get(pk=self.gig.pk)
        try:
            page = selectors.gig_public(actor=Actor.anonymous(), url_key=gig.url_key)
        except errors.GigNotFoundError:
            assert gig.status not in ON_SHOW
        else:
            assert gig.status in ON_SHOW
            assert page.shown.version.pk == gig.published_id


@pytest.mark.django_db
def test_gig__is_in_agreement_with_itself_after_any_history() -> None:
    assert connection.in_atomic_block
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=HISTORIES, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
