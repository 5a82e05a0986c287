from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_catalogue'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='gigsample',
            name='a_sample_has_one_source',
        ),
        migrations.AddField(
            model_name='gigsample',
            name='caption',
            field=models.CharField(blank=True, max_length=240),
        ),
        migrations.AddField(
            model_name='gigsample',
            name='excerpt',
            field=models.TextField(blank=True, max_length=1200),
        ),
        migrations.AddField(
            model_name='gigversion',
            name='criteria',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name='gigsample',
            name='source',
            field=models.CharField(choices=[('image', 'Uploaded image'), ('text', 'Text'), ('work', 'Work'), ('generation', 'Generation')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='gigsample',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('image__isnull', False), ('ref_id__isnull', True), ('source', 'image')), models.Q(('image__isnull', True), ('ref_id__isnull', True), ('source', 'text'), models.Q(('excerpt', ''), _negated=True)), models.Q(('image__isnull', True), ('ref_id__isnull', False), ('source__in', ['work', 'generation'])), _connector='OR'), name='a_sample_has_one_source'),
        ),
    ]
