"""Reading creation models: each selector takes the actor and returns only what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from oeuvre.domains.creation.common import own_model, own_version
from oeuvre.domains.creation.consenting import is_consent_missing
from oeuvre.domains.creation.errors import (
    EditNotFoundError,
    GenerationClosedError,
    GenerationNotFoundError,
    LicenceNotFoundError,
    ModelNotFoundError,
    RefusalNotFoundError,
    RunNotFoundError,
)
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import (
    CreationModel,
    EditRequest,
    EligibilityApplication,
    Generation,
    Licence,
    ModelPrice,
    ModelReceipt,
    ModelVersion,
    TopicRefusal,
    TrainingRun,
)
from oeuvre.domains.creation.models_wording import LicenceWording
from oeuvre.domains.creation.pricing import Quote, quote
from oeuvre.domains.creation.states import (
    TRAINING_STATES,
    ApplicationState,
    LicenceState,
    ModelState,
    RefusalState,
)
from oeuvre.domains.creation.terms import EDIT, LicenceUse, licence_uses
from oeuvre.kit.actor import Role
from oeuvre.kit.parts import Part, with_parts

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

_OPEN_PRICES = ModelPrice.objects.filter(replaced_at=None).order_by("amount")
_PRICES = Part("prices", rows=_OPEN_PRICES, to_attr="open_prices")
_PRICES_OF_MODEL = Prefetch("model__prices", _OPEN_PRICES, to_attr="open_prices")


# Eligibility


def is_eligible(*, user_id: UUID) -> bool:
    """Whether an operator approved this freelancer."""
    return EligibilityApplication.objects.filter(freelancer_id=user_id, status=ApplicationState.APPROVED).exists()


def application_latest(*, actor: Actor) -> EligibilityApplication | None:
    """The freelancer's own last application."""
    return EligibilityApplication.objects.filter(freelancer_id=actor.user_id).first()


def applications(*, actor: Actor, status: ApplicationState | None = None) -> QuerySet[EligibilityApplication]:
    """The vetting queue, oldest first; operators only."""
    actor.require(Role.OPERATOR)
    rows = EligibilityApplication.objects.select_related("freelancer", "freelancer__profile", "decided_by")
    return (rows.filter(status=status) if status else rows).order_by("created_at")


# Models on offer


def gallery(*, actor: Actor, search: str = "", trade: str = "", modality: str = "") -> QuerySet[CreationModel]:
    """Models on sale with their owner, profile and open prices (attribute ``open_prices``), newest first."""
    lowest = _OPEN_PRICES.filter(model=OuterRef("pk")).exclude(use=EDIT).values("amount")[:1]
    on_sale = CreationModel.objects.filter(
        status=ModelState.PUBLISHED, current_version__isnull=False, current_version__stale_at=None
    ).select_related("owner", "owner__profile", "current_version")
    on_sale = on_sale.defer("current_version__report", "current_version__manifest")  # megabytes, with samples in them
    rows = with_parts(on_sale.annotate(from_amount=Subquery(lowest)), _PRICES).order_by("-published_at")
    if trade:
        rows = rows.filter(owner__profile__trade__iexact=trade)
    if modality:
        rows = rows.filter(modality=modality)
    for word in search.split()[:8]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(tagline__icontains=word)
            | Q(description__icontains=word)
            | Q(owner__display_name__icontains=word)
            | Q(owner__profile__trade__icontains=word)
        )
    return rows


def model_public(*, actor: Actor, handle: str, slug: str) -> CreationModel:
    """A model's public page: everybody's while published or disabled (which then says so), a draft its owner's.

    Raises ModelNotFoundError.
    """
    rows = CreationModel.objects.exclude(status=ModelState.DELETED).filter(owner__profile__handle=handle, slug=slug)
    rows = rows.select_related("owner", "owner__profile", "current_version")
    model = with_parts(rows, _PRICES).first()
    if model is None or (model.status == ModelState.DRAFT and model.owner_id != actor.user_id):
        raise ModelNotFoundError("There is no such model.")
    return model


@dataclass(frozen=True, slots=True)
class UseOffer:
    """A use that can be licensed now, with its terms and price."""

    use: LicenceUse
    price: Money


def _open_prices(model: CreationModel) -> list[ModelPrice]:
    """The prices that hold now, cheapest first; those that came with the model, if it was selected with them."""
    came_along: list[ModelPrice] | None = getattr(model, "open_prices", None)
    if came_along is not None:
        return came_along
    return list(_OPEN_PRICES.filter(model=model))


def uses_on_offer(*, model: CreationModel) -> list[UseOffer]:
    """Priced uses, cheapest first."""
    return [UseOffer(licence_uses()[row.use], row.money) for row in _open_prices(model) if row.use != EDIT]


def edit_price(*, model: CreationModel) -> Money | None:
    """What an edit costs, or None where the freelancer takes none."""
    return next((row.money for row in _open_prices(model) if row.use == EDIT), None)


@dataclass(frozen=True, slots=True)
class PublicSample:
    """A sample that buyers see: a text, or a file that is fetched by the sample's number."""

    number: int
    prompt: str
    text: str
    mime: str
    facts: dict[str, float | str]


def public_samples(*, model: CreationModel) -> list[PublicSample]:
    """The current version's samples that the freelancer accepted."""
    version, modality = model.current_version, MODALITIES[model.modality]
    if version is None:
        return []
    return [
        PublicSample(
            number,
            sample["prompt"],
            sample.get("text", ""),
            (sample.get("media") or {}).get("mime", ""),
            sample.get("facts", {}),
        )
        for number, sample in enumerate(version.report.get("samples", []))
        if version.sample_verdicts.get(str(number)) == "accepted" and modality.is_own_sample(sample)
    ]


def publishing_gaps(*, model: CreationModel) -> list[str]:
    """What is missing before the model can be offered, each with what to do; empty when nothing is."""
    gaps = []
    if model.current_version is None:
        gaps.append("Train a version and approve its report.")
    elif model.current_version.stale_at is not None:
        gaps.append("Train a version without the works that buyers do not agree to any more, and approve it.")
    elif not public_samples(model=model) and not model.current_version.imported:
        gaps.append("Accept at least one sample of the report, so that buyers see what they get.")
    if is_consent_missing(model=model):
        gaps.append("Read a phrase aloud on the page “Consent”: a voice is offered with its person's word only.")
    if not uses_on_offer(model=model):
        gaps.append("Set a price for at least one use.")
    if not model.tagline or not model.description:
        gaps.append("Write a tagline and a description.")
    return gaps


# The owner's view


def model_own(*, actor: Actor, model_id: UUID) -> CreationModel:
    """Raises ModelNotFoundError for anybody else's."""
    return own_model(actor=actor, model_id=model_id)


def version_own(*, actor: Actor, version_id: UUID) -> ModelVersion:
    """Raises VersionNotFoundError for anybody else's."""
    return own_version(actor=actor, version_id=version_id)


def versions_of(*, actor: Actor, model_id: UUID) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(model=own_model(actor=actor, model_id=model_id)).select_related("run__model")


def runs_of(*, actor: Actor, model_id: UUID) -> QuerySet[TrainingRun]:
    """The runs of a model with it, without what is long: reports, lists of works, curves."""
    rows = TrainingRun.objects.filter(model=own_model(actor=actor, model_id=model_id)).select_related("model")
    return rows.defer("report", "works_manifest", "curve", "log")


def run_own(*, actor: Actor, run_id: UUID) -> TrainingRun:
    """Raises RunNotFoundError for anybody else's."""
    run = TrainingRun.objects.select_related("model").filter(pk=run_id, model__owner_id=actor.user_id).first()
    if run is None or run.model.status == ModelState.DELETED:
        raise RunNotFoundError("There is no such training run of yours.")
    return run


def training_load(*, actor: Actor) -> QuerySet[TrainingRun]:
    """Runs under way and the latest that ended, for operators."""
    actor.require(Role.OPERATOR)
    return TrainingRun.objects.select_related("model", "model__owner").order_by("-created_at")


def training_queue_length() -> int:
    """Runs that are under way or wait, of everybody; no names."""
    return TrainingRun.objects.filter(status__in=[str(state) for state in TRAINING_STATES]).count()


def receipts_of(*, actor: Actor) -> QuerySet[ModelReceipt]:
    """Signed receipts of disabled and deleted models, the owner's own."""
    return ModelReceipt.objects.filter(owner_id=actor.user_id).select_related("model")


def refusals_of(*, actor: Actor) -> QuerySet[TopicRefusal]:
    """What the freelancer's rules turned away; appeals first."""
    return (
        TopicRefusal.objects.filter(model__owner_id=actor.user_id)
        .select_related("model", "buyer")
        .annotate(open_appeal=Count("pk", filter=Q(status=RefusalState.APPEALED)))
        .order_by("-open_appeal", "-created_at")
    )


def refusal_of_buyer(*, actor: Actor, refusal_id: UUID) -> TopicRefusal:
    refusal = (
        TopicRefusal.objects.select_related("model__owner__profile")
        .filter(pk=refusal_id, buyer_id=actor.user_id)
        .first()
    )
    if refusal is None:
        raise RefusalNotFoundError("There is no such refusal of yours.")
    return refusal


# Generations


def is_closed(*, model: CreationModel, actor: Actor) -> bool:
    """Whether what this model wrote is closed to the actor: it was deleted, or its freelancer switched it off."""
    if model.status == ModelState.DELETED:
        return True
    return model.status != ModelState.PUBLISHED and model.owner_id != actor.user_id


def generation_get(*, actor: Actor, generation_id: UUID, with_prices: bool = False) -> Generation:
    """A generation for its buyer or the model's owner; ``with_prices`` for who asks for its uses and for the edit.

    Raises GenerationNotFoundError for anybody else, GenerationClosedError for the buyer once the model is off.
    """
    generation = (
        Generation.objects.select_related("model", "model__owner", "model__owner__profile", "version", "buyer")
        .defer("version__report")
        .filter(Q(buyer_id=actor.user_id) | Q(model__owner_id=actor.user_id), pk=generation_id)
        .prefetch_related(*([_PRICES_OF_MODEL] if with_prices else []))
        .first()
    )
    if generation is None or actor.user_id is None:
        raise GenerationNotFoundError("There is no such piece of yours.")
    if is_closed(model=generation.model, actor=actor):
        raise GenerationClosedError("The freelancer switched this model off; its pieces are closed.")
    return generation


def generations_of_buyer(*, actor: Actor) -> QuerySet[Generation]:
    """The buyer's pieces from models that are on, newest first."""
    if actor.user_id is None:
        return Generation.objects.none()
    return (
        Generation.objects.filter(buyer_id=actor.user_id)
        .filter(Q(model__status=ModelState.PUBLISHED) | Q(model__owner_id=actor.user_id))
        .exclude(model__status=ModelState.DELETED)
        .select_related("model", "model__owner", "model__owner__profile")
        .prefetch_related("licences")
    )


def generations_of_model(*, actor: Actor, model_id: UUID) -> QuerySet[Generation]:
    """Everything a model wrote, for its owner."""
    model = own_model(actor=actor, model_id=model_id)
    rows = Generation.objects.filter(model=model).select_related("model", "buyer", "version")
    return rows.defer("version__report", "version__manifest").prefetch_related("licences")


def quotes(*, generation: Generation) -> list[tuple[UseOffer, Quote]]:
    """What a licence of this generation costs, use by use, with the split."""
    modality, units = generation.modality, generation.units
    return [
        (offer, quote(price=modality.price_for(offer.price, units), units=units, rate=modality.rate))
        for offer in uses_on_offer(model=generation.model)
    ]


# Licences


def licences_of_buyer(*, actor: Actor) -> QuerySet[Licence]:
    """The buyer's licences, paid or being paid, also of models that are off: the papers stay theirs."""
    if actor.user_id is None:
        return Licence.objects.none()
    return (
        Licence.objects.filter(buyer_id=actor.user_id)
        .exclude(status=LicenceState.UNPAID)
        .select_related("generation__model", "generation__version", "freelancer")
        .defer("generation__version__report")
        .prefetch_related("files")
    )


def licence_get(*, actor: Actor, licence_id: UUID) -> Licence:
    """A licence for its buyer. Raises LicenceNotFoundError for anybody else."""
    licence = (
        Licence.objects.select_related(
            "generation__model__owner__profile", "generation__version", "freelancer", "buyer"
        )
        .defer("generation__version__report")
        .filter(pk=licence_id, buyer_id=actor.user_id)
        .first()
    )
    if licence is None or actor.user_id is None:
        raise LicenceNotFoundError("There is no such licence of yours.")
    return licence


def wordings_of(*, licence: Licence) -> list[LicenceWording]:
    """Other words on a licensed design, the latest first, each with its files. Callers have checked who asks."""
    return list(LicenceWording.objects.filter(licence=licence).prefetch_related("files"))


# Edits


def edits_of(*, actor: Actor) -> QuerySet[EditRequest]:
    """Edits that the actor asked for or was asked for."""
    if actor.user_id is None:
        return EditRequest.objects.none()
    return EditRequest.objects.filter(Q(buyer_id=actor.user_id) | Q(freelancer_id=actor.user_id)).select_related(
        "generation__model__owner__profile", "generation__version", "buyer", "freelancer"
    )


def edit_get(*, actor: Actor, edit_id: UUID) -> EditRequest:
    """Raises EditNotFoundError for anybody who is neither its buyer nor its freelancer."""
    edit = edits_of(actor=actor).filter(pk=edit_id).first()
    if edit is None:
        raise EditNotFoundError("There is no such edit of yours.")
    return edit
