"""Hidings know who hid and, of comments, which; whoever's words were hidden may appeal.

What was hidden before gets this from the events that say so. Run once more by dialogue's migrations, which bring
rows from versions that kept them there.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = [
    """
    UPDATE participation_hiding AS hiding SET by = event.by FROM core_event AS event
    WHERE hiding.by = '' AND hiding.comment_id IS NULL AND event.entity = hiding.entity_id
      AND event.kind IN ('participation.hidden', 'dialogue.proposal_hidden')
      AND (event.data ->> 'hiding')::bigint = hiding.id
    """,
    """
    INSERT INTO participation_hiding (entity_id, comment_id, by, reason, since)
    SELECT said.entity_id, said.id, coalesce(event.by, ''), said.hidden_because, coalesce(event.time, now())
    FROM participation_comment AS said
    LEFT JOIN LATERAL (
        SELECT by, time FROM core_event
        WHERE entity = said.entity_id AND kind IN ('participation.comment_hidden', 'dialogue.comment_hidden')
          AND (data ->> 'comment')::bigint = said.id
        ORDER BY id DESC LIMIT 1
    ) AS event ON true
    WHERE said.hidden_because <> '' AND NOT EXISTS (
        SELECT FROM participation_hiding WHERE comment_id = said.id AND until IS NULL
    )
    """,
    # The tables can't be changed while the keys of these rows wait to be looked at.
    "SET CONSTRAINTS ALL IMMEDIATE",
]


class Migration(migrations.Migration):
    dependencies = [
        ("participation", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "hiding",
            "comment",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="hidings", to="participation.comment"),
        ),
        migrations.AddField("hiding", "by", models.CharField(blank=True, db_default="", default="", max_length=120)),
        migrations.AddField("notice", "direct", models.BooleanField(db_default=False, default=False)),
        migrations.RemoveConstraint("hiding", "participation_hidden_once"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "hiding",
            models.UniqueConstraint(
                condition=models.Q(("comment", None), ("until", None)), fields=("entity",), name="participation_hidden_once"
            ),
        ),
        migrations.AddConstraint(
            "hiding",
            models.UniqueConstraint(
                condition=models.Q(("until", None)), fields=("comment",), name="participation_comment_hidden_once"
            ),
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("made", models.DateTimeField(auto_now_add=True)),
                ("decided", models.DateTimeField(null=True)),
                ("upheld", models.BooleanField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("by", models.CharField(blank=True, max_length=120)),
                ("hiding", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="appeal", to="participation.hiding")),
                ("person", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("decided", None)), fields=["made"], name="participation_appeal_waits")],
            },
        ),
    ]
