"""Creation models, how they were trained, what they wrote and who may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from oeuvre.domains.creation import states
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models_voice import PronunciationList, VoiceConsent  # noqa: F401  (Django finds them here)
from oeuvre.domains.creation.models_wording import LicenceWording
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio.states import USUAL, Modality
from oeuvre.kit.models import BaseModel
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.domains.creation.modalities.base import CreationModality

CURRENCY_LENGTH = 3
OWNER = "accounts.User"


class EligibilityApplication(BaseModel):
    """A freelancer's wish to have a creation model, judged against the operator's open criteria."""

    freelancer = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="+")
    statement = models.TextField(max_length=2000, blank=True)
    checks = models.JSONField(default=list, blank=True)
    """The criteria with what was found, as they stood on the day: ``[{code, label, needed, found, met}]``."""
    status = models.CharField(max_length=20, choices=states.ApplicationState, default=states.ApplicationState.SUBMITTED)
    reasons = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(OWNER, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reapply_on = models.DateField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["freelancer"],
                condition=Q(status__in=["submitted", "approved"]),
                name="one_open_application_per_freelancer",
            )
        ]

    def __str__(self) -> str:
        return f"application {self.pk} ({self.status})"


class CreationModel(BaseModel):
    """A freelancer's Personal AI Creation Model."""

    owner = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=64)
    tagline = models.CharField(max_length=120, blank=True)
    description = models.TextField(max_length=3000, blank=True)
    modality = models.CharField(max_length=12, choices=Modality, default=USUAL)
    status = models.CharField(max_length=12, choices=states.ModelState, default=states.ModelState.DRAFT)
    current_version = models.ForeignKey(
        "ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    allowed_topics = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    refused_topics = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    sample_prompts = ArrayField(models.CharField(max_length=400), default=list, blank=True)
    licence_note = models.TextField(max_length=500, blank=True)
    shows_works = models.BooleanField(default=False)
    """Whether buyers may look at the works that it was trained on, small and marked, and choose among them."""
    daily_previews = models.PositiveSmallIntegerField(default=5)
    """Free previews a buyer may have of this model a day (UTC)."""
    edit_days = models.PositiveSmallIntegerField(default=3)
    """Working time that the freelancer asks for an edit."""
    published_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "slug"], name="model_slug_unique_per_owner"),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "-published_at"])]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_consent(self) -> bool:
        """Whether it is a model of a person, who agrees aloud (``services.consent_begin``)."""
        return MODALITIES[self.modality].needs_consent

    @property
    def is_spoken(self) -> bool:
        """Whether its owner says how particular words are said."""
        return MODALITIES[self.modality].is_spoken


class ModelPrice(BaseModel):
    """What one use of a model costs. A changed price is a new row, so that old quotes keep theirs."""

    model = models.ForeignKey(CreationModel, on_delete=models.CASCADE, related_name="prices")
    use = models.CharField(max_length=20)
    """A key of the licence terms (``personal``, ``commercial``) or ``edit``."""
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["model", "use"], condition=Q(replaced_at__isnull=True), name="one_price_per_model_and_use"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="model_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.use}: {self.money}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class TrainingRun(BaseModel):
    """One attempt to train a version, with its state, log and report."""

    model = models.ForeignKey(CreationModel, on_delete=models.CASCADE, related_name="runs")
    status = models.CharField(max_length=12, choices=states.RunState, default=states.RunState.QUEUED)
    seed = models.PositiveIntegerField(default=0)
    max_minutes = models.PositiveSmallIntegerField(default=20)
    works_manifest = models.JSONField(default=dict, blank=True)
    """Hashes, titles and rights of the works as they stood when training was asked for."""
    works_count = models.PositiveIntegerField(default=0)
    size = models.FloatField(default=0)
    """Of all works, in their modality's unit."""
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    eta_seconds = models.FloatField(null=True, blank=True)
    curve = models.JSONField(default=list, blank=True)
    """``[{step, loss, held_out_loss}]`` of a modality that has losses: of texts, in nats a token."""
    log = models.JSONField(default=list, blank=True)
    """``[{at, text}]``: what happened, for people."""
    report = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["model"],
                condition=Q(status__in=[str(state) for state in states.TRAINING_STATES]),
                name="one_run_under_way_per_model",
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk} ({self.status})"

    @property
    def is_under_way(self) -> bool:
        return self.status in states.TRAINING_STATES

    @property
    def size_said(self) -> str:
        """The size of all works for people: ``12,400 words``."""
        return portfolio.size_said(self.model.modality, self.size)


class ModelVersion(BaseModel):
    """An immutable, signed result of a training run (or of an import), sealed in storage with the model's key."""

    model = models.ForeignKey(CreationModel, on_delete=models.CASCADE, related_name="versions")
    run = models.OneToOneField(TrainingRun, null=True, on_delete=models.SET_NULL, related_name="version")
    name = models.CharField(max_length=80)
    """``<model>@<first 12 hex of its hash>``."""
    archive_sha256 = models.CharField(max_length=64)
    blob_key = models.CharField(max_length=120)
    manifest = models.JSONField(default=dict, blank=True)
    report = models.JSONField(default=dict, blank=True)
    sample_verdicts = models.JSONField(default=dict, blank=True)
    """The freelancer's word on each sample of the report: ``{"0": "accepted", "1": "rejected"}``."""
    imported = models.BooleanField(default=False)
    stale_at = models.DateTimeField(null=True, blank=True)
    """Since when it stands on a work whose buyer does not agree (any more) to training: nothing of it is sold then."""
    status = models.CharField(max_length=20, choices=states.VersionState, default=states.VersionState.AWAITING_APPROVAL)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["model", "name"], name="version_name_unique_per_model")
        ]

    def __str__(self) -> str:
        return self.name


class Generation(BaseModel):
    """One output of a model version for one prompt. It lies in the blob store, sealed with the model's data key."""

    model = models.ForeignKey(CreationModel, on_delete=models.PROTECT, related_name="generations")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="generations")
    buyer = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    prompt = models.TextField(max_length=2000)
    seed = models.BigIntegerField()
    options = models.JSONField(default=dict, blank=True)
    """What was asked for beside the prompt, in the modality's terms: ``{"max_tokens": 220}``."""
    status = models.CharField(max_length=12, choices=states.GenerationState, default=states.GenerationState.QUEUED)
    preview = models.TextField(blank=True)
    """The part of a text that is shown before payment; grows while it is written."""
    preview_key = models.CharField(max_length=120, blank=True)
    """Where what is shown before payment is kept, sealed, where it is no text."""
    preview_mime = models.CharField(max_length=100, blank=True)
    content_key = models.CharField(max_length=120, blank=True)
    """Where the piece is kept, sealed; empty until it is finished, and once it was deleted."""
    mime = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the piece itself, before it is put into a file format."""
    size = models.FloatField(default=0)
    """How much there is of it, in the unit of its modality's works: words of a text."""
    units = models.PositiveIntegerField(default=0)
    """What computing it is paid by: tokens of a text."""
    facts = models.JSONField(default=dict, blank=True)
    """What else is known of it: ``{"seconds", "sample_rate", "width", "height"}``, those that its modality has."""
    beside = models.JSONField(default=dict, blank=True)
    """Where what is kept beside the piece lies, sealed: ``{"guide": key}`` of a sketch that the buyer brought, ``overlay``,
    ``design``."""
    credit = models.JSONField(default=list, blank=True)
    """Estimated share of each work: ``[{"sha256", "title", "share"}]``, shares summing to 1."""
    failure = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-created_at"]),
            models.Index(fields=["model", "-created_at"]),
            models.Index(fields=["sha256"]),
        ]

    def __str__(self) -> str:
        return f"generation {self.pk} ({self.status})"

    @property
    def modality(self) -> CreationModality:
        return MODALITIES[self.model.modality]

    @property
    def size_said(self) -> str:
        """For people: ``160 words``."""
        return portfolio.size_said(self.model.modality, self.size)


class TopicRefusal(BaseModel):
    """A prompt that the freelancer's rules turned away; may be appealed."""

    model = models.ForeignKey(CreationModel, on_delete=models.CASCADE, related_name="refusals")
    buyer = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="+")
    prompt = models.TextField(max_length=2000)
    prompt_sha256 = models.CharField(max_length=64, db_index=True)
    topic = models.CharField(max_length=80)
    score = models.FloatField()
    """Cosine between prompt and topic; 1 where the topic stands in the prompt word for word."""
    appeal = models.TextField(max_length=1000, blank=True)
    answer = models.TextField(max_length=1000, blank=True)
    status = models.CharField(max_length=12, choices=states.RefusalState, default=states.RefusalState.REFUSED)

    def __str__(self) -> str:
        return f"refusal {self.pk} ({self.status})"


class Licence(BaseModel):
    """The right to use a generation that a buyer paid for."""

    number = models.CharField(max_length=20, unique=True)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="licences")
    buyer = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    use = models.CharField(max_length=20)
    terms = models.JSONField(default=list, blank=True)
    """The licence in plain words, as it read when it was bought."""
    status = models.CharField(max_length=20, choices=states.LicenceState, default=states.LicenceState.AWAITING_PAYMENT)
    payment_id = models.UUIDField(null=True, blank=True)
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    price = models.BigIntegerField()
    buyer_fee = models.BigIntegerField()
    tax = models.BigIntegerField()
    compute = models.BigIntegerField()
    commission = models.BigIntegerField()
    freelancer_share = models.BigIntegerField()
    total = models.BigIntegerField()
    certificate = models.JSONField(default=dict, blank=True)
    """The signed statement; verifies without this installation."""
    receipt = models.JSONField(default=dict, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    active_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["generation", "buyer", "use"],
                condition=Q(status__in=["awaiting_payment", "preparing", "active"]),
                name="one_open_licence_per_generation_buyer_use",
            ),
            models.CheckConstraint(
                condition=Q(price=models.F("compute") + models.F("commission") + models.F("freelancer_share"))
                & Q(total=models.F("price") + models.F("buyer_fee") + models.F("tax")),
                name="licence_split_is_exact",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["freelancer", "-created_at"])]

    def __str__(self) -> str:
        return self.number

    def money(self, field: str) -> Money:
        """One of the amounts: ``price``, ``buyer_fee``, ``tax``, ``compute``, ``commission``, ``total`` …"""
        amount: int = getattr(self, field)
        return Money(amount, self.currency)


class LicenceFile(BaseModel):
    """One downloadable form of a licensed generation, sealed, with its content credentials."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="files")
    wording = models.ForeignKey(LicenceWording, null=True, blank=True, on_delete=models.CASCADE, related_name="files")
    """Whose words it is set in, where they are not those that were bought."""
    format = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    blob_key = models.CharField(max_length=120)
    sidecar_key = models.CharField(max_length=120, blank=True)
    """Where the credentials lie that the format cannot carry inside."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["licence", "format", "wording"],
                nulls_distinct=False,
                name="one_file_per_licence_format_and_wording",
            )
        ]

    def __str__(self) -> str:
        return f"{self.licence_id}.{self.format}"


class LicenceCredit(BaseModel):
    """The estimated part of one work in the freelancer's share of one sale; the parts sum to the share exactly."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="credits")
    work_sha256 = models.CharField(max_length=64, db_index=True)
    title = models.CharField(max_length=200)
    share = models.FloatField()
    amount = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.title}: {self.amount}"


class EditRequest(BaseModel):
    """A buyer asks the freelancer to rework a generation by hand."""

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="edits")
    buyer = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    instructions = models.TextField(max_length=3000)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    due_on = models.DateField()
    status = models.CharField(max_length=12, choices=states.EditState, default=states.EditState.REQUESTED)
    answer = models.TextField(max_length=1000, blank=True)

    def __str__(self) -> str:
        return f"edit {self.pk} ({self.status})"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class ModelReceipt(BaseModel):
    """The signed statement that a model was disabled or deleted, for its owner to keep."""

    model = models.ForeignKey(CreationModel, on_delete=models.PROTECT, related_name="receipts")
    owner = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20, unique=True)
    event = models.CharField(max_length=12)
    statement: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.number


class GigModel(BaseModel):
    """A gig that is offered together with a creation model: instant, by hand, or a draft finished by hand."""

    gig = models.OneToOneField("catalog.Gig", on_delete=models.CASCADE, related_name="+")
    model = models.ForeignKey(CreationModel, on_delete=models.CASCADE, related_name="gigs")

    def __str__(self) -> str:
        return f"{self.gig_id}:{self.model_id}"
