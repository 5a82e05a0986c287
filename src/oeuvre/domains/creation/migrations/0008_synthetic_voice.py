"""A consent may stand on a declaration that the recordings are of no living person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("creation", "0007_voice_consent")]

    operations = [
        migrations.AddField(
            model_name="voiceconsent",
            name="kind",
            field=models.CharField(
                choices=[("voice", "Voice"), ("synthetic", "Synthetic")], default="voice", max_length=12
            ),
        ),
        migrations.AddField(
            model_name="voiceconsent", name="source", field=models.CharField(blank=True, max_length=300)
        ),
        migrations.AddField(
            model_name="voiceconsent", name="covers", field=models.JSONField(blank=True, default=list)
        ),
        migrations.AlterField(
            model_name="voiceconsent", name="language", field=models.CharField(blank=True, max_length=8)
        ),
        migrations.AlterField(
            model_name="voiceconsent", name="phrase", field=models.CharField(blank=True, max_length=200)
        ),
    ]
