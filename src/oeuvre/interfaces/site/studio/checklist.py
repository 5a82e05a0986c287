"""What a freelancer does next: the way from an account to a model on offer, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.billing.states import SubscriptionStatus
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.states import ApplicationState, ModelState
from oeuvre.domains.portfolio import selectors as portfolio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.billing.models import Subscription
    from oeuvre.domains.creation.models import CreationModel, EligibilityApplication, TrainingRun
    from oeuvre.domains.portfolio.selectors import PortfolioSummary


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``state`` is done, now (the first that is not done), waiting (for somebody else) or later."""

    title: str
    text: str
    action: str
    href: str
    state: str = "later"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checklist is computed from."""

    profile_complete: bool
    application: EligibilityApplication | None
    subscription: Subscription | None
    plan_opens_models: bool
    """Whether the plan includes a creation model right now."""
    works: PortfolioSummary
    models: Sequence[CreationModel]
    runs: Sequence[TrainingRun]


def address(*names: str) -> str:
    """The first address of these that this installation has."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return reverse("studio:home")


def checklist(facts: Facts) -> list[Step]:
    """The steps in their order, with exactly one that is ``now`` unless all are done."""
    rows = [_profile(facts), _vetting(facts), _plan(facts), _works(facts), _train(facts), _publish(facts)]
    steps, found = [], False
    for step, state in rows:
        mark = state
        if state == "open":
            mark, found = ("later", found) if found else ("now", True)
        steps.append(Step(step.title, step.text, step.action, step.href, mark))
    return steps


def _profile(facts: Facts) -> tuple[Step, str]:
    step = Step(
        _("Write your profile"),
        _("A name, a headline, your trade and a few sentences: buyers and the operator read it first."),
        _("Edit profile"),
        address("settings:profile", "settings:home"),
    )
    return step, "done" if facts.profile_complete else "open"


def _vetting(facts: Facts) -> tuple[Step, str]:
    application = facts.application
    state, text = "open", _("The criteria are open to everybody. An operator reads your application and gives reasons.")
    if application is not None and application.status == ApplicationState.APPROVED:
        state, text = "done", _("You were approved for a creation model.")
    elif application is not None and application.status == ApplicationState.SUBMITTED:
        state, text = "waiting", _("Your application waits for an operator. You need do nothing.")
    elif application is not None:
        text = _("Your application was refused. Read the reasons and when you can apply again.")
    return Step(_("Be vetted"), text, _("Open vetting"), reverse("studio:vetting")), state


def _plan(facts: Facts) -> tuple[Step, str]:
    text = _("Training and selling need a plan that includes a creation model.")
    pending = facts.subscription is not None and facts.subscription.status == SubscriptionStatus.PENDING
    state = "done" if facts.plan_opens_models else "waiting" if pending else "open"
    return Step(_("Choose a plan"), text, _("See plans"), reverse("studio:plan")), state


def _works(facts: Facts) -> tuple[Step, str]:
    works = facts.works.main
    least = MODALITIES[works.modality].least
    enough = works.works >= least.works and works.size >= least.size
    text = ngettext(
        "%(count)d work with %(size)s can be trained on; it takes %(works)d works and %(least)s.",
        "%(count)d works with %(size)s can be trained on; it takes %(works)d works and %(least)s.",
        works.works,
    ) % {
        "count": works.works,
        "size": works.size_said,
        "works": least.works,
        "least": portfolio.size_said(works.modality, least.size),
    }
    return Step(
        _("Bring your works"), text, _("Add works"), address("studio:works", "works:list")
    ), "done" if enough else "open"


def _train(facts: Facts) -> tuple[Step, str]:
    if any(model.current_version_id for model in facts.models):
        return Step(_("Train and approve"), _("A version is trained and you approved its report."), "", ""), "done"
    title = _("Train and approve")
    for run in facts.runs:
        href = reverse("studio:run", args=[run.model_id, run.pk])
        return Step(
            title, _("A version is being trained. You can leave; it goes on."), _("Watch training"), href
        ), "waiting"
    for model in facts.models:
        if model.awaiting_version:  # type: ignore[attr-defined]  # annotated by models_on_desk
            href = reverse("studio:version", args=[model.awaiting_version])  # type: ignore[attr-defined]  # likewise
            return Step(
                title,
                _("A report waits for you: is what it makes like yours, does it copy you?"),
                _("Read report"),
                href,
            ), "open"
    if facts.models:
        href = reverse("studio:training", args=[facts.models[0].pk])
        return Step(
            title, _("Train a first version from your works, then read its report."), _("Train model"), href
        ), "open"
    return Step(
        title,
        _("Name your model, then train a first version from your works."),
        _("Create model"),
        reverse("studio:model_new"),
    ), "open"


def _publish(facts: Facts) -> tuple[Step, str]:
    text = _("Set your prices and your rules. You can switch it off at any time, within 5 seconds.")
    title = _("Publish")
    if any(model.status == ModelState.PUBLISHED for model in facts.models):
        return Step(title, _("Your model is on offer."), "", ""), "done"
    href = reverse("studio:model", args=[facts.models[0].pk]) if facts.models else reverse("studio:models")
    return Step(title, text, _("Open model"), href), "open"
