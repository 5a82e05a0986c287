"""What was made from conversations: answers and cases. Part of the selectors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from oeuvre.domains.assistant.models import Answer, RehearsalCase
from oeuvre.domains.assistant.sealing import Opener, answer_context, case_context
from oeuvre.domains.assistant.sources import SourceLink

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Derived:
    """What was made from one conversation, each with a name and its page."""

    answers: tuple[SourceLink, ...] = ()
    cases: tuple[SourceLink, ...] = ()

    @property
    def all(self) -> tuple[SourceLink, ...]:
        return (*self.answers, *self.cases)


def derived_from(*, actor: Actor, conversation_id: UUID) -> Derived:
    """What the actor's assistant made from a conversation: answers and cases; nothing of anybody else's."""
    return derived_by(freelancer_id=actor.person_id, conversation_ids=[conversation_id])[conversation_id]


def derived_by(*, freelancer_id: UUID, conversation_ids: Iterable[UUID]) -> dict[UUID, Derived]:
    """The same for several conversations at once."""
    wanted = list(conversation_ids)
    opener = Opener(freelancer_id)
    answers: dict[UUID, list[SourceLink]] = defaultdict(list)
    cases: dict[UUID, list[SourceLink]] = defaultdict(list)
    for answer in Answer.objects.filter(assistant__freelancer_id=freelancer_id, conversations__overlap=wanted):
        words = Truncator(opener.value(answer.sealed, answer_context(answer))["question"]).chars(60)
        label = _("Answer: %(words)s") % {"words": words}
        link = SourceLink(f"answer:{answer.pk}", label, f"/studio/assistant/bank/{answer.pk}/")
        for conversation_id in answer.conversations:
            answers[conversation_id].append(link)
    for case in RehearsalCase.objects.filter(assistant__freelancer_id=freelancer_id, conversations__overlap=wanted):
        words = Truncator(opener.value(case.sealed, case_context(case))).chars(60)
        link = SourceLink(
            f"case:{case.pk}", _("Rehearsal: %(words)s") % {"words": words}, "/studio/assistant/rehearsal/"
        )
        for conversation_id in case.conversations:
            cases[conversation_id].append(link)
    return {one: Derived(tuple(answers[one]), tuple(cases[one])) for one in wanted}
