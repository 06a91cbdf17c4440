
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0002_append_only_and_greek'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('entity_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='core.entity')),
                ('number', models.PositiveBigIntegerField(editable=False, unique=True)),
                ('form_key', models.UUIDField(editable=False, unique=True)),
                ('signed', models.BooleanField(default=True)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open for support'), ('accepted', 'Accepted'), ('not_now', 'Not now'), ('rejected', 'Not accepted'), ('withdrawn', 'Withdrawn'), ('hidden', 'Hidden')], default='draft', max_length=12)),
                ('heading', models.CharField(blank=True, max_length=120, verbose_name='title')),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('theme', models.CharField(blank=True, db_index=True, max_length=40, verbose_name='theme')),
                ('place', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), blank=True, null=True, size=2)),
                ('address', models.CharField(blank=True, max_length=120)),
                ('support_count', models.PositiveIntegerField(default=0)),
                ('comment_count', models.PositiveIntegerField(default=0)),
                ('changed', models.DateTimeField(auto_now=True)),
                ('submitted', models.DateTimeField(null=True)),
                ('answered', models.DateTimeField(null=True)),
                ('withdrawn_because', models.TextField(blank=True)),
                ('words', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('heading', config='candia_greek', weight='A'), '||', django.contrib.postgres.search.SearchVector('text', config='candia_greek', weight='B'), django.contrib.postgres.search.SearchConfig('candia_greek')), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['status', '-submitted'], name='proposal_status'),
                    models.Index(fields=['author', '-number'], name='proposal_author'),
                    django.contrib.postgres.indexes.GinIndex(fields=['words'], name='proposal_words'),
                ],
            },
            bases=('core.entity',),
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.CharField(max_length=40, unique=True)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('alt', models.CharField(blank=True, max_length=200, verbose_name='what the picture shows')),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='picture', to='dialogue.proposal')),
            ],
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.PositiveBigIntegerField()),
                ('sent', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='dialogue.proposal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('event', 'person'), name='notice_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Hiding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('status_before', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open for support'), ('accepted', 'Accepted'), ('not_now', 'Not now'), ('rejected', 'Not accepted'), ('withdrawn', 'Withdrawn'), ('hidden', 'Hidden')], max_length=12)),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('until', models.DateTimeField(null=True)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hidings', to='dialogue.proposal')),
            ],
        ),
        migrations.CreateModel(
            name='Follow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follows', to='dialogue.proposal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('proposal', 'person'), name='follow_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stance', models.CharField(choices=[('for', 'For'), ('against', 'Against'), ('neutral', 'A question or an addition')], default='neutral', max_length=8)),
                ('text', models.TextField()),
                ('signed', models.BooleanField(default=True)),
                ('written', models.DateTimeField(auto_now_add=True)),
                ('hidden_because', models.TextField(blank=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='dialogue.proposal')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['proposal', 'written'], name='comment_in_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open for support'), ('accepted', 'Accepted'), ('not_now', 'Not now'), ('rejected', 'Not accepted'), ('withdrawn', 'Withdrawn'), ('hidden', 'Hidden')], max_length=12)),
                ('text', models.TextField()),
                ('office', models.CharField(blank=True, max_length=120, verbose_name='responsible office')),
                ('given', models.DateTimeField(auto_now_add=True)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='dialogue.proposal')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('made', models.DateTimeField(auto_now_add=True)),
                ('settled', models.BooleanField(default=False)),
                ('comment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='dialogue.comment')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='dialogue.proposal')),
            ],
        ),
        migrations.CreateModel(
            name='Support',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='supports', to='dialogue.proposal')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('proposal', 'person'), name='one_person_one_voice'),
                ],
            },
        ),
    ]
