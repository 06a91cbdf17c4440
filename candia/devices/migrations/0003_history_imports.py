import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0002_group_reason'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoryImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service', models.CharField(max_length=40)),
                ('file', models.CharField(blank=True, max_length=120)),
                ('by', models.CharField(max_length=120)),
                ('time', models.DateTimeField(auto_now_add=True)),
                ('rows', models.PositiveIntegerField()),
                ('refused', models.PositiveIntegerField()),
                (
                    'things',
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), size=None
                    ),
                ),
                (
                    'properties',
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), size=None
                    ),
                ),
                ('first', models.DateTimeField()),
                ('last', models.DateTimeField()),
                (
                    'moments',
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ('taken_back', models.DateTimeField(null=True)),
                ('taken_back_by', models.CharField(blank=True, max_length=120)),
                ('removed', models.PositiveIntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['service', '-time'], name='history_newest')],
            },
        ),
    ]
