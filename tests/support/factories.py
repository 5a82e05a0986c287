"""People, bodies of work and published models, made through the services."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress

from oeuvre.domains.accounts.models import FreelancerProfile, User
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.models import CreationModel, Generation
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.kit.money import Money
from tests.support.scripted import WORDS

if TYPE_CHECKING:
    from oeuvre.domains.portfolio.models import Work

CARD = "sandbox:succeeds"
STATEMENT = "Forty chapters about the sea, the people on it and what they tell each other at night, written since 2009."
PROMPT = "A short notice for the harbour door about the winter timetable"


def vetted_freelancer(email: str = "vetted@example.org", handle: str = "vetted", name: str = "Vera Tide") -> User:
    """A freelancer with a complete profile, approved by an operator and on the creation model plan's trial."""
    user = freelancer_with_profile(email, handle, name)
    operator = User.objects.filter(is_staff=True).first() or User.objects.create_user(
        f"vetting-{handle}@example.org", "a long password", is_staff=True
    )
    application = creation.application_submit(actor=user.actor, statement=STATEMENT)
    creation.application_decide(
        actor=operator.actor, application_id=application.pk, approve=True, reasons="A voice of its own."
    )
    billing.subscription_start(actor=user.actor, plan=Plan.CREATION_MODEL, method_token=CARD)
    return user


def freelancer_with_profile(email: str = "new@example.org", handle: str = "new", name: str = "Nell Anders") -> User:
    """A freelancer who may apply to be vetted."""
    user = User.objects.create_user(email, "a long password", display_name=name, is_freelancer=True)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    FreelancerProfile.objects.create(
        user=user, handle=handle, headline="Sea stories", trade="stories", bio="I write about harbours. " * 8
    )
    return user


def works(user: User, count: int = 6, words: int = 600) -> list[Work]:
    """Works of random words: no two alike, and none like another seed's."""
    source = random.Random(f"{user.email}")
    return [
        portfolio.work_add(
            actor=user.actor,
            filename=f"work-{number}.txt",
            data=" ".join(source.choice(WORDS) + str(source.randrange(50)) for _ in range(words)).encode(),
            title=f"Work {number}",
            kind="notice",
            keywords=["sea", "winter"],
        )
        for number in range(count)
    ]


def trained_model(user: User, name: str = "Harbour Voice") -> CreationModel:
    """A draft whose first version is trained (by the installation's trainer) and approved."""
    if not user.works.exists():
        works(user)
    model = creation.model_create(
        actor=user.actor, name=name, tagline="Notices with salt in them", description="Short texts for doors and decks."
    )
    run = creation.training_start(actor=user.actor, model_id=model.pk)
    creation.training_execute(run_id=run.pk)
    version = model.versions.get()
    creation.sample_judge(actor=user.actor, version_id=version.pk, index=0, accepted=True)
    creation.version_approve(actor=user.actor, version_id=version.pk)
    model.refresh_from_db()
    return model


def published_model(user: User, name: str = "Harbour Voice", price: int = 900) -> CreationModel:
    """A model on sale."""
    model = trained_model(user, name)
    for use, amount in {"commercial": price, "personal": price // 3, "edit": 4_500}.items():
        creation.model_price_set(actor=user.actor, model_id=model.pk, use=use, amount=Money(amount))
    return creation.model_publish(actor=user.actor, model_id=model.pk)


def ready_generation(model: CreationModel, buyer: User, prompt: str = PROMPT) -> Generation:
    """A finished piece of the buyer's, unpaid."""
    generation = creation.generation_request(
        actor=buyer.actor, model_id=model.pk, prompt=prompt, options={"max_tokens": 120}
    )
    return creation.generation_write(generation_id=generation.pk)
