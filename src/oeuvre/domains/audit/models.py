"""The append-only record of who did what to which object."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class AuditRecord(models.Model):
    """One thing that happened. A trigger in PostgreSQL refuses updates and deletions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    actor_id = models.UUIDField(null=True)
    """The person's id, or null for the system; no foreign key, so that a deleted account leaves its trace."""
    actor_roles = models.CharField(max_length=80)
    code = models.CharField(max_length=80)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    """Facts that explain the event; never personal content (no works, prompts, messages)."""

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id", "-at"]),
            models.Index(fields=["actor_id", "-at"]),
            models.Index(fields=["code", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.object_type}:{self.object_id}"
