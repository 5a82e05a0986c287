"""A work whose file reserves it from training may be its owner's own all the same."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("portfolio", "0003_modalities")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="work",
            name="rights",
            field=models.CharField(
                choices=[
                    ("own", "My own, all rights are mine"),
                    ("own_reserved", "My own, and its note against training is mine"),
                    ("client_consented", "Made for somebody who agreed"),
                    ("licensed", "Licensed to me"),
                    ("not_for_training", "Not for training"),
                ],
                default="own",
                max_length=20,
            ),
        ),
    ]
