"""A refund that the provider will not make can be paid by hand; the operator says how."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0001_initial")]

    operations: ClassVar = [
        migrations.AlterField(
            "orderrefund",
            "status",
            models.CharField(
                choices=[
                    ("asked", "Asked"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("paid_outside", "Paid Outside"),
                    ("overtaken", "Overtaken"),
                ],
                default="asked",
                max_length=12,
            ),
        ),
        migrations.AddField("orderrefund", "outside_note", models.CharField(blank=True, default="", max_length=300), preserve_default=False),
    ]
