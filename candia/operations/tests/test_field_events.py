"""Whatever order a phone's words arrive in, and however often: the order of work they tell of is the same one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from candia.operations.work.field_events import ENDS, KINDS, MOMENTS, REASONS, Told, derive
from candia.operations.work.states import CLOSED, NEXT, OPEN, Act, State, after

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PHONES = [UUID(int=1), UUID(int=2)]
DATA = {
    "tick": st.fixed_dictionaries({"item": st.integers(0, 3)}),
    "untick": st.fixed_dictionaries({"item": st.integers(0, 3)}),
    "note": st.just({"text": "Βρέθηκε ρωγμή."}),
    "hours": st.fixed_dictionaries({"minutes": st.integers(0, 600)}),
    "material": st.just({"what": "ρακόρ", "amount": "2"}),
    "photo": st.fixed_dictionaries({"photo": st.uuids().map(str), "moment": st.sampled_from([*MOMENTS])}),
    "not_possible": st.fixed_dictionaries({"reason": st.sampled_from([*REASONS])}),
}


@st.composite
def shifts(draw: st.DrawFn) -> list[Told]:
    """What two phones said: each counts for itself, and its clock says anything."""
    told: list[Told] = []
    for number, phone in enumerate(PHONES):
        for sequence in range(draw(st.integers(0, 8))):
            kind = draw(st.sampled_from(KINDS))
            own = UUID(int=1000 * (number + 1) + sequence)
            if kind == "withdraw":
                data = {"of": str(UUID(int=1000 * draw(st.integers(1, 2)) + draw(st.integers(0, 8))))}
            else:
                data = draw(DATA.get(kind, st.just({})))
            clock = timedelta(minutes=draw(st.integers(-120, 120)))
            told.append(Told(own, phone, sequence, 1, kind, NOON + clock, data))
    return told


@given(shifts(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_any_order_and_any_repetition_give_the_same(told: list[Told], chance, times: int) -> None:
    shuffled = told * times
    chance.shuffle(shuffled)

    assert derive(shuffled) == derive(told)


@given(shifts(), st.integers(-90, 90))
def test_a_clock_that_is_wrong_changes_nothing_of_what_follows(told: list[Told], minutes: int) -> None:
    wrong = [Told(**vars(one) | {"at": one.at + timedelta(minutes=minutes)}) for one in told]
    before, then = derive(told), derive(wrong)

    assert (before.ticked, before.minutes, before.ends) == (then.ticked, then.minutes, then.ends)


@given(shifts())
def test_each_entry_counts_once_unless_its_own_phone_took_it_back(told: list[Told]) -> None:
    by_id = {one.id: one for one in told}
    back = {
        one.data["of"]
        for one in told
        if one.kind == "withdraw"
        and (of := by_id.get(UUID(one.data["of"])))
        and of.phone == one.phone
        and of.kind != "withdraw"
    }
    standing = [one for one in told if str(one.id) not in back]
    work = derive(told)

    assert len(work.notes) == sum(one.kind == "note" for one in standing)
    assert work.minutes == sum(one.data["minutes"] for one in standing if one.kind == "hours")
    assert {one.id for one in work.photos} == {one.id for one in standing if one.kind == "photo"}
    for phone in PHONES:
        said = [one for one in standing if one.phone == phone and one.kind in ENDS]
        assert [one for one in work.last_words if one.phone == phone] == said[-1:]


@given(shifts(), st.randoms(use_true_random=False))
def test_an_order_only_ever_takes_steps_that_are_declared_and_ends_alike(told: list[Told], chance) -> None:
    chance.shuffle(told)
    state, known = State.ASSIGNED, []
    for one in told:
        known.append(one)
        act = derive(known).act
        assert act is not None
        step = after(state, act)
        assert step is not None
        state = step

    act = derive(told).act
    assert state == (after(State.ASSIGNED, act) if act else State.ASSIGNED)


@given(st.lists(st.sampled_from([*Act]), max_size=12))
def test_whatever_anybody_asks_an_order_goes_forward(acts: list[Act]) -> None:
    state = State.PLANNED
    for act in acts:
        then = after(state, act)
        if then is None:
            continue
        assert state is not State.CANCELLED
        assert then is not State.PLANNED
        assert not (state in CLOSED and act in {Act.ASSIGN, Act.CANCEL})
        state = then
    if Act.ASSIGN not in acts:
        assert state in {State.PLANNED, State.CANCELLED}


def test_every_state_is_declared_and_every_open_one_has_a_way_out() -> None:
    assert set(NEXT) == set(State)
    assert all(NEXT[state] for state in OPEN)
    assert State.DONE in {*NEXT[State.UNDER_WAY].values()}
