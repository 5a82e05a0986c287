"""Two works that are alike need not be texts."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("portfolio", "0004_own_reserved")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="duplicatematch",
            name="kind",
            field=models.CharField(choices=[("exact", "The same"), ("near", "Similar")], max_length=8),
        ),
    ]
