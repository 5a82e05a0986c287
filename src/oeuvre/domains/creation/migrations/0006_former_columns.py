"""What options and blobs took the place of."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("creation", "0005_modalities")]

    operations = [
        migrations.RemoveField("Generation", "max_tokens"),
        migrations.RemoveField("Generation", "sealed"),
    ]
