from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0015_device_indexes'),
    ]

    operations = [
        migrations.AddField('alert', 'began', models.DateTimeField(null=True)),
        migrations.AddField(
            'alert', 'worst', models.CharField(blank=True, db_default='', default='', max_length=12)
        ),
    ]
