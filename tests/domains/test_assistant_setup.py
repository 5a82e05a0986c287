"""An assistant is made, set up, goes live when nothing is in the way, and is paused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import errors, selectors, services
from oeuvre.domains.assistant.engine.types import Audience, OfferLimits, OfficeWindow, Policy, TaskKind, Tone, Topic
from oeuvre.domains.assistant.models import Assistant
from oeuvre.domains.assistant.services import Note, SettingsContent
from oeuvre.domains.assistant.states import AssistantState, PauseReason
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.billing.models import Subscription
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.money import Money
from tests.support.assistants import ANSWERING, Script, live_assistant, ready_assistant, rehearsed, scripted, subscribed
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db

FULL = SettingsContent(
    tone=Tone.FORMAL,
    languages=("pt", "en"),
    time_zone="Europe/Lisbon",
    office=(OfficeWindow(0, time(9), time(17)),),
    outside_office_only=True,
    away_until=datetime(2031, 1, 1, tzinfo=UTC),
    policies={**ANSWERING, Audience.KNOWN: Policy.OFF},
    tasks=frozenset({TaskKind.ORDER_STATUS, TaskKind.CUSTOM_OFFER}),
    discount_most=10,
    offers=OfferLimits(Money(80_000), 3),
    hand_off_topics=(Topic("Exhibitions", ("Could you show at our fair?",)),),
    refused=(Topic("Tattoos"),),
    never=("Where do you live?",),
    notes=(Note("How I work", "Two drafts, then one final text.", "en", "n1"),),
    returns_after_days=5,
)


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


def obstacles(user: User) -> list[str]:
    return [one.code for one in selectors.go_live_check(actor=user.actor)]


def test_assistant_create__makes_one_a_freelancer_and_gives_it_again(freelancer: User) -> None:
    made = services.assistant_create(actor=freelancer.actor)
    assert made.status == AssistantState.DRAFT
    assert services.assistant_create(actor=freelancer.actor) == made
    assert selectors.assistant_of(actor=freelancer.actor) == made
    assert AuditRecord.objects.filter(code="assistant.created", actor_id=freelancer.pk).count() == 1


def test_assistant_create__is_for_freelancers(buyer: User) -> None:
    with pytest.raises(PermissionDeniedError):
        services.assistant_create(actor=buyer.actor)


def test_settings_save__keeps_all_of_it_sealed(freelancer: User) -> None:
    services.assistant_create(actor=freelancer.actor)
    assert selectors.settings_of(actor=freelancer.actor) == SettingsContent()
    services.settings_save(actor=freelancer.actor, settings=FULL)
    assert selectors.settings_of(actor=freelancer.actor) == FULL
    assert b"Tattoos" not in bytes(Assistant.objects.get().sealed_settings)
    assert AuditRecord.objects.filter(code="assistant.settings_saved").count() == 1


def test_settings_save__names_new_notes_and_leaves_out_what_is_empty(freelancer: User) -> None:
    services.assistant_create(actor=freelancer.actor)
    given = SettingsContent(
        languages=(" en ", "en", ""),
        notes=(Note("Way", "  A  "), Note("Nothing", " ")),
        never=("", "Why? "),
        policies={},
    )
    services.settings_save(actor=freelancer.actor, settings=given)
    found = selectors.settings_of(actor=freelancer.actor)
    assert (found.languages, found.never) == (("en",), ("Why?",))
    assert [(note.title, bool(note.key)) for note in found.notes] == [("Way", True)]
    assert set(found.policies.values()) == {Policy.OFF}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("office", (OfficeWindow(0, time(17), time(9)),)),
        ("discount_most", 60),
        ("offers", OfferLimits(Money(0), 1)),
        ("languages", ()),
        ("hand_off_topics", tuple(Topic(f"Topic {number}") for number in range(21))),
        ("refused", (Topic("x" * 81),)),
        ("never", ("x" * 201,)),
        ("notes", (Note("", "Words without a title"),)),
        ("returns_after_days", -1),
    ],
)
def test_settings_save__refuses_what_cannot_be_and_names_the_field(freelancer: User, field: str, value: Any) -> None:
    services.assistant_create(actor=freelancer.actor)
    with pytest.raises(errors.SettingsInvalidError) as refused:
        services.settings_save(actor=freelancer.actor, settings=replace(SettingsContent(), **{field: value}))
    assert refused.value.context["field"] == field


def test_settings_save__needs_an_assistant(freelancer: User) -> None:
    with pytest.raises(errors.AssistantNotFoundError):
        services.settings_save(actor=freelancer.actor, settings=FULL)


def test_policy_for__in_office_hours_it_drafts_where_it_answers_outside_only() -> None:
    monday = datetime(2027, 2, 1, 10, tzinfo=UTC)
    assert FULL.policy_for(Audience.NEW, monday) is Policy.DRAFT
    assert FULL.policy_for(Audience.NEW, monday + timedelta(hours=9)) is Policy.ANSWER
    assert FULL.policy_for(Audience.AWAY, monday) is Policy.ANSWER
    assert FULL.policy_for(Audience.KNOWN, monday + timedelta(hours=9)) is Policy.OFF


def test_away_set__sets_and_ends_an_absence_without_touching_the_rest(freelancer: User) -> None:
    services.assistant_create(actor=freelancer.actor)
    services.settings_save(actor=freelancer.actor, settings=replace(FULL, away_until=None))
    until = timezone.now() + timedelta(days=3)
    services.away_set(actor=freelancer.actor, until=until)
    assert selectors.settings_of(actor=freelancer.actor) == replace(FULL, away_until=until)
    services.away_set(actor=freelancer.actor, until=None)
    assert selectors.settings_of(actor=freelancer.actor).away_until is None
    with pytest.raises(errors.SettingsInvalidError):
        services.away_set(actor=freelancer.actor, until=timezone.now() - timedelta(hours=1))


def test_assistant_go_live__says_what_is_in_the_way_until_nothing_is(freelancer: User) -> None:
    services.assistant_create(actor=freelancer.actor)
    services.settings_save(actor=freelancer.actor, settings=SettingsContent(policies={}))
    assert obstacles(freelancer) == ["plan", "gigs", "policies", "rehearsal"]
    with pytest.raises(errors.NotReadyError) as refused:
        services.assistant_go_live(actor=freelancer.actor)
    assert [one.code for one in refused.value.context["obstacles"]] == obstacles(freelancer)


def test_assistant_go_live__and_pause_and_resume(freelancer: User) -> None:
    ready_assistant(freelancer)
    rehearsed(freelancer)
    assert obstacles(freelancer) == []
    assert services.assistant_go_live(actor=freelancer.actor).live_at is not None
    assert services.assistant_go_live(actor=freelancer.actor).status == AssistantState.LIVE
    paused = services.assistant_pause(actor=freelancer.actor)
    assert (paused.status, paused.paused_reason) == (AssistantState.PAUSED, PauseReason.SELF)
    assert services.assistant_resume(actor=freelancer.actor).paused_reason == ""
    assert (
        list(
            AuditRecord.objects.filter(code__in=["assistant.live", "assistant.paused"]).values_list("code", flat=True)
        ).count("assistant.live")
        == 2
    )


def test_assistant_go_live__needs_the_plan(freelancer: User) -> None:
    ready_assistant(freelancer, has_plan=False)
    rehearsed(freelancer)
    assert obstacles(freelancer) == ["plan"]
    with pytest.raises(errors.NotReadyError):
        services.assistant_go_live(actor=freelancer.actor)
    subscribed(freelancer)
    assert services.assistant_go_live(actor=freelancer.actor).status == AssistantState.LIVE


def test_assistants_tend__pauses_whoever_has_no_plan_any_more_and_tells_them(freelancer: User) -> None:
    assistant = live_assistant(freelancer)
    Subscription.objects.all().delete()
    assert services.assistants_tend() == 1
    assistant.refresh_from_db()
    assert (assistant.status, assistant.paused_reason) == (AssistantState.PAUSED, PauseReason.PLAN)
    run_tasks()
    assert "Your assistant is paused" in [sent.subject for sent in mail.outbox]


def test_overview_of__shows_it_at_a_glance(freelancer: User, django_assert_max_num_queries: Any) -> None:
    assert selectors.overview_of(actor=freelancer.actor) is None
    assistant = live_assistant(freelancer)
    services.answer_add(actor=freelancer.actor, question="Do you come by?", reply="Within a day's sailing.")
    with django_assert_max_num_queries(7):
        found = selectors.overview_of(actor=freelancer.actor)
    assert found is not None
    assert (found.assistant, found.waiting.accepted, found.waiting.answers) == (assistant, 1, 0)
    assert [one.code for one in found.obstacles] == ["checking"]
