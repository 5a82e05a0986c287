"""A person's consent to a model of their voice, or their word that the voice is nobody's; and how it says particular words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from oeuvre.domains.creation import states
from oeuvre.kit.models import BaseModel

if TYPE_CHECKING:
    from datetime import datetime

_OWNER = "accounts.User"


class VoiceConsent(BaseModel):
    """One phrase that was shown to a freelancer, what they read, and what was found; or a declaration that the recordings
    are of no living person. The recording is sealed with the model's data key and goes with it."""

    model = models.ForeignKey("creation.CreationModel", on_delete=models.PROTECT, related_name="voice_consents")
    kind = models.CharField(max_length=12, choices=states.ConsentKind, default=states.ConsentKind.VOICE)
    language = models.CharField(max_length=8, blank=True)
    """A code of ``phrases.SPOKEN``; empty, as the phrase is, where nothing is read aloud."""
    phrase = models.CharField(max_length=200, blank=True)
    statement = models.TextField()
    """What was agreed to or declared, in the words that were shown."""
    source = models.CharField(max_length=300, blank=True)
    """Of a declaration: what the recordings were made from, in the freelancer's words. Buyers read it."""
    covers: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    """Of a declaration: the SHA-256 of each recording that it was made of. Others are not trained on by it."""
    status = models.CharField(max_length=12, choices=states.ConsentState, default=states.ConsentState.SHOWN)
    expires_at = models.DateTimeField()
    """Until when the phrase may be read; of a declaration, when it was made."""
    given_at: models.DateTimeField[str | datetime | None, datetime | None] = models.DateTimeField(null=True, blank=True)
    """When the reading arrived, or the declaration was made."""
    recording_key = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=20, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the recording as it came."""
    scores: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    """What the checker measured, by name."""
    reasons: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    """Why it did not pass, in sentences for people."""
    decided_by = models.ForeignKey(_OWNER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(max_length=1000, blank=True)
    """The operator's reason."""
    record: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    """The consent signed by the platform, as it goes into manifests."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["model"],
                condition=Q(status__in=["shown", "checking", "to_review"]),
                name="one_open_voice_consent_per_model",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["status", "created_at"])]

    def __str__(self) -> str:
        return f"voice consent {self.pk} ({self.status})"

    @property
    def context(self) -> str:
        """What its recording is sealed for."""
        return f"voice-consent:{self.pk}"

    @property
    def is_declaration(self) -> bool:
        """Whether it says that the recordings are of no living person, in place of a reading."""
        return self.kind == states.ConsentKind.SYNTHETIC

    @property
    def holds(self) -> bool:
        """Whether it counts as consent now."""
        return self.status in states.CONSENTED


class PronunciationList(BaseModel):
    """How a model's voice says particular words. What it says goes with every piece that is asked for."""

    model = models.OneToOneField("creation.CreationModel", on_delete=models.CASCADE, related_name="pronunciation_list")
    entries: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    """Word → respelling, or IPA between slashes, in the order in which they were written."""

    def __str__(self) -> str:
        return f"pronunciation list of {self.model_id}"
