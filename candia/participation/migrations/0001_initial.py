"""The tables of participation; their numbers begin behind those that dialogue kept before."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Events name comments, answers and hidings by number for good. A city that switches dialogue on again only later
# finds these numbers still free for the rows that move here then.
reserve = """
DO $$
DECLARE name text; highest bigint;
BEGIN
    FOREACH name IN ARRAY ARRAY['support', 'comment', 'follow', 'report', 'hiding', 'answer', 'notice'] LOOP
        IF to_regclass('dialogue_' || name) IS NOT NULL THEN
            EXECUTE format('SELECT coalesce(max(id), 0) FROM %I', 'dialogue_' || name) INTO highest;
            IF highest > 0 THEN
                PERFORM setval(pg_get_serial_sequence('participation_' || name, 'id'), highest);
            END IF;
        END IF;
    END LOOP;
END $$
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0004_idempotency_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(max_length=12)),
                ('text', models.TextField()),
                ('office', models.CharField(blank=True, max_length=120, verbose_name='responsible office')),
                ('given', models.DateTimeField(auto_now_add=True)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='core.entity')),
            ],
            options={
                'ordering': ['id'],
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
                ('votes', models.PositiveIntegerField(db_default=0, default=0)),
                ('hidden_because', models.TextField(blank=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='core.entity')),
                ('reply_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='participation.comment')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['entity', 'written'], name='participation_comment_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CommentVote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('comment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='voters', to='participation.comment')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('comment', 'person'), name='participation_vote_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Follow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follows', to='core.entity')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('entity', 'person'), name='participation_follow_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Hiding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('until', models.DateTimeField(null=True)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hidings', to='core.entity')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('until', None)), fields=('entity',), name='participation_hidden_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.PositiveBigIntegerField()),
                ('made', models.DateTimeField(auto_now_add=True)),
                ('sent', models.DateTimeField(null=True)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.entity')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['person', '-id'], name='participation_notice_newest'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('event', 'person'), name='participation_notice_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='NoticeSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rhythm', models.CharField(choices=[('at_once', 'By e-mail, at once'), ('daily', 'By e-mail, once a day'), ('weekly', 'By e-mail, once a week'), ('no_mail', 'On this page alone, no e-mail')], default='at_once', max_length=8)),
                ('read', models.PositiveBigIntegerField(default=0)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('made', models.DateTimeField(auto_now_add=True)),
                ('settled', models.BooleanField(default=False)),
                ('comment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='participation.comment')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='core.entity')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Support',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='supports', to='core.entity')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('entity', 'person'), name='participation_one_voice'),
                ],
            },
        ),
        migrations.RunSQL(reserve, migrations.RunSQL.noop),
    ]
