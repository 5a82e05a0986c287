"""Works, what they are recognised by, and suspected duplicates."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.states import USUAL, MatchKind, MatchState, Modality, Rights, WorkState
from oeuvre.kit.models import BaseModel


class Work(BaseModel):
    """One item of a freelancer's body of work. Its content is in the blob store, sealed with the owner's data key."""

    owner = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="works")
    modality = models.CharField(max_length=8, choices=Modality.choices, default=USUAL)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, blank=True)
    """What it is, in one or two words: product page, lyric, speech, source file."""
    keywords = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    language = models.CharField(max_length=8, blank=True)
    """BCP 47; empty where nobody said."""
    filename = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    file_size = models.PositiveBigIntegerField()
    """Bytes of the file as it came."""
    size = models.FloatField()
    """How much there is of it, in its modality's unit: words of a text."""
    facts = models.JSONField(default=dict, blank=True)
    """What else was measured of it: ``{"seconds", "sample_rate", "width", "height"}``, those that its modality has."""
    sha256 = models.CharField(max_length=64)
    """Of the file as it came."""
    content_sha256 = models.CharField(max_length=64)
    """Of what is in it however it is packed: of a text without case, punctuation and layout."""
    signature = models.BinaryField(null=True, blank=True)
    """What it is recognised by after small changes, in its modality's own terms."""
    file_key = models.CharField(max_length=80, blank=True)
    """Where the sealed file is kept; empty when removed."""
    kept_key = models.CharField(max_length=80, blank=True)
    """Where what was read out of the file is kept, sealed: a text, or what pages show; empty when removed."""
    rights = models.CharField(max_length=20, choices=Rights.choices, default=Rights.OWN)
    evidence = models.TextField(max_length=2000, blank=True)
    """Who agreed, when, and where that is written (client-consented)."""
    terms = models.TextField(max_length=2000, blank=True)
    """The licence under which the freelancer has it (licensed)."""
    status = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.STORED)
    refusal = models.CharField(max_length=500, blank=True)
    """Why an operator refused it, in words for the freelancer."""

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["owner", "status", "-created_at"]),
            models.Index(fields=["content_sha256"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "content_sha256"],
                condition=~models.Q(status=WorkState.REMOVED),
                name="a_content_is_once_in_a_body_of_work",
            ),
            models.CheckConstraint(
                condition=models.Q(status=WorkState.REMOVED, file_key="", kept_key="")
                | ~models.Q(status=WorkState.REMOVED) & ~models.Q(file_key="") & ~models.Q(kept_key=""),
                name="a_work_has_content_until_removed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def size_said(self) -> str:
        """Its size for people: ``1,240 words``."""
        return MODALITIES[self.modality].said(self.size)


class WorkBand(models.Model):
    """A band of a work's signature: works that share one are compared (locality-sensitive hashing)."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="bands")
    band = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["band", "work"])]

    def __str__(self) -> str:
        return f"{self.work_id}:{self.band}"


class WorkSketch(models.Model):
    """What tells, without showing any of it, whether an output repeats this work: for a text, keyed hashes of some of
    its shingles."""

    work = models.OneToOneField(Work, on_delete=models.CASCADE, primary_key=True, related_name="sketch")
    key_id = models.CharField(max_length=16)
    """Names the key that the hashes were made with; sketches of different keys cannot be compared."""
    hashes = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.work_id}:{self.key_id}"


class DuplicateMatch(BaseModel):
    """``work`` came in later than ``other`` and resembles it."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="matches")
    other = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="matched_by")
    kind = models.CharField(max_length=8, choices=MatchKind.choices)
    similarity = models.FloatField()
    """0 to 1, as the modality measures it: of texts, the estimated Jaccard similarity of the word 5-grams."""
    status = models.CharField(max_length=16, choices=MatchState.choices, default=MatchState.OPEN)
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="decided_matches"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at"]
        indexes: ClassVar = [models.Index(fields=["status", "created_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["work", "other"], name="a_pair_of_works_matches_once"),
        ]

    def __str__(self) -> str:
        return f"{self.work_id} ~ {self.other_id}"
