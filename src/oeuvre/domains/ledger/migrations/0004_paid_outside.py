"""What operators pay by hand, past the payment provider, is counted in an account of its own."""

from django.db import migrations, models

KINDS = [
    "buyer",
    "freelancer_clearing",
    "freelancer_payable",
    "held",
    "platform_revenue",
    "tax",
    "compute_cost",
    "provider_clearing",
    "paid_outside",
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_freelancer_clearing")]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=24),
        ),
    ]
