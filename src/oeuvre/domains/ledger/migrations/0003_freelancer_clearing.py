"""What a freelancer earned and cannot be paid out yet gets a kind of account of its own, guarded like the others."""

from django.db import migrations, models
from django.db.models import Q

KINDS = [
    "buyer",
    "freelancer_clearing",
    "freelancer_payable",
    "held",
    "platform_revenue",
    "tax",
    "compute_cost",
    "provider_clearing",
]
OWNED = ["buyer", "freelancer_clearing", "freelancer_payable", "held"]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_enforcement")]

    operations = [
        migrations.RemoveConstraint(model_name="account", name="account_has_the_owner_it_needs"),
        migrations.RemoveConstraint(model_name="account", name="account_is_not_overdrawn"),
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=24),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=OWNED, owner_id__isnull=False)
                | (~Q(kind__in=OWNED) & Q(owner_id__isnull=True)),
                name="account_has_the_owner_it_needs",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=~Q(kind__in=OWNED) | Q(balance__gte=0), name="account_is_not_overdrawn"
            ),
        ),
    ]
