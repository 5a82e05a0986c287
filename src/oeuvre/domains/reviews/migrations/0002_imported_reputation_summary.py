"""What profiles show of a reputation from elsewhere stands in columns, not only in the signed statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import migrations, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """From the statements, which were checked when they were brought along."""
    for row in apps.get_model("reviews", "ImportedReputation").objects.iterator(chunk_size=20):
        payload = row.statement["payload"]
        row.issuer_name, row.issuer_address = payload["issuer"]["name"], payload["issuer"]["address"]
        row.completed, row.rating_count = payload["orders"]["completed"], payload["ratings"]["count"]
        row.save(update_fields=["issuer_name", "issuer_address", "completed", "rating_count"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("reviews", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            "importedreputation", "issuer_name", models.CharField(max_length=200, default=""), preserve_default=False
        ),
        migrations.AddField(
            "importedreputation", "issuer_address", models.CharField(max_length=200, default=""), preserve_default=False
        ),
        migrations.AddField(
            "importedreputation", "completed", models.PositiveBigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            "importedreputation", "rating_count", models.PositiveBigIntegerField(default=0), preserve_default=False
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
