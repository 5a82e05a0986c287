"""Life cycles: only declared arrows, decided on the locked row, always recorded."""

from __future__ import annotations

from enum import StrEnum

import pytest
from django.db import transaction

from oeuvre.domains.audit import selectors as audit
from oeuvre.integrations.sandbox_payments.models import SandboxCharge
from oeuvre.kit.actor import Actor
from oeuvre.kit.states import IllegalTransitionError, StateMachine
from tests.support.threads import at_once

SYSTEM = Actor.system()


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


LIGHT: dict[str, frozenset[str]] = {
    Light.RED: frozenset({Light.GREEN, Light.BROKEN}),
    Light.GREEN: frozenset({Light.RED}),
    Light.BROKEN: frozenset(),
}
MACHINE: StateMachine[SandboxCharge] = StateMachine("traffic_light", LIGHT)


@pytest.fixture
def light(db: None) -> SandboxCharge:
    """Any row with a status and a time of change will do."""
    return SandboxCharge.objects.create(idempotency_key="light", amount=1, currency="USD", status=Light.RED)


def test_transition__writes_the_status_and_the_changes_and_is_recorded(light: SandboxCharge) -> None:
    stale = SandboxCharge.objects.get()
    result = MACHINE.transition(light, Light.GREEN, actor=SYSTEM, failure_code="none")
    for row in (light, result, SandboxCharge.objects.get()):
        assert (row.status, row.failure_code) == (Light.GREEN, "none")
    entry = audit.history(subject=light).get()
    assert (entry.code, entry.data) == ("traffic_light.green", {"from": "red", "to": "green"})
    assert stale.status == Light.RED


def test_transition__refuses_an_arrow_that_is_not_declared(light: SandboxCharge) -> None:
    with pytest.raises(IllegalTransitionError, match="traffic light is red") as caught:
        MACHINE.transition(light, Light.RED, actor=SYSTEM)
    assert caught.value.context["target"] == Light.RED
    assert SandboxCharge.objects.get().status == Light.RED
    assert not audit.history(subject=light).exists()


def test_transition__decides_on_the_row_and_not_on_the_callers_copy(light: SandboxCharge) -> None:
    stale = SandboxCharge.objects.get()
    MACHINE.transition(light, Light.BROKEN, actor=SYSTEM)
    with pytest.raises(IllegalTransitionError):
        MACHINE.transition(stale, Light.GREEN, actor=SYSTEM)


def test_transition__is_taken_back_with_the_callers_transaction(light: SandboxCharge) -> None:
    with transaction.atomic():
        MACHINE.transition(light, Light.GREEN, actor=SYSTEM)
        transaction.set_rollback(True)
    assert SandboxCharge.objects.get().status == Light.RED
    assert not audit.history(subject=light).exists()


@pytest.mark.django_db(transaction=True)
def test_transition__twice_at_once_happens_once(light: SandboxCharge) -> None:
    def go() -> SandboxCharge:
        return MACHINE.transition(SandboxCharge.objects.get(), Light.GREEN, actor=SYSTEM)

    answers = at_once(go, go, go)
    assert sum(isinstance(answer, SandboxCharge) for answer in answers) == 1
    assert sum(isinstance(answer, IllegalTransitionError) for answer in answers) == 2


def test_state_machine__must_declare_every_state_that_it_reaches() -> None:
    with pytest.raises(ValueError, match="broken"):
        StateMachine("traffic_light", {Light.RED: frozenset({Light.BROKEN})})


def test_is_terminal__holds_where_no_arrow_leaves() -> None:
    assert MACHINE.is_terminal(Light.BROKEN)
    assert not MACHINE.is_terminal("red")
