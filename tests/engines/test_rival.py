"""What Candia answers about readings is what others answer in their own words, question by question."""

from itertools import product

from bench import store
from bench.asked import asked, same
from bench.readings import SINCE, Batches, Readings, until

METERS, DAYS = 4712, 3


def test_all_stores_answer_every_question_of_the_bench_alike(tmp_path):
    readings, batches, moment = Readings(METERS), Batches(METERS), until(DAYS)
    with store.all_of_them(tmp_path) as (ours, theirs):
        assert {"PostgreSQL", "DuckDB"} <= {one.name for one in theirs}
        for one in theirs:
            one.prepare(SINCE, DAYS, METERS)
        for hours in readings.days(DAYS):
            ours.load(batches, hours)
            for one, rows in product(theirs, hours):
                one.load(rows)
        differing = {}
        for one in theirs:
            one.finish()
            for question in asked:
                answer = question.ours(ours.store, moment)
                if said := same(answer, one.ask(question, SINCE, moment), one.name):
                    differing[one.name, question.title] = said
    assert differing == {}
