from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_alert_reason_and_loss'),
    ]

    operations = [
        migrations.AlterField(
            'grant',
            'role',
            models.CharField(
                choices=[
                    ('operator', 'Operator'),
                    ('moderator', 'Moderator'),
                    ('clerk', 'Clerk'),
                    ('crew', 'Crew'),
                    ('administrator', 'Administrator'),
                ],
                max_length=20,
                verbose_name='role',
            ),
        ),
    ]
