import django.contrib.postgres.fields
import django.db.models.deletion
import pgvector.django.halfvec
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('search', '0001_initial'),  # creates the extension vector
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GuideVector',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('vector', pgvector.django.halfvec.HalfVectorField(dimensions=384)),
            ],
        ),
        migrations.CreateModel(
            name='Brief',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('sent', 'Sent'), ('published', 'Published'), ('closed', 'Closed'), ('expired', 'Expired'), ('withdrawn', 'Withdrawn')], default='draft', max_length=12)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('sealed', models.BinaryField(default=b'')),
                ('category', models.CharField(blank=True, max_length=60)),
                ('use_case', models.CharField(blank=True, max_length=60)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), blank=True, default=list, size=None)),
                ('budget_low', models.PositiveBigIntegerField(blank=True, null=True)),
                ('budget_high', models.PositiveBigIntegerField(blank=True, null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('due', models.DateField(blank=True, null=True)),
                ('ai_wish', models.CharField(choices=[('human', 'Made by a person, no AI'), ('assisted', 'AI as a tool of a person'), ('generated', 'AI-generated'), ('any', 'That does not matter')], default='any', max_length=12)),
                ('privacy_level', models.CharField(blank=True, max_length=60)),
                ('licence', models.CharField(blank=True, max_length=60)),
                ('open_days', models.PositiveSmallIntegerField()),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('closes_at', models.DateTimeField(blank=True, null=True)),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('gig_id', models.UUIDField(blank=True, null=True)),
                ('declined_at', models.DateTimeField(blank=True, null=True)),
                ('brief', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='briefs.brief')),
                ('freelancer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('brief_revision', models.PositiveIntegerField(blank=True, null=True)),
                ('conversation_id', models.UUIDField(blank=True, null=True)),
                ('status', models.CharField(choices=[('drafted', 'Draft'), ('sent', 'Sent'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], default='drafted', max_length=12)),
                ('sealed', models.BinaryField(default=b'')),
                ('amount', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('days', models.PositiveSmallIntegerField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('ordered_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('brief', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='briefs.brief')),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('freelancer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='brief',
            index=models.Index(fields=['buyer', 'status', '-created_at'], name='briefs_brie_buyer_i_606871_idx'),
        ),
        migrations.AddIndex(
            model_name='brief',
            index=models.Index(fields=['status', 'category', '-opened_at'], name='briefs_brie_status_c272c1_idx'),
        ),
        migrations.AddIndex(
            model_name='brief',
            index=models.Index(condition=models.Q(('status__in', ['sent', 'published'])), fields=['closes_at'], name='brief_closing'),
        ),
        migrations.AddConstraint(
            model_name='brief',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['sent', 'published']), _negated=True), models.Q(('closes_at__isnull', False), ('opened_at__isnull', False), models.Q(('category', ''), _negated=True)), _connector='OR'), name='an_open_brief_has_an_end_and_a_category'),
        ),
        migrations.AddConstraint(
            model_name='brief',
            constraint=models.CheckConstraint(condition=models.Q(('budget_low', None), ('budget_high', None), ('budget_low__lte', models.F('budget_high')), _connector='OR'), name='brief_budget_ascends'),
        ),
        migrations.AddConstraint(
            model_name='brief',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('budget_high', None), ('budget_low', None)), models.Q(('currency', ''), _negated=True), _connector='OR'), name='brief_budget_has_currency'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['freelancer', '-created_at'], name='briefs_invi_freelan_1dc958_idx'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(fields=('brief', 'freelancer'), name='invited_once_per_brief'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(fields=['freelancer', 'status', '-created_at'], name='briefs_offe_freelan_29c0b6_idx'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(fields=['buyer', 'status', '-created_at'], name='briefs_offe_buyer_i_abadfb_idx'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(('status', 'sent')), fields=['valid_until'], name='offer_expiring'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('brief__isnull', False), ('conversation_id__isnull', False), _connector='OR'), name='an_offer_answers_something'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('buyer', models.F('freelancer')), _negated=True), name='nobody_offers_themselves'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('days__gte', 1)), name='an_offer_costs_and_takes_time'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['drafted', 'withdrawn']), models.Q(('conversation_id__isnull', False), ('sent_at__isnull', False), ('valid_until__isnull', False)), _connector='OR'), name='a_sent_offer_has_an_end_and_a_conversation'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('ordered_at__isnull', True), ('status', 'accepted'), _connector='OR'), name='only_an_accepted_offer_is_ordered'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['drafted', 'sent', 'accepted'])), fields=('brief', 'freelancer'), name='one_open_offer_per_freelancer_and_brief'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(condition=models.Q(('brief__isnull', True), ('ordered_at__isnull', True), ('status__in', ['drafted', 'sent', 'accepted'])), fields=('conversation_id', 'freelancer'), name='one_open_custom_offer_per_conversation'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'accepted')), fields=('brief',), name='one_accepted_offer_per_brief'),
        ),
    ]
