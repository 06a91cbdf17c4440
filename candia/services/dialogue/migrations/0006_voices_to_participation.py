"""Support, comments, follows, reports, hidings, answers and notices move to participation, under their own numbers.

One question for each table, in the one transaction of this migration: all of it moves, or nothing does.
"""

from django.db import migrations

# What each table had, and what it is there.
MOVED = {
    "support": ("id, proposal_id, person_id, since", "id, entity_id, person_id, since"),
    "comment": (
        "id, proposal_id, author_id, stance, text, signed, written, hidden_because",
        "id, entity_id, author_id, stance, text, signed, written, hidden_because",
    ),
    "follow": ("id, proposal_id, person_id, since", "id, entity_id, person_id, since"),
    "report": (
        "id, proposal_id, comment_id, person_id, reason, made, settled",
        "id, entity_id, comment_id, person_id, reason, made, settled",
    ),
    "hiding": ("id, proposal_id, reason, since, until", "id, entity_id, reason, since, until"),
    "answer": ("id, proposal_id, status, text, office, given", "id, entity_id, status, text, office, given"),
    "notice": (
        "id, proposal_id, person_id, event, sent,"
        " coalesce((SELECT time FROM core_event WHERE core_event.id = event), sent, now())",
        "id, entity_id, person_id, event, sent, made",
    ),
}
move = [
    *(
        f"INSERT INTO participation_{name} ({there}) SELECT {here} FROM dialogue_{name}"
        for name, (here, there) in MOVED.items()
    ),
    # The tables can't be dropped while the keys of these rows wait to be looked at.
    "SET CONSTRAINTS ALL IMMEDIATE",
    # Six rules became one; what they had begun to hear is told all the same.
    """
    UPDATE procrastinate_jobs SET args = args || '{"service": "participation", "rule": "tell_followers"}'
    WHERE task_name = 'core.hear' AND status = 'todo' AND args ->> 'service' = 'dialogue'
      AND args ->> 'rule' LIKE 'tell\\_of\\_%'
    """,
]


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0005_one_answer_to_who_may_know"),
        ("participation", "0001_initial"),
        ("procrastinate", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(move),
        *(migrations.DeleteModel(name) for name in ("Support", "Follow", "Report", "Hiding", "Answer", "Notice", "Comment")),
    ]
