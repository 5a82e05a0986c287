"""Pieces, runs and models of any modality: options, sizes and units instead of tokens and words, contents as blobs."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import JSONObject

from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore


def options_from_tokens(apps: Any, schema_editor: Any) -> None:
    apps.get_model("creation", "Generation").objects.update(options=JSONObject(max_tokens=F("max_tokens")))


def contents_to_blobs(apps: Any, schema_editor: Any) -> None:
    """Move what is sealed in the table into the blob store as it is: key and context stay the same."""
    store = port("storage", BlobStore)
    rows = apps.get_model("creation", "Generation").objects.exclude(sealed=None)
    for row in rows.iterator(chunk_size=100):
        row.content_key, row.mime = store.put(bytes(row.sealed)), "text/plain"
        row.save(update_fields=["content_key", "mime"])


def nothing(apps: Any, schema_editor: Any) -> None:
    """The former columns still hold what they held."""


class Migration(migrations.Migration):
    dependencies = [("creation", "0004_papers_2")]

    operations = [
        migrations.AlterField(
            "CreationModel",
            "modality",
            models.CharField(
                choices=[("text", "Text"), ("voice", "Voice"), ("image", "Image")], default="text", max_length=12
            ),
        ),
        migrations.RenameField("TrainingRun", "words_count", "size"),
        migrations.AlterField("TrainingRun", "size", models.FloatField(default=0)),
        migrations.RenameField("Generation", "words", "size"),
        migrations.AlterField("Generation", "size", models.FloatField(default=0)),
        migrations.RenameField("Generation", "tokens", "units"),
        migrations.AddField("Generation", "options", models.JSONField(blank=True, default=dict)),
        migrations.AddField("Generation", "facts", models.JSONField(blank=True, default=dict)),
        migrations.AddField("Generation", "mime", models.CharField(blank=True, max_length=100)),
        migrations.AddField("Generation", "content_key", models.CharField(blank=True, max_length=120)),
        migrations.AddField("Generation", "preview_key", models.CharField(blank=True, max_length=120)),
        migrations.AddField("Generation", "preview_mime", models.CharField(blank=True, max_length=100)),
        migrations.RunPython(options_from_tokens, nothing),
        migrations.RunPython(contents_to_blobs, nothing),
    ]
