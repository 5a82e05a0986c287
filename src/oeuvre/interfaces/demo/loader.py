"""Put the demo people, their works and their models into an empty installation; safe to repeat."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import User
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.models import CreationModel
from oeuvre.domains.creation.terms import EDIT
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.interfaces.demo.content import FIRST, DemoFreelancer, demo_people
from oeuvre.interfaces.demo.gigs import gigs_load, skills_load
from oeuvre.interfaces.demo.market.content import market_read
from oeuvre.interfaces.demo.people import OPERATOR, person_put
from oeuvre.kit.money import Money
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

CARD = "sandbox:succeeds"
TRAINING_MINUTES = 12
EDIT_CENTS = 4_500


def demo_load(*, password: str, tell: Callable[[str], None] = log.info) -> bool:
    """Load everybody who is missing, all with the same password; returns whether anybody is there.

    Needs the sandbox payment provider, and keeps out of an installation that has people of its own.
    """
    if not settings.SANDBOX_PAYMENTS:
        tell("no demo people: the sandbox payment provider is switched off")
        return False
    people = demo_people()
    buyers = market_read().buyers
    present = set(User.objects.filter(email__endswith="@demo.oeuvre.example").values_list("email", flat=True))
    wanted = {OPERATOR, *(row["email"] for row in buyers), *(person.email for person in people)}
    if wanted <= present:
        defer("demo.market")
        return True
    if User.objects.exclude(email__in=present).exists():
        tell("no demo people: this installation has people of its own")
        return False
    operator = person_put(OPERATOR, "Olive Sexton", password, is_staff=True)
    for row in buyers:
        person_put(row["email"], row["display_name"], password)
    for person in people:
        if person.email not in present:
            with transaction.atomic():
                _freelancer(person, operator, password)
            tell(f"{person.display_name}: {len(person.works)} works, {len(person.gigs)} gigs")
    defer("demo.market")
    return True


def _freelancer(person: DemoFreelancer, operator: User, password: str) -> None:
    """Account, profile, skills and gigs; for who brings works also vetting, plan, works and a draft model."""
    user = person_put(person.email, person.display_name, password)
    accounts.account_open(actor=user.actor, freelancer=True, display_name=person.display_name)
    user.refresh_from_db()
    accounts.profile_update(
        actor=user.actor,
        handle=person.handle,
        headline=person.headline,
        bio=person.bio,
        trade=person.trade,
        location=person.location,
        languages=list(person.languages),
    )
    model = _seller(user, person, person.model, operator) if person.works and person.model else None
    skills_load(user, person)
    gigs_load(user, person, operator, model)


def _seller(user: User, person: DemoFreelancer, offer: dict[str, Any], operator: User) -> CreationModel:
    """Vetting, plan, works and a draft model; the first one's training is started."""
    application = creation.application_submit(
        actor=user.actor, statement=f"{len(person.works)} pieces in my own voice, {person.trade}. {person.bio[:400]}"
    )
    creation.application_decide(
        actor=operator.actor,
        application_id=application.pk,
        approve=True,
        reasons="A voice of its own, and the rights are in order.",
    )
    billing.subscription_start(actor=user.actor, plan=Plan.CREATION_MODEL, method_token=CARD)
    for work in person.works:
        portfolio.work_add(
            actor=user.actor,
            filename=work.path.name,
            data=work.path.read_bytes(),
            title=work.title,
            kind=work.kind,
            keywords=work.keywords,
            year=work.year,
            language="en",
            rights=work.rights,
            evidence=work.evidence,
            terms=work.terms,
        )
    model = _model(user, offer)
    if person.handle == FIRST:
        run = creation.training_start(actor=user.actor, model_id=model.pk, max_minutes=TRAINING_MINUTES)
        defer("demo.publish", run_id=str(run.pk))
    return model


def _model(user: User, offer: dict[str, Any]) -> CreationModel:
    model = creation.model_create(
        actor=user.actor, name=offer["name"], tagline=offer["tagline"], description=offer["description"]
    )
    creation.model_update(
        actor=user.actor,
        model_id=model.pk,
        refused_topics=offer["refused_topics"],
        sample_prompts=offer["sample_prompts"],
        licence_note=offer["licence_note"],
    )
    commercial = int(offer["price_cents"])
    for use, cents in {"personal": commercial // 3, "commercial": commercial, EDIT: EDIT_CENTS}.items():
        creation.model_price_set(actor=user.actor, model_id=model.pk, use=use, amount=Money(cents, settings.CURRENCY))
    return model
