"""What Candia answers about readings is what PostgreSQL answers in plain SQL, question by question."""

from bench import store
from bench.asked import asked, same
from bench.readings import SINCE, Batches, Readings, until

METERS, DAYS = 5000, 3


def test_both_stores_answer_every_question_of_the_bench_alike(tmp_path):
    readings, batches = Readings(METERS), Batches(METERS)
    with store.both(tmp_path) as (ours, theirs):
        theirs.prepare(SINCE, DAYS, METERS)
        for hours in readings.days(DAYS):
            ours.load(batches, hours)
            for rows in hours:
                theirs.load(rows)
        theirs.finish()
        differing = {
            question.title: said
            for question in asked
            if (
                said := same(
                    question.ours(ours.store, until(DAYS)), theirs.ask(question.theirs, SINCE, until(DAYS))
                )
            )
        }
    assert differing == {}
