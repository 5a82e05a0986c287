"""A work is measured in its modality's unit and recognised by what is in it, whatever it is made of."""

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("portfolio", "0002_sketches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="work", name="a_text_is_once_in_a_body_of_work"),
        migrations.RemoveConstraint(model_name="work", name="a_work_has_content_until_removed"),
        migrations.RemoveIndex(model_name="work", name="portfolio_w_text_sh_e16f08_idx"),
        migrations.RenameField(model_name="work", old_name="size", new_name="file_size"),
        migrations.RenameField(model_name="work", old_name="words", new_name="size"),
        migrations.RenameField(model_name="work", old_name="text_sha256", new_name="content_sha256"),
        migrations.RenameField(model_name="work", old_name="content_key", new_name="file_key"),
        migrations.RenameField(model_name="work", old_name="text_key", new_name="kept_key"),
        migrations.AddIndex(
            model_name="work",
            index=models.Index(fields=["content_sha256"], name="portfolio_w_content_e2edc3_idx"),
        ),
        migrations.AlterField(model_name="work", name="size", field=models.FloatField()),
        migrations.AddField(model_name="work", name="facts", field=models.JSONField(blank=True, default=dict)),
        migrations.AlterField(
            model_name="work",
            name="modality",
            field=models.CharField(
                choices=[("text", "Text"), ("voice", "Voice"), ("image", "Image")], default="text", max_length=8
            ),
        ),
        migrations.AddConstraint(
            model_name="work",
            constraint=models.UniqueConstraint(
                fields=["owner", "content_sha256"],
                condition=~models.Q(status="removed"),
                name="a_content_is_once_in_a_body_of_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="work",
            constraint=models.CheckConstraint(
                condition=models.Q(status="removed", file_key="", kept_key="")
                | ~models.Q(status="removed") & ~models.Q(file_key="") & ~models.Q(kept_key=""),
                name="a_work_has_content_until_removed",
            ),
        ),
    ]
