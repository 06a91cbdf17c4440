"""Which of several reasons holds: the strongest whose time is not over, at every moment, however one came there."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from candia.devices.orders.wanted import REASONS, Claim, Wanted

START = datetime(2026, 11, 27, tzinfo=UTC)
reasons = st.sampled_from(REASONS)
values = st.one_of(st.integers(0, 100).map(float), st.sampled_from(["on", "off"]))
ends = st.one_of(st.none(), st.integers(1, 500).map(lambda minutes: START + timedelta(minutes=minutes)))
claims = st.builds(Claim, value=values, until=ends)
deeds = st.one_of(
    st.tuples(st.just("claim"), reasons, claims),
    st.tuples(st.just("release"), reasons, st.none()),
    st.tuples(st.just("wait"), st.integers(0, 120), st.none()),
)


def told(deeds):
    """Each wanted state on the way, with its moment and the claims that were made and not taken back."""
    now, wanted, made = START, Wanted({}), {}
    yield now, wanted, made
    for what, first, claim in deeds:
        if what == "claim":
            wanted, made = wanted.with_claim(first, claim, now), {**made, first: claim}
        elif what == "release":
            wanted = wanted.without(first, now)
            made = {reason: one for reason, one in made.items() if reason != first}
        else:
            now += timedelta(minutes=first)
            wanted = wanted.settled(now)
        yield now, wanted, made


@given(st.lists(deeds, max_size=30))
def test_the_strongest_claim_that_holds_is_in_force(deeds):
    for now, wanted, made in told(deeds):
        holding = {reason: claim for reason, claim in made.items() if claim.holds(now)}
        assert wanted.reason == max(holding, key=REASONS.index, default="")
        assert wanted.claim == holding.get(wanted.reason)


@given(st.lists(deeds, max_size=30))
def test_a_version_stands_for_one_claim_and_never_falls(deeds):
    by_version = {}
    before = 0
    for _now, wanted, _made in told(deeds):
        assert wanted.version >= before
        before = wanted.version
        assert by_version.setdefault(wanted.version, (wanted.reason, wanted.claim)) == (
            wanted.reason,
            wanted.claim,
        )


@given(st.lists(deeds, max_size=30))
def test_nothing_changes_before_it_is_said_to_turn(deeds):
    *_, (now, wanted, _made) = told(deeds)
    turns = wanted.turns()
    if turns is None:
        assert wanted.settled(now + timedelta(days=400)).claim == wanted.claim
    else:
        assert wanted.settled(turns - timedelta(microseconds=1)).version == wanted.version
        assert wanted.settled(turns).version == wanted.version + 1


def test_a_persons_word_ends_and_the_programme_holds_again():
    evening = START + timedelta(hours=2)
    wanted = Wanted({}).with_claim("programme", Claim(40.0), START)
    wanted = wanted.with_claim("person", Claim(100.0, until=evening), START)
    assert (wanted.claim.value, wanted.version, wanted.turns()) == (100.0, 2, evening)
    assert (wanted.settled(evening).claim.value, wanted.settled(evening).version) == (40.0, 3)


def test_asking_for_the_same_again_is_asking_anew():
    wanted = Wanted({}).with_claim("person", Claim(1.0), START)
    assert wanted.with_claim("person", Claim(1.0), START).version == 2
    # What is weaker than what holds changes nothing yet.
    assert wanted.with_claim("default", Claim(5.0), START).version == 1
