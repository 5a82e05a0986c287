"""Gigs with their versions, and the skills that freelancers hold."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from oeuvre.domains.catalog import states
from oeuvre.domains.catalog.models.tree import CURRENCY_LENGTH, KEY_LENGTH, Category, Skill
from oeuvre.kit.models import BaseModel
from oeuvre.kit.money import Money

OWNER = "accounts.User"


class Gig(BaseModel):
    """A service that a freelancer offers. What it says is in its versions."""

    owner = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=12, unique=True)
    """The short id that ends its address."""
    slug = models.SlugField(max_length=80, blank=True)
    """Of the title that buyers see; until there is one, of the draft's."""
    status = models.CharField(max_length=12, choices=states.GigState, default=states.GigState.DRAFT)
    published = models.ForeignKey(
        "GigVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    """The version that buyers see, or last saw."""
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="gigs")
    """The published version's."""
    live_since = models.DateTimeField(null=True, blank=True)
    """When it was first published."""
    accepting_orders = models.BooleanField(default=True)
    orders_at_once = models.PositiveSmallIntegerField(null=True, blank=True)
    """Open orders from which no more are taken; none where the freelancer sets no limit."""
    paused_until = models.DateField(null=True, blank=True)
    """The day (UTC) on which a pause ends by itself."""
    removed_reason = models.TextField(max_length=2000, blank=True)

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["status", "category"]),
            models.Index(fields=["owner", "status", "-created_at"]),
            models.Index(fields=["-live_since"], condition=Q(status="live"), name="gigs_newest_first"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(status__in=["live", "paused"])
                | Q(published__isnull=False, category__isnull=False, live_since__isnull=False),
                name="a_gig_on_show_has_a_version",
            ),
            models.CheckConstraint(
                condition=~Q(status="removed") | ~Q(removed_reason=""), name="a_removed_gig_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(paused_until__isnull=True) | Q(status="paused"), name="only_a_paused_gig_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return self.url_key

    @property
    def url_key(self) -> str:
        """``mood-boards-for-a-pitch-7k3f9qxb``: the title for people, the code for the database."""
        return f"{self.slug}-{self.code}" if self.slug else self.code


class GigVersion(BaseModel):
    """What a gig says, as it stood; an order refers to one."""

    gig = models.ForeignKey(Gig, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=states.VersionState, default=states.VersionState.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    """Counts the draft's savings; who saves says which one they saw."""
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=80, blank=True)
    summary = models.CharField(max_length=160, blank=True)
    description = models.TextField(max_length=6000, blank=True)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    attributes = models.JSONField(default=dict, blank=True)
    """``{key: option key | [option keys] | number | true or false}``."""
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    """BCP 47, the main one first."""
    ai_policy = models.CharField(max_length=12, choices=states.AiPolicy, default=states.AiPolicy.NONE)
    rights = models.CharField(max_length=KEY_LENGTH, blank=True)
    """The answer to the attribute ``licence``: what a completed order assigns."""
    requirements = models.JSONField(default=list, blank=True)
    """The questions that a buyer answers before work begins, as ``content.Question``."""
    criteria = models.JSONField(default=list, blank=True)
    """What every delivery must meet, as ``content.Criterion``."""
    faq = models.JSONField(default=list, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(OWNER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    """The operator; nobody where the rule let it through."""
    reasons = models.TextField(max_length=2000, blank=True)
    """Why it was returned, all of it in one text."""
    section_reasons = models.JSONField(default=dict, blank=True)
    """``{section: text}``: what of the reasons is about one part of the gig, by the names of ``states.ReviewSection``."""
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["-number"]
        indexes: ClassVar = [models.Index(fields=["status", "submitted_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gig", "number"], name="gig_version_number_unique"),
            models.UniqueConstraint(
                fields=["gig"], condition=Q(status="published"), name="one_published_version_per_gig"
            ),
            models.UniqueConstraint(
                fields=["gig"], condition=Q(status__in=["draft", "in_review"]), name="one_open_version_per_gig"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gig_id}#{self.number}"


class GigPackage(BaseModel):
    """One of up to three sizes in which a gig is sold."""

    version = models.ForeignKey(GigVersion, on_delete=models.CASCADE, related_name="packages")
    key = models.CharField(max_length=8, choices=states.PackageKey)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=60)
    description = models.CharField(max_length=600, blank=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    days = models.PositiveSmallIntegerField()
    revisions = models.PositiveSmallIntegerField(default=0)
    facts = models.JSONField(default=list, blank=True)
    """``[{label, quantity}]``: what is in it, in numbers."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "key"], name="a_package_once_per_version"),
            models.CheckConstraint(condition=Q(amount__gt=0, days__gte=1), name="a_package_costs_and_takes_time"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class GigExtra(BaseModel):
    """Something that can be bought on top of any package."""

    version = models.ForeignKey(GigVersion, on_delete=models.CASCADE, related_name="extras")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    days = models.PositiveSmallIntegerField(default=0)
    """Days that it adds."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.title

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class GigImage(BaseModel):
    """A picture that a freelancer uploaded as a sample; its bytes are sealed with the account's data key."""

    owner = models.ForeignKey(OWNER, on_delete=models.PROTECT, related_name="+")
    blob_key = models.CharField(max_length=80)
    small_key = models.CharField(max_length=80)
    """Where a copy for lists is kept."""
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    """Bytes of what is kept."""

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [models.Index(fields=["owner", "-created_at"])]

    def __str__(self) -> str:
        return f"image {self.pk}"


class GigSample(BaseModel):
    """Something that shows what a buyer gets, labelled with how it was made."""

    version = models.ForeignKey(GigVersion, on_delete=models.CASCADE, related_name="samples")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=12, choices=states.SampleLabel)
    title = models.CharField(max_length=100, blank=True)
    caption = models.CharField(max_length=240, blank=True)
    excerpt = models.TextField(max_length=1200, blank=True)
    """A passage that the freelancer shows to everybody; works and generations themselves stay sealed."""
    source = models.CharField(max_length=12, choices=states.SampleSource)
    image = models.ForeignKey(GigImage, null=True, blank=True, on_delete=models.PROTECT, related_name="samples")
    ref_id = models.UUIDField(null=True, blank=True)
    """The work or generation, where the source is one."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(source="image", image__isnull=False, ref_id__isnull=True)
                | Q(source="text", image__isnull=True, ref_id__isnull=True) & ~Q(excerpt="")
                | Q(source__in=["work", "generation"], image__isnull=True, ref_id__isnull=False),
                name="a_sample_has_one_source",
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.pk)


class FreelancerSkill(BaseModel):
    """A skill on a freelancer's profile."""

    freelancer = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="+")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="held")

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["freelancer", "skill"], name="a_skill_once_per_freelancer")
        ]

    def __str__(self) -> str:
        return f"{self.freelancer_id}:{self.skill_id}"


class SkillEvidence(BaseModel):
    """What shows that somebody has a skill; the domain that keeps it confirms it, each time it is shown."""

    held = models.ForeignKey(FreelancerSkill, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=12, choices=states.EvidenceKind)
    ref_id = models.UUIDField()

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["held", "kind", "ref_id"], name="evidence_once_per_skill")
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref_id}"
