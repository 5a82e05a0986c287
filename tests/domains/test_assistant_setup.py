"""An assistant is made, set up, and goes live when nothing is in the way."""

from __future__ import annotations

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import selectors, services
from oeuvre.domains.assistant.states import AssistantState

pytestmark = pytest.mark.django_db


def test_assistant_create__makes_one_a_freelancer_and_gives_it_again(freelancer: User) -> None:
    made = services.assistant_create(actor=freelancer.actor)
    assert made.status == AssistantState.DRAFT
    assert services.assistant_create(actor=freelancer.actor) == made
    assert selectors.assistant_of(actor=freelancer.actor) == made
