from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_samples_and_criteria'),
    ]

    operations = [
        migrations.AddField(
            model_name='gigversion',
            name='section_reasons',
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
