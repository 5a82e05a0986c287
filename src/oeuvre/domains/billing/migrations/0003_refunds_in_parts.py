"""A payment may be given back in several parts; those that were given back so far were given back whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations, models
from django.db.models import F, Q

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

STATUSES = [
    "created",
    "processing",
    "needs_confirmation",
    "succeeded",
    "failed",
    "expired",
    "partially_refunded",
    "refunded",
    "charged_back",
]


def amounts_of_whole_refunds(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The provider knows them by the key that was made of their id."""
    payments = apps.get_model("billing", "Payment")
    for refund in apps.get_model("billing", "Refund").objects.select_related("payment"):
        refund.amount = refund.payment.amount
        refund.idempotency_key = f"refund:{refund.pk}"
        refund.save(update_fields=["amount", "idempotency_key"])
    payments.objects.filter(refunds__status="succeeded").update(refunded=F("amount"))
    payments.objects.filter(refunds__status="created").update(refunding=F("amount"))


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_prices_append_only")]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="status",
            field=models.CharField(
                choices=[(status, status) for status in STATUSES], default="created", max_length=24
            ),
        ),
        migrations.AddField(model_name="payment", name="refunding", field=models.BigIntegerField(default=0)),
        migrations.AddField(model_name="payment", name="refunded", field=models.BigIntegerField(default=0)),
        migrations.AlterModelOptions(name="refund", options={"ordering": ["-created_at"]}),
        migrations.RemoveConstraint(model_name="refund", name="one_refund_at_a_time"),
        migrations.AddField(
            model_name="refund", name="amount", field=models.BigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            model_name="refund", name="idempotency_key", field=models.CharField(max_length=200, null=True)
        ),
        migrations.RunPython(amounts_of_whole_refunds, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="refund", name="idempotency_key", field=models.CharField(max_length=200, unique=True)
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=Q(refunding__gte=0, refunded__gte=0, amount__gte=F("refunding") + F("refunded")),
                name="no_more_is_given_back_than_was_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_positive"),
        ),
    ]
