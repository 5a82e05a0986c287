"""Put the demo people, their works and their models into an empty installation; safe to repeat."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import User
from oeuvre.domains.creation.models import CreationModel
from oeuvre.interfaces.demo.content import DemoFreelancer, demo_people
from oeuvre.interfaces.demo.gigs import gigs_load, skills_load
from oeuvre.interfaces.demo.market.content import market_read
from oeuvre.interfaces.demo.people import OPERATOR, person_put
from oeuvre.interfaces.demo.works import files_of, is_taken, seller_join, seller_put, works_defer
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


def demo_load(*, password: str, tell: Callable[[str], None] = log.info) -> bool:
    """Load everybody who is missing, all with the same password; returns whether anybody is there.

    Works that no gig quotes come later, in jobs of their own, and so do those that the installation did not take until
    now. Needs the sandbox payment provider, and keeps out of an installation that has people of its own.
    """
    if not settings.SANDBOX_PAYMENTS:
        tell("no demo people: the sandbox payment provider is switched off")
        return False
    people = demo_people()
    buyers = market_read().buyers
    present = set(User.objects.filter(email__endswith="@demo.oeuvre.example").values_list("email", flat=True))
    wanted = {OPERATOR, *(row["email"] for row in buyers), *(person.email for person in people)}
    if not wanted <= present:
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
    works_defer(people)
    for person in people:
        if person.assistant:
            defer("demo.assistant", handle=person.handle)
    defer("demo.market")
    return True


def _freelancer(person: DemoFreelancer, operator: User, password: str) -> None:
    """Account, profile, skills and gigs; for whose gigs quote works also those, with vetting, plan and a draft model."""
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
    sells = person.shows_works and is_taken(person)
    model = seller_put(user, person, operator, files_of(person)) if sells else None
    skills_load(user, person)
    gigs_load(user, person, operator)
    if model is not None:
        seller_join(user, person, model)


def works_load(person: DemoFreelancer) -> None:
    """The works and the model of somebody who is there without. Safe to repeat. Raises RecordingsMissingError."""
    user, operator = User.objects.get(email=person.email), User.objects.get(email=OPERATOR)
    if CreationModel.objects.filter(owner=user).exists():
        return
    files = files_of(person)
    with transaction.atomic():
        seller_join(user, person, seller_put(user, person, operator, files))
