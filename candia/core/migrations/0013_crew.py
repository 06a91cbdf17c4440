from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0012_looks'),
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
