from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0009_position_at'),
    ]

    operations = [
        migrations.AddField('alert', 'loss', models.FloatField(null=True)),
        migrations.AddField('alert', 'reason', models.CharField(blank=True, max_length=20)),
        migrations.AlterField(
            'alert',
            'status',
            models.CharField(
                choices=[
                    ('open', 'open'),
                    ('confirmed', 'confirmed'),
                    ('dismissed', 'dismissed'),
                    ('repaired', 'repaired'),
                ],
                default='open',
                max_length=12,
            ),
        ),
    ]
