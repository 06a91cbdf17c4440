"""What a feed usually brings is learnt, and what vanishes is told; what comes now and then is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from candia.operations.feeds.form import FORGOTTEN, GONE, KNOWN, Usual, learnt, vanished

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
names = st.sets(st.sampled_from("abcd"), min_size=1)


def after(answers: list[set[str]], *, every: timedelta = timedelta(hours=1)) -> Usual:
    """What is usual after these answers, one each hour."""
    steps = enumerate(answers)
    start: Usual = {}
    return reduce(lambda usual, step: learnt(usual, step[1], NOW + step[0] * every), steps, start)


@given(st.lists(names, min_size=1, max_size=30))
def test_what_the_newest_answer_brings_has_not_vanished(answers: list[set[str]]) -> None:
    assert not answers[-1] & set(vanished(after(answers)))


@given(names, st.integers(KNOWN, 20), st.integers(0, 20))
def test_what_always_came_has_vanished_once_it_is_missing_twice(usual, before: int, since: int) -> None:
    found = vanished(after([usual | {"x"}] * before + [{"x"}] * since))

    assert set(found) == (usual if since >= GONE else set())


@given(st.integers(1, 5), st.integers(2, 10))
def test_what_comes_now_and_then_is_not_missed_between(gap: int, times: int) -> None:
    answers = ([{"often", "seldom"}] + [{"often"}] * gap) * times

    # After its first two gaps everybody knows that it is like that.
    assert vanished(after(answers)) == [] or times <= KNOWN


@given(st.integers(KNOWN, 10))
def test_what_is_gone_for_a_month_is_forgotten(before: int) -> None:
    answers = [{"a", "x"}] * before + [{"x"}] * 40
    assert "a" in after(answers[: before + GONE], every=FORGOTTEN / 30)
    assert "a" not in after(answers, every=FORGOTTEN / 30)
