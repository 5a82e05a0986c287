"""Nothing of anybody else's, and nothing that somebody did not agree to, is ever in what an assistant knows or says."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import ports, services, thinking
from oeuvre.domains.assistant.engine.types import Situation
from oeuvre.domains.assistant.knowledge import Talk, known_by
from oeuvre.domains.assistant.models import Answer, Assistant
from oeuvre.domains.assistant.services import Note, SettingsContent
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.catalog.states import GigState
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation
from oeuvre.domains.orders.models import Order
from tests.domains.conversation_talk import say, start
from tests.support.ended_orders import ended
from tests.support.factories import freelancer_with_profile
from tests.support.gigs import live_gig

if TYPE_CHECKING:
    from uuid import UUID

HISTORIES = int(os.environ.get("OEUVRE_HISTORIES", "4"))
FREELANCERS, BUYERS = st.integers(0, 2), st.integers(0, 1)
SIDES = st.sampled_from(["buyer", "freelancer"])
TALKS = st.integers(0, 20)
MARK = re.compile(r"mark\d+x\d+y")
"""Everybody's words carry a mark of their own, which names whose they are."""


class History(RuleBasedStateMachine):
    """Three freelancers offer, answer, note and talk; they and their buyers agree to learning and take it back."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.number = 0
        self.own: list[set[str]] = [set(), set(), set()]
        self.notes: list[set[str]] = [set(), set(), set()]
        self.talks: list[tuple[int, int, UUID, set[str]]] = []
        self.agreed: dict[UUID, set[str]] = {}

    @initialize()
    def begin(self) -> None:
        self.freelancers = [freelancer_with_profile(f"f{n}@example.org", f"free-{n}", f"Free {n}") for n in range(3)]
        self.buyers = [User.objects.create_user(f"b{n}@example.org", "a long password") for n in range(2)]
        for freelancer in self.freelancers:
            services.assistant_create(actor=freelancer.actor)

    def mark(self, owner: int) -> str:
        self.number += 1
        return f"mark{owner}x{self.number}y"

    @rule(who=FREELANCERS)
    def offers(self, who: int) -> None:
        mark = self.mark(who)
        live_gig(self.freelancers[who], title=f"Gig {mark}", summary=f"I write {mark}.")
        self.own[who].add(mark)

    @rule(who=FREELANCERS, is_kept=st.booleans())
    def answers(self, who: int, is_kept: bool) -> None:
        mark, actor = self.mark(who), self.freelancers[who].actor
        answer = services.answer_add(actor=actor, question=f"What is {mark}?", reply=f"It is {mark}.")
        if is_kept:
            self.own[who].add(mark)
        else:
            services.answer_reject(actor=actor, answer_id=answer.pk)

    @rule(who=FREELANCERS)
    def notes_down(self, who: int) -> None:
        mark = self.mark(who)
        content = SettingsContent(notes=(Note("How I work", f"Always with {mark}."),))
        services.settings_save(actor=self.freelancers[who].actor, settings=content)
        self.notes[who] = {mark}

    @rule(who=FREELANCERS, buyer=BUYERS)
    def completes_an_order(self, who: int, buyer: int) -> None:
        """Of orders only facts are known, and no title: it may quote one of the two."""
        order = ended(self.buyers[buyer], self.freelancers[who])
        Order.objects.filter(pk=order.pk).update(title=self.mark(who))

    @rule(who=FREELANCERS, buyer=BUYERS)
    def talks_to(self, who: int, buyer: int) -> None:
        mark = self.mark(who)
        talk = start(self.buyers[buyer], self.freelancers[who], f"Do you know {mark}?")
        say(self.freelancers[who], talk, f"I know {mark}.")
        found = next((entry for entry in self.talks if entry[2] == talk.pk), None)
        if found is None:
            self.talks.append((who, buyer, talk.pk, {mark}))
        else:
            found[3].add(mark)

    @rule(place=TALKS)
    def derives(self, place: int) -> None:
        """An answer that was made from a conversation, accepted by the freelancer."""
        if self.talks:
            who, _buyer, talk_id, marks = self.talks[place % len(self.talks)]
            mark = self.mark(who)
            actor = self.freelancers[who].actor
            answer = services.answer_add(actor=actor, question=f"And {mark}?", reply="Yes.")
            Answer.objects.filter(pk=answer.pk).update(conversations=[talk_id])
            marks.add(mark)

    @rule(place=TALKS, side=SIDES)
    def agrees(self, place: int, side: str) -> None:
        self.consent(place, side, is_given=True)

    @rule(place=TALKS)
    def both_agree(self, place: int) -> None:
        for side in ("buyer", "freelancer"):
            self.consent(place, side, is_given=True)

    @rule(place=TALKS, side=SIDES)
    def takes_it_back(self, place: int, side: str) -> None:
        self.consent(place, side, is_given=False)

    def consent(self, place: int, side: str, *, is_given: bool) -> None:
        if not self.talks:
            return
        who, buyer, talk_id, _marks = self.talks[place % len(self.talks)]
        person = self.freelancers[who] if side == "freelancer" else self.buyers[buyer]
        sides = self.agreed.setdefault(talk_id, set())
        if is_given:
            conversations.learning_agree(actor=person.actor, conversation_id=talk_id)
            sides.add(side)
        else:
            conversations.learning_end(actor=person.actor, conversation_id=talk_id)
            sides.discard(side)

    def allowed(self, who: int) -> set[str]:
        """What one assistant may know now."""
        talked = [
            marks for owner, _buyer, pk, marks in self.talks if owner == who and len(self.agreed.get(pk, ())) == 2
        ]
        return self.own[who] | self.notes[who] | set().union(*talked)

    @invariant()
    def each_knows_exactly_what_it_may(self) -> None:
        for who, freelancer in enumerate(getattr(self, "freelancers", [])):
            known = known_by(Assistant.objects.get(freelancer=freelancer))
            assert set(MARK.findall(str(asdict(known.knowledge)))) == self.allowed(who)

    @rule(asker=FREELANCERS, place=st.integers(0, 50))
    def is_asked_about_anything(self, asker: int, place: int) -> None:
        """Whoever's mark a buyer names, the reply has none that this freelancer's assistant may not know."""
        named = f"mark{place % 3}x{place % (self.number + 1)}y"
        known = known_by(Assistant.objects.get(freelancer=self.freelancers[asker]))
        message = f"What is {named}? And what does it cost?"
        decided = thinking.decide(message, known=known, situation=Situation(timezone.now()))
        assert set(MARK.findall(decided.text)) <= self.allowed(asker) | {named}
        for source in decided.sources:
            assert source.partition(":")[2].partition(":")[0] in str(asdict(known.knowledge))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "VECTORS", None)
    monkeypatch.setattr(ports, "reader", lambda: None)


@pytest.mark.django_db
def test_known_by__in_any_history_is_the_freelancers_own_and_agreed_to() -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def everybodys_gigs(*, owner_id: UUID) -> list[Gig]:
    """What is on offer, whoever asks."""
    rows = Gig.objects.filter(status=GigState.LIVE).select_related("category", "published")
    return list(rows.order_by("-created_at"))


def everybodys_talks(freelancer_id: UUID) -> tuple[Talk, ...]:
    """The freelancer's conversations, whoever agreed."""
    ids = Conversation.objects.filter(freelancer_id=freelancer_id).values_list("pk", flat=True)
    return tuple(Talk(pk, ()) for pk in ids)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "instead"),
    [("catalog.gigs_live", everybodys_gigs), ("_said", everybodys_talks)],
    ids=["gigs", "consents"],
)
def test_control__without_the_bound_a_history_shows_it(
    monkeypatch: pytest.MonkeyPatch, what: str, instead: object
) -> None:
    history = History()
    try:
        history.begin()
        history.offers(0)
        history.talks_to(1, 0)
        history.derives(0)
        history.each_knows_exactly_what_it_may()
        monkeypatch.setattr(f"oeuvre.domains.assistant.knowledge.{what}", instead)
        with pytest.raises(AssertionError):
            history.each_knows_exactly_what_it_may()
    finally:
        history.teardown()
