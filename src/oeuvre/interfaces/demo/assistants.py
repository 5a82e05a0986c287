"""The demo writer's assistant: set up, rehearsed and put to work through the services, like anybody's."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.engine.types import Audience, Policy, TaskKind, Tone, Topic
from oeuvre.domains.assistant.states import AssistantState, Mark
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.states import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oeuvre.interfaces.demo.content import DemoFreelancer
    from oeuvre.kit.actor import Actor


class Stage(Enum):
    """How far the assistant has come."""

    REHEARSING = auto()
    LIVE = auto()
    HELD_BACK = auto()
    """Something that must be right is wrong, or in the way; its freelancer sees what."""


def assistant_load(person: DemoFreelancer) -> Stage:
    """One step further: set up, judge what was rehearsed, go live, be asked. Safe to repeat."""
    actor = User.objects.get(email=person.email).actor
    found = selectors.assistant_of(actor=actor)
    if found is None:
        _set_up(actor, person.assistant)
        return Stage.REHEARSING
    if found.status != AssistantState.DRAFT:
        return Stage.LIVE
    rehearsal = selectors.rehearsal_state(actor=actor)
    if rehearsal is not None and rehearsal.is_open:
        return Stage.REHEARSING
    if _judge(actor, person.assistant):
        return Stage.REHEARSING
    if selectors.go_live_check(actor=actor):
        return Stage.HELD_BACK
    services.assistant_go_live(actor=actor)
    _ask(actor, person.assistant)
    return Stage.LIVE


def _set_up(actor: Actor, said: Mapping[str, Any]) -> None:
    services.assistant_create(actor=actor)
    settings = services.SettingsContent(
        tone=Tone(said["tone"]),
        languages=tuple(said["languages"]),
        time_zone=said["time_zone"],
        policies=dict.fromkeys(Audience, Policy.ANSWER),
        tasks=frozenset(TaskKind(task) for task in said["tasks"]),
        hand_off_topics=_topics(said["hand_off"]),
        refused=_topics(said["refused"]),
        never=tuple(said["never"]),
    )
    services.settings_save(actor=actor, settings=settings)
    for answer in said["answers"]:
        services.answer_add(actor=actor, question=answer["question"], reply=answer["reply"])
    for case in said["cases"]:
        services.case_add(actor=actor, text=case["message"])
    services.rehearsal_start(actor=actor)


def _topics(rows: Iterable[Mapping[str, Any]]) -> tuple[Topic, ...]:
    return tuple(Topic(row["name"], tuple(row["examples"])) for row in rows)


def _judge(actor: Actor, said: Mapping[str, Any]) -> bool:
    """Mark the cases of the file that nobody judged yet, and have them pass from now on; whether there were any."""
    expected = {case["message"]: case["expects"] for case in said["cases"]}
    waiting = [case for case in selectors.cases_of(actor=actor) if case.text in expected and not case.mark]
    for case in waiting:
        did = case.decision.action if case.decision else ""
        mark = Mark.RIGHT if did in expected[case.text] else Mark.WRONG
        services.case_mark(actor=actor, case_id=case.id, mark=mark)
        services.case_must_pass(actor=actor, case_id=case.id, must_pass=True)
    return bool(waiting)


def _ask(actor: Actor, said: Mapping[str, Any]) -> None:
    """Buyers write; what comes back is the assistant's own."""
    gigs = dict(Gig.objects.filter(owner_id=actor.person_id).values_list("published__title", "pk"))
    for row in said["enquiries"]:
        conversations.conversation_start(
            actor=User.objects.get(email=row["buyer"]).actor,
            freelancer_id=actor.person_id,
            body=row["message"],
            subject_type=Subject.GIG,
            subject_id=gigs[row["gig"]],
            subject_label=row["gig"],
        )
