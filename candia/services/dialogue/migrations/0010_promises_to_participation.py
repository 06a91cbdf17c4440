"""When a proposal's supports reached the goal, and so by when it is owed an answer, is participation's to know.

The day is written down as the city's dialogue.toml promises it now. What is late already is not reminded of anew.
"""

from django.conf import settings
from django.db import migrations

from candia.services.dialogue import city

MOVE = """
INSERT INTO participation_answerdue (entity_id, since, due, answered, released, reminded)
SELECT proposal.entity_ptr_id, proposal.reached, promised.day, answer.first,
       CASE WHEN proposal.status = 'withdrawn' AND answer.first IS NULL THEN now() END,
       CASE WHEN promised.day < (now() AT TIME ZONE %(zone)s)::date THEN 2 ELSE 0 END
FROM dialogue_proposal AS proposal
CROSS JOIN LATERAL (
    SELECT CASE WHEN %(days)s > 0 THEN (proposal.reached AT TIME ZONE %(zone)s)::date + %(days)s::int END AS day
) AS promised
CROSS JOIN LATERAL (
    SELECT min(given) AS first FROM participation_answer WHERE entity_id = proposal.entity_ptr_id
) AS answer
WHERE proposal.reached IS NOT NULL
"""


def move(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MOVE, {"days": city.answer_days(), "zone": settings.TIME_ZONE})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0009_hidings_know_who"), ("participation", "0003_answers_due")]
    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveField("proposal", "reached"),
    ]
