"""What is kept beside a piece, works that buyers see, and designs set in other words."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("creation", "0008_synthetic_voice")]

    operations = [
        migrations.AddField("creationmodel", "shows_works", models.BooleanField(default=False)),
        migrations.AddField("generation", "beside", models.JSONField(blank=True, default=dict)),
        migrations.CreateModel(
            name="LicenceWording",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("texts", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[("queued", "Queued"), ("ready", "Ready"), ("failed", "Failed")],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("failure", models.CharField(blank=True, max_length=300)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="wordings", to="creation.licence"
                    ),
                ),
            ],
            options={"ordering": ["-created_at"], "abstract": False},
        ),
        migrations.AddField(
            "licencefile",
            "wording",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="files",
                to="creation.licencewording",
            ),
        ),
        migrations.RemoveConstraint("licencefile", "one_file_per_licence_and_format"),
        migrations.AddConstraint(
            "licencefile",
            models.UniqueConstraint(
                fields=("licence", "format", "wording"),
                nulls_distinct=False,
                name="one_file_per_licence_format_and_wording",
            ),
        ),
    ]
