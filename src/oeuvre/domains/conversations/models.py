"""Private conversations between a buyer and a freelancer, what is in them, and what each of the two set."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from oeuvre.domains.conversations.states import CardKind, Digest, ReportReason, ReportState, Subject
from oeuvre.kit.models import BaseModel

PERSON = "accounts.User"


class Conversation(BaseModel):
    """Two people, and the piece that they talk about, if any. One for each pair and piece.

    The piece is named by type and id only, because the domains that pieces belong to lie above this one.
    """

    buyer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    subject_type = models.CharField(max_length=40, blank=True, choices=Subject)
    subject_id = models.UUIDField(null=True, blank=True)
    subject_label = models.CharField(max_length=200, blank=True)
    """How the piece is called in lists; kept in clear, so it quotes nothing of a prompt or a text."""
    last_message_at = models.DateTimeField()
    buyer_told_at = models.DateTimeField(null=True)
    """When a mail last told the buyer of this conversation."""
    freelancer_told_at = models.DateTimeField(null=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["buyer", "freelancer", "subject_type", "subject_id"],
                name="one_conversation_per_pair_and_piece",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(buyer=F("freelancer")), name="nobody_writes_to_themselves"),
            models.CheckConstraint(
                condition=Q(subject_type="", subject_id__isnull=True)
                | (Q(subject_type__in=[kind for kind in Subject.values if kind]) & Q(subject_id__isnull=False)),
                name="a_piece_has_type_and_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-last_message_at"]),
            models.Index(fields=["freelancer", "-last_message_at"]),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Message(BaseModel):
    """What one of the two wrote, encrypted with the author's own key: it goes for good when their account goes.

    A message that nobody wrote tells of something that happened by itself: an order that ran out of time, say.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True)
    sealed = models.BinaryField()
    """Empty for a message that has no words: only files, or only a card."""
    buyer_read_at = models.DateTimeField(null=True)
    """When the buyer first saw it; for what the buyer wrote, when they wrote it."""
    freelancer_read_at = models.DateTimeField(null=True)
    by_assistant = models.BooleanField(default=False)
    """Whether the author's assistant wrote it, in their name and shown as such."""
    card_kind = models.CharField(max_length=20, blank=True, choices=CardKind)
    card_id = models.UUIDField(null=True)
    card_label = models.CharField(max_length=200, blank=True)
    """What the card says in a line; kept in clear, so it quotes nothing of anybody's words."""
    erased_at = models.DateTimeField(null=True)
    """When its words were removed with their author's account."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(card_kind="", card_id__isnull=True)
                | (Q(card_kind__in=CardKind.values) & Q(card_id__isnull=False)),
                name="a_card_has_kind_and_id",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | ~Q(card_kind=""), name="what_nobody_wrote_is_a_card"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "created_at"]),
            models.Index(fields=["conversation"], condition=Q(buyer_read_at=None), name="unread_by_buyer"),
            models.Index(fields=["conversation"], condition=Q(freelancer_read_at=None), name="unread_by_freelancer"),
            models.Index(fields=["author", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Attachment(BaseModel):
    """A file of a message. Its bytes lie in the blob store, sealed like its name with the author's key."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=100)
    """Told from the bytes when it came."""
    size = models.PositiveBigIntegerField()
    """Bytes."""
    blob = models.CharField(max_length=200, blank=True)
    small_blob = models.CharField(max_length=200, blank=True)
    """A small copy, for pictures."""
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "position"], name="one_attachment_a_place"),
        ]
        indexes: ClassVar = [models.Index(fields=["author", "created_at"])]

    def __str__(self) -> str:
        return f"attachment {self.pk}"


class MessagePreferences(BaseModel):
    """What a person set about messages; who set nothing has no row, and the defaults."""

    person = models.OneToOneField(PERSON, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=10, choices=Digest, default=Digest.AT_ONCE)
    receipts = models.BooleanField(default=False)
    """Whether others see when this person read something. Who shows nothing sees nothing."""

    def __str__(self) -> str:
        return f"message preferences of {self.person_id}"


class MessageTemplate(BaseModel):
    """Words that a freelancer writes often, sealed with their key."""

    owner = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=80)
    sealed = models.BinaryField()

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["title", "created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "title"], name="one_template_a_title"),
        ]

    def __str__(self) -> str:
        return f"template {self.pk}"


class Block(BaseModel):
    """``blocker`` takes no messages from ``blocked`` any more."""

    blocker = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    blocked = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="blocked_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        return f"block {self.pk}"


class Report(BaseModel):
    """Messages that one of the two showed to the operator, and what came of it.

    What was shown, the note and the answer are sealed with a key of the report's own: the copy outlives an account that is
    deleted to get rid of it, and goes when that key is destroyed, some time after the answer.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    reported = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=ReportReason)
    sealed_note = models.BinaryField(default=b"")
    status = models.CharField(max_length=12, choices=ReportState, default=ReportState.OPEN)
    sealed_answer = models.BinaryField(default=b"")
    """What the operator answered the reporter."""
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)
    """When its key was destroyed and its files were deleted."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status=ReportState.OPEN, decided_at__isnull=True)
                | (~Q(status=ReportState.OPEN) & Q(decided_at__isnull=False)),
                name="a_report_is_open_or_decided",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "created_at"])]

    def __str__(self) -> str:
        return f"report {self.pk}"


class ReportedMessage(BaseModel):
    """A copy of one message that was shown."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="messages")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "message"], name="reported_once_a_report"),
        ]

    def __str__(self) -> str:
        return f"reported message {self.pk}"


class ReportedFile(BaseModel):
    """A copy of one attachment of a message that was shown, sealed with the report's key."""

    shown = models.ForeignKey(ReportedMessage, on_delete=models.CASCADE, related_name="files")
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    blob = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"reported file {self.pk}"


class LearningConsent(BaseModel):
    """One person's consent that an assistant may learn from a conversation, from when until when."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="learning_consents")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "person"], condition=Q(ended_at=None), name="one_open_learning_consent"
            ),
        ]

    def __str__(self) -> str:
        return f"learning consent {self.pk}"
