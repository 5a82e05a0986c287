"""Vectors beside the filters that they are searched with and apart from the words that they are made of; indexes that answer
filters without the rows. Vectors that were made stay; what waited for one goes on waiting.
"""

import datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgvector.django.halfvec
import pgvector.django.indexes
from django.db import migrations, models

WORDINGS = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO search_searchwording (document_id, text, is_embedded, are_words_known)
    SELECT document_id, text, vector IS NOT NULL, words_known FROM search_searchembedding;
DELETE FROM search_searchembedding WHERE vector IS NULL;
UPDATE search_searchdocument SET tags = ARRAY(
    SELECT CASE WHEN starts_with(tag, 'skill=') THEN tag ELSE 'a.' || tag END FROM unnest(tags) AS tag
    UNION SELECT 'language=' || language FROM unnest(languages) AS language
    UNION SELECT 'ai=' || ai_policy WHERE ai_policy <> ''
    UNION SELECT 'level=' || level WHERE level <> ''
    UNION SELECT 'instant=yes' WHERE instant
    ORDER BY 1
);
"""
FILTERS = """
UPDATE search_searchembedding AS embedding SET
    kind = document.kind, category = document.category, category_group = document.category_group,
    tags = document.tags, numbers = document.numbers, price_minor = document.price_minor,
    currency = document.currency, days = document.days, live_since = document.live_since
FROM search_searchdocument AS document WHERE document.id = embedding.document_id;
"""


def _filled_next(name, field):
    return migrations.AddField(model_name='searchembedding', name=name, field=field, preserve_default=False)


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchWording',
            fields=[
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='wording', serialize=False, to='search.searchdocument')),
                ('text', models.TextField()),
                ('is_embedded', models.BooleanField(default=False)),
                ('are_words_known', models.BooleanField(default=False)),
            ],
        ),
        # Not to be kept up to date while every row changes; made anew below.
        migrations.RemoveIndex(model_name='searchembedding', name='search_embedding_near'),
        migrations.RemoveIndex(model_name='searchembedding', name='search_embedding_waiting'),
        migrations.RemoveIndex(model_name='searchembedding', name='search_words_waiting'),
        migrations.RunSQL(WORDINGS),
        migrations.RemoveField(model_name='searchembedding', name='text'),
        migrations.RemoveField(model_name='searchembedding', name='words_known'),
        _filled_next('kind', models.CharField(max_length=12, choices=[('gig', 'Gig'), ('model', 'Model'), ('freelancer', 'Freelancer')], default='gig')),
        _filled_next('category', models.CharField(blank=True, default='', max_length=60)),
        _filled_next('category_group', models.CharField(blank=True, default='', max_length=60)),
        migrations.AddField('searchembedding', 'tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=160), default=list, size=None)),
        migrations.AddField('searchembedding', 'numbers', models.JSONField(default=dict)),
        migrations.AddField('searchembedding', 'price_minor', models.BigIntegerField(null=True)),
        _filled_next('currency', models.CharField(blank=True, default='', max_length=3)),
        migrations.AddField('searchembedding', 'days', models.PositiveIntegerField(null=True)),
        _filled_next('live_since', models.DateTimeField(default=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))),
        migrations.RunSQL(FILTERS),
        migrations.AlterField('searchembedding', 'vector', pgvector.django.halfvec.HalfVectorField(dimensions=384)),
        migrations.AddIndex('searchembedding', pgvector.django.indexes.HnswIndex(ef_construction=64, fields=['vector'], m=16, name='search_embedding_near', opclasses=['halfvec_ip_ops'])),
        migrations.AddIndex('searchembedding', django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['tags'], name='search_embedding_tags')),
        migrations.AddIndex('searchembedding', models.Index(fields=['category'], name='search_embedding_leaf')),
        migrations.AddIndex('searchembedding', models.Index(fields=['category_group'], name='search_embedding_group')),
        migrations.AddIndex('searchembedding', models.Index(fields=['price_minor'], name='search_embedding_price')),
        migrations.AddIndex('searchembedding', models.Index(fields=['days'], name='search_embedding_days')),
        migrations.RemoveIndex(model_name='searchdocument', name='search_document_prior'),
        migrations.AddIndex(
            model_name='searchdocument',
            index=models.Index(fields=['-prior', 'id'], include=('kind', 'category_group', 'category', 'languages', 'ai_policy', 'level', 'instant', 'price_minor', 'currency', 'days', 'live_since', 'owner_completed', 'owner_weeks'), name='search_document_best'),
        ),
        migrations.AddIndex(
            model_name='searchdocument',
            index=models.Index(fields=['price_minor'], name='search_document_price'),
        ),
        migrations.AddIndex(
            model_name='searchdocument',
            index=models.Index(fields=['days'], name='search_document_days'),
        ),
        migrations.AddIndex(
            model_name='searchwording',
            index=models.Index(condition=models.Q(('is_embedded', False), ('are_words_known', False), _connector='OR'), fields=['document'], name='search_wording_waiting'),
        ),
    ]
