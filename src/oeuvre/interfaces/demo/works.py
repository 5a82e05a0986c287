"""Who brings works: vetted, subscribed, with the works in the portfolio and a model that learns from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.modalities.table import MODALITIES as MODELS
from oeuvre.domains.creation.models import CreationModel
from oeuvre.domains.creation.terms import EDIT
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.modalities.table import MODALITIES as WORKS
from oeuvre.interfaces.demo.content import FIRST
from oeuvre.interfaces.demo.gigs import evidence_load, gigs_join
from oeuvre.interfaces.demo.recordings import recordings_make
from oeuvre.kit.money import Money
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oeuvre.domains.accounts.models import User
    from oeuvre.interfaces.demo.content import DemoFreelancer

CARD = "sandbox:succeeds"
TRAINING_MINUTES = 12
EDIT_CENTS = 4_500


def is_taken(person: DemoFreelancer) -> bool:
    """Whether this installation takes the person's works and trains models on them."""
    return bool(person.works) and person.modality in WORKS and person.modality in MODELS


def works_defer(people: Iterable[DemoFreelancer]) -> None:
    """Have works and models put in of those who are there without, now that the installation takes them. That is done
    in the background: reading pictures takes a second each, and recordings are made first.
    """
    waiting = [person for person in people if is_taken(person)]
    sellers = CreationModel.objects.filter(owner__email__in=[person.email for person in waiting])
    there = set(sellers.values_list("owner__email", flat=True))
    for person in waiting:
        if person.email not in there:
            defer("demo.works", handle=person.handle)


def files_of(person: DemoFreelancer) -> dict[str, bytes]:
    """The files of the person's works by name; recordings are made. Raises RecordingsMissingError."""
    made = recordings_make(person)
    return {work.path.name: made.get(work.path.name) or work.path.read_bytes() for work in person.works}


def seller_put(user: User, person: DemoFreelancer, operator: User, files: Mapping[str, bytes]) -> CreationModel:
    """Vetting, plan, works and a draft model. Runs in the caller's transaction."""
    application = creation.application_submit(
        actor=user.actor, statement=f"{len(person.works)} pieces of my own, {person.trade}. {person.bio[:400]}"
    )
    creation.application_decide(
        actor=operator.actor,
        application_id=application.pk,
        approve=True,
        reasons="A voice of its own, and the rights are in order.",
    )
    plan = Plan.PREMIUM if person.assistant else Plan.CREATION_MODEL
    billing.subscription_start(actor=user.actor, plan=plan, method_token=CARD)
    for work in person.works:
        portfolio.work_add(
            actor=user.actor,
            filename=work.path.name,
            data=files[work.path.name],
            title=work.title,
            kind=work.kind,
            keywords=work.keywords,
            year=work.year,
            language=work.language,
            rights=work.rights,
            evidence=work.evidence,
            terms=work.terms,
        )
    model = _model(user, person)
    if source := person.model.get("voice_source"):
        _declare(model, source, operator)
    return model


def _declare(model: CreationModel, source: str, operator: User) -> None:
    """That the recordings are nobody's voice, which is true of the demo's; a person would read a phrase instead."""
    declared = creation.consent_declare(actor=model.owner.actor, model_id=model.pk, source=source)
    creation.consent_decide(
        actor=operator.actor,
        consent_id=declared.pk,
        accept=True,
        reason="Made on this machine from the stock voices that are named, for this demonstration.",
    )


def seller_join(user: User, person: DemoFreelancer, model: CreationModel) -> None:
    """Works show the skills, gigs are offered with the model, and its training is started where the demo trains it."""
    evidence_load(user)
    gigs_join(user, person, model)
    if person.handle == FIRST or person.model.get("trained"):
        run = creation.training_start(actor=user.actor, model_id=model.pk, max_minutes=TRAINING_MINUTES)
        defer("demo.publish", run_id=str(run.pk))


def _model(user: User, person: DemoFreelancer) -> CreationModel:
    offer = person.model
    model = creation.model_create(
        actor=user.actor,
        name=offer["name"],
        tagline=offer["tagline"],
        description=offer["description"],
        modality=person.modality,
    )
    creation.model_update(
        actor=user.actor,
        model_id=model.pk,
        refused_topics=offer["refused_topics"],
        sample_prompts=offer["sample_prompts"],
        licence_note=offer["licence_note"],
        shows_works=bool(MODELS[person.modality].works_option),
    )
    commercial = int(offer["price_cents"])
    for use, cents in {"personal": commercial // 3, "commercial": commercial, EDIT: EDIT_CENTS}.items():
        creation.model_price_set(actor=user.actor, model_id=model.pk, use=use, amount=Money(cents, settings.CURRENCY))
    return model
