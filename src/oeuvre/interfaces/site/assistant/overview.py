"""What is in the way of going live, step by step, and what the assistant does at this moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from oeuvre.domains.assistant.engine.types import Audience, Policy
from oeuvre.interfaces.site.assistant.wording import AUDIENCES, POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.assistant.content import SettingsContent
    from oeuvre.domains.assistant.selectors import Obstacle, Waiting


@dataclass(frozen=True, slots=True)
class Step:
    """``state`` is done, now (the first that is not), later, or optional; empty before it is known."""

    title: str
    text: str
    action: str
    href: str
    state: str = ""


def steps(obstacles: Iterable[Obstacle], waiting: Waiting) -> list[Step]:
    """The way to an assistant that answers. Reading answers is no condition, but worth it; obstacles that no step is about
    stand at the end."""
    missing: dict[str, list[str]] = {}
    for obstacle in obstacles:
        missing.setdefault(_SAME.get(obstacle.code, obstacle.code), []).append(obstacle.message)
    if "rehearsal" in missing:
        missing.setdefault("must_pass", [_("In the rehearsal you say which cases must pass, every time.")])
    rows = [(step, missing.pop(code, [])) for code, step in _way(waiting).items()]
    rows += [(_more(), said) for said in missing.values()]
    made, is_next = [], True
    for step, said in rows:
        state = step.state or ("now" if said and is_next else "later" if said else "done")
        is_next = is_next and state != "now"
        made.append(replace(step, text=" ".join(said) or step.text, state=state))
    return made


def is_ready(way: Iterable[Step]) -> bool:
    return all(step.state in ("done", "optional") for step in way)


_SAME = {"checking": "must_pass"}
"""Codes that are one step for people."""


def _way(waiting: Waiting) -> dict[str, Step]:
    """By the code of the obstacle; the text is what is said once it is done."""
    if waiting.accepted:
        answers, state = _("It has answers that you approved."), "done"
    elif waiting.answers:
        answers, state = (
            _("Some are drafted and wait for you. Optional, and worth it: they are sent word by word."),
            "optional",
        )
    else:
        answers, state = _("Let it draft some and accept the good ones. Optional, and worth it."), "optional"
    rehearsal = reverse("assistant:rehearsal")
    return {
        "plan": Step(
            _("A plan with an assistant"), _("Your plan includes it."), _("See plans"), reverse("studio:plan")
        ),
        "gigs": Step(
            _("A gig on show"),
            _("Prices, days and rights come from your gigs."),
            _("Open gigs"),
            reverse("studio_gigs:list"),
        ),
        "policies": Step(
            _("Say whom it answers"),
            _("It knows for whom it answers and for whom it writes drafts."),
            _("Open rules"),
            reverse("assistant:rules"),
        ),
        "bank": Step(_("Approve answers"), answers, _("Open answers"), reverse("assistant:bank"), state),
        "rehearsal": Step(_("Rehearse"), _("You can see what it would have said."), _("Open rehearsal"), rehearsal),
        "must_pass": Step(
            _("Every must-pass case passes"),
            _("Nothing that you insist on goes wrong."),
            _("See what fails"),
            rehearsal + "?which=failing",
        ),
    }


def _more() -> Step:
    return Step(_("One more thing"), "", _("Open rules"), reverse("assistant:rules"))


@dataclass(frozen=True, slots=True)
class Now:
    """What happens to a message that comes at this moment."""

    audience: StrOrPromise
    policy: str
    words: StrOrPromise


def happens_now(settings: SettingsContent, now: datetime) -> list[Now]:
    """By audience. While the freelancer is away there is one for everybody."""
    if settings.is_away(now):
        return [_now(settings, Audience.AWAY, now)]
    return [_now(settings, audience, now) for audience in (Audience.NEW, Audience.KNOWN, Audience.RUNNING_ORDER)]


def _now(settings: SettingsContent, audience: Audience, now: datetime) -> Now:
    policy = settings.policy_for(audience, now)
    by_itself = settings.policies.get(audience) is Policy.ANSWER
    words = _("Writes a draft: it is office time") if by_itself and policy is Policy.DRAFT else POLICIES[policy].label
    return Now(AUDIENCES[audience].label, policy.value, words)
