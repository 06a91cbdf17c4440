import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0014_search'),
    ]

    operations = [
        migrations.AddIndex(
            'device', django.contrib.postgres.indexes.GinIndex(fields=['entities'], name='device_entities')
        ),
        migrations.AddIndex(
            'device',
            models.Index(
                condition=models.Q(('kinds', []), _negated=True), fields=['id'], name='device_of_kinds'
            ),
        ),
    ]
