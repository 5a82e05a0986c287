"""What is still in the way of going live. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.assistant.engine.types import Policy
from oeuvre.domains.assistant.models import RehearsalCase
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.catalog import selectors as catalog

if TYPE_CHECKING:
    from oeuvre.domains.assistant.content import SettingsContent
    from oeuvre.domains.assistant.models import Assistant


@dataclass(frozen=True, slots=True)
class Obstacle:
    """``code``: ``plan``, ``gigs``, ``policies``, ``rehearsal``, ``must_pass`` or ``checking``."""

    code: str
    message: str


def obstacles_of(assistant: Assistant, content: SettingsContent) -> list[Obstacle]:
    """In the order in which they are best dealt with."""
    found = []
    if not billing.has_feature(user_id=assistant.freelancer_id, feature=Feature.ASSISTANT):
        found.append(Obstacle("plan", _("Your plan does not include the assistant. Choose one that does.")))
    if not catalog.gigs_live(owner_id=assistant.freelancer_id):
        found.append(Obstacle("gigs", _("You have no gig on offer. It takes prices and days from your gigs only.")))
    if all(policy is Policy.OFF for policy in content.policies.values()):
        found.append(Obstacle("policies", _("It is switched off for everybody. Choose whom it answers.")))
    if assistant.rehearsed_at is None:
        found.append(Obstacle("rehearsal", _("Rehearse once, and look at what it would have said.")))
        return found
    if assistant.passed_fingerprint:
        return found
    failing = RehearsalCase.objects.filter(assistant=assistant, must_pass=True, is_passing=False).count()
    if failing:
        said = ngettext("%(count)d case that must pass fails.", "%(count)d cases that must pass fail.", failing)
        found.append(Obstacle("must_pass", said % {"count": failing}))
    else:
        found.append(Obstacle("checking", _("Something changed; the cases that must pass are being tried again.")))
    return found
