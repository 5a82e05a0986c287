"""What every table shares."""

from __future__ import annotations

import uuid

from django.db import models


class BaseModel(models.Model):
    """A row with a random id that may be shown in a URL, and its two times."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ["-created_at"]
