from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0001_orders'),
    ]

    operations = [
        migrations.AddField(
            'ordergroup',
            'reason',
            models.CharField(db_default='person', default='person', max_length=12),
        ),
    ]
