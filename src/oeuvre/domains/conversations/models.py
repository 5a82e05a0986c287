"""Private conversations between a buyer and a freelancer, and their messages."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from oeuvre.kit.models import BaseModel

PERSON = "accounts.User"


class Conversation(BaseModel):
    """Two people, and the piece that they talk about, if any. One for each pair and piece.

    The piece is named by type and id only, because the domains that pieces belong to lie above this one.
    """

    buyer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    subject_type = models.CharField(max_length=40, blank=True)
    """``generation``, say; empty where there is no piece."""
    subject_id = models.UUIDField(null=True, blank=True)
    subject_label = models.CharField(max_length=200, blank=True)
    """How the piece is called in lists; kept in clear, so it quotes nothing of a prompt or a text."""
    last_message_at = models.DateTimeField()

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
                | (~Q(subject_type="") & Q(subject_id__isnull=False)),
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

    Messages are never trained on; nothing in this installation hands them to a trainer.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    read_at = models.DateTimeField(null=True)
    """When the other person first saw it."""
    notified_at = models.DateTimeField(null=True)
    """When a mail told the other person of it."""
    erased_at = models.DateTimeField(null=True)
    """When its words were removed with their author's account."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "created_at"]),
            models.Index(fields=["conversation", "author"], condition=Q(read_at=None), name="unread_messages"),
            models.Index(fields=["author", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
