"""Properties of an order's life: no way around its rules, whatever is done to it and in whichever order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from candia.devices.orders.states import (
    ANSWERS,
    IN_FLIGHT,
    LONGEST_PAUSE,
    NEXT,
    OPEN,
    Standing,
    State,
    answered,
    at,
    observed,
    pause,
)

START = datetime(2026, 11, 27, tzinfo=UTC)
LIFE = timedelta(hours=2)
states = st.sampled_from(State)
moments = st.integers(-3600, 30 * 86400).map(lambda seconds: START + timedelta(seconds=seconds))
# What may happen to an order: time passes (s), it is superseded, a device says something, something is observed.
happenings = st.one_of(
    st.tuples(st.just("time"), st.integers(0, 4000)),
    st.tuples(st.just("newer"), st.none()),
    st.tuples(st.just("said"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("observed"), st.booleans()),
)


def lived(happenings, *, momentary):
    """The states of an order through what happens, and the moments at which it was sent."""
    now, order = START, Standing(State.QUEUED, START + LIFE, momentary)
    seen, sent = [State.QUEUED], []
    for what, told in happenings:
        state, attempts = order.state, order.attempts
        if what == "time":
            now += timedelta(seconds=told)
            step = at(order, now)
            state, attempts = step.state, attempts + step.send
            sent += [now] if step.send else []
        elif what == "said":
            state = answered(state, attempts, told)
        elif what == "observed":
            state = observed(state, agrees=told, settled=True)
        newer = order.superseded or what == "newer"
        order = Standing(state, order.until, momentary, attempts, newer, order.blocked)
        seen.append(state)
    return seen, sent


@given(st.lists(happenings, max_size=40), st.booleans())
def test_each_step_is_one_that_may_follow(happenings, momentary):
    seen, _sent = lived(happenings, momentary=momentary)
    assert all(after == before or after in NEXT[before] for before, after in pairwise(seen))


@given(st.lists(happenings, max_size=40))
def test_a_momentary_act_is_sent_at_most_once_and_never_late(happenings):
    _seen, sent = lived(happenings, momentary=True)
    assert len(sent) <= 1
    assert all(moment < START + LIFE for moment in sent)


@given(st.lists(happenings, max_size=40), st.booleans())
def test_nothing_is_sent_once_it_is_over_or_something_newer_is_wanted(happenings, momentary):
    for upto in range(len(happenings)):
        seen, sent = lived(happenings[:upto], momentary=momentary)
        superseded = ("newer", None) in happenings[:upto]
        if seen[-1] not in OPEN or superseded:
            assert lived([*happenings[:upto], ("time", 1)], momentary=momentary)[1] == sent


@given(states, moments, st.booleans(), st.integers(0, 20), st.booleans(), st.booleans())
def test_time_always_ends_an_order(state, now, momentary, attempts, superseded, blocked):
    order = Standing(state, START + LIFE, momentary, attempts, superseded, blocked)
    step = at(order, max(now, order.until))
    assert step.state not in OPEN
    assert not step.send


@given(states, moments, st.booleans(), st.integers(0, 20), st.booleans(), st.booleans())
def test_what_is_open_is_looked_at_again_before_its_time_is_over(
    state, now, momentary, attempts, superseded, blocked
):
    order = Standing(state, START + LIFE, momentary, attempts, superseded, blocked)
    step = at(order, now)
    if step.state in OPEN:
        assert now < step.due <= order.until
    else:
        assert step.due is None


@given(states, moments, st.integers(0, 20), st.booleans())
def test_what_is_blocked_or_superseded_is_not_sent(state, now, attempts, momentary):
    for way in ({"blocked": True}, {"superseded": True}):
        assert not at(Standing(state, START + LIFE, momentary, attempts, **way), now).send


@given(states, st.integers(0, 5), states)
def test_a_repeated_answer_changes_nothing_and_nobody_answers_what_was_not_sent(state, attempts, said):
    once = answered(state, attempts, said)
    assert answered(once, attempts, said) == once
    if not attempts:
        assert once == state


def test_pauses_grow_up_to_the_longest():
    pauses = [pause(attempts) for attempts in range(1, 100)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_every_state_can_be_reached():
    reached, new = {State.QUEUED}, {State.QUEUED}
    while new:
        new = {after for state in new for after in NEXT[state]} - reached
        reached |= new
    assert reached == set(State)
    assert IN_FLIGHT < OPEN
