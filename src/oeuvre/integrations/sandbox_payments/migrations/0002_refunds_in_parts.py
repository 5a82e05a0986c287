"""Refunds of the sandbox become rows of their own, so that one charge may have several."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keys_to_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every charge that was given back was given back whole."""
    charges = apps.get_model("sandbox_payments", "SandboxCharge")
    refunds = apps.get_model("sandbox_payments", "SandboxRefund")
    for charge in charges.objects.exclude(refund_key=""):
        refunds.objects.create(charge=charge, idempotency_key=charge.refund_key, amount=charge.amount)
    charges.objects.exclude(refund_key="").update(refunded=F("amount"))


class Migration(migrations.Migration):
    dependencies = [("sandbox_payments", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="sandboxcharge",
            name="refunded",
            field=models.BigIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="SandboxRefund",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("idempotency_key", models.CharField(max_length=200, unique=True)),
                ("amount", models.BigIntegerField()),
                (
                    "charge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refunds",
                        to="sandbox_payments.sandboxcharge",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "ordering": ["-created_at"],
            },
        ),
        migrations.RunPython(keys_to_rows, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="sandboxcharge",
            name="refund_key",
        ),
        migrations.AddConstraint(
            model_name="sandboxcharge",
            constraint=models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")), name="sandbox_gives_no_more_back"
            ),
        ),
    ]
