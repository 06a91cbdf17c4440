"""Orders and wanted states in the records, round by round at moments of the test's own; nothing is sent."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from candia.contract.dummy import installed
from candia.contract.dummy.service import LEVEL, MODE, PULSE, Lamp
from candia.core import errors
from candia.core.access import Grant, Machine, Person, system
from candia.core.alert import Alert
from candia.core.event import Event, story
from candia.core.jobs import hear
from candia.devices.credentials import issue
from candia.devices.models import Order, OrderGroup, WantedState
from candia.devices.orders import commands, evidence, rounds
from candia.devices.orders.message import Answer, Unreadable, answers
from candia.devices.orders.states import State, pause

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _dummy():
    with installed():
        yield


@pytest.fixture
def lamp():
    made = Lamp.objects.create(id="dummy.lamp:1", name="Lamp 1")
    issue(system, "node-1", entities=[made.id])
    return made


@pytest.fixture
def operator():
    person = Person.objects.create_user("shift@example.gr")
    Grant.objects.create(person=person, role=Grant.OPERATOR, service="dummy")
    return person


@pytest.fixture
def now():
    return timezone.now()


def want(lamp, value, capability=LEVEL, by=system, **more):
    return commands.want_state(by=by, entity=lamp.id, capability=capability.qualified, value=value, **more)


def go(moment, allowed=1000):
    return rounds.round_at(moment, allowed)


def newest(capability=LEVEL):
    return Order.objects.filter(capability=capability.qualified).order_by("-version", "-made").first()


def say(state, order=None, device="node-1", now=None):
    order = order or newest()
    return rounds.answer([(device, Answer(order.pk, State(state)))], now or timezone.now())


def test_a_wish_becomes_one_order_that_is_sent_once(lamp, now):
    want(lamp, 40)
    outbox = go(timezone.now())
    assert [(message.device, newest().state) for message in outbox.messages] == [("node-1", "sent")]
    assert not go(timezone.now()).messages
    assert Order.objects.count() == 1


def test_a_silent_device_is_told_again_after_growing_pauses_until_its_time_is_over(lamp):
    want(lamp, 40)
    now, sent = timezone.now(), []
    go(now)
    while (order := newest()).state == "sent":
        sent.append(order.due - now)
        now = order.due
        go(now)
    assert order.state == "unanswered"
    assert sent[:3] == [pause(1), pause(2), pause(3)]
    assert order.attempts == len(sent)


def test_a_word_that_comes_after_all_is_believed(lamp):
    want(lamp, "eco", MODE)
    go(timezone.now())
    go(timezone.now() + MODE.lives)
    assert newest(MODE).state == "unanswered"
    assert say("done", newest(MODE)) == 1
    assert newest(MODE).state == "done"


def test_a_state_of_which_no_word_came_is_an_alert_until_one_comes_or_another_is_wanted(lamp):
    for ends in ("word", "wish"):
        want(lamp, "eco", MODE)
        go(timezone.now())
        go(timezone.now() + MODE.lives)
        hear(service="devices", rule="unanswered", event=Event.objects.latest("id").pk)
        evidence.look(timezone.now())
        told = Alert.objects.get(closed=None)
        assert {"Mode", "eco"} <= set(re.findall(r"\w+", told.sentence()))
        say("done", newest(MODE)) if ends == "word" else want(lamp, "full", MODE)
        evidence.look(timezone.now())
        assert not Alert.objects.filter(closed=None).exists()


def test_an_act_without_an_answer_is_no_alert(lamp):
    commands.order_act(by=system, entity=lamp.id, capability=PULSE.qualified)
    go(timezone.now())
    go(timezone.now() + PULSE.lives)
    hear(service="devices", rule="unanswered", event=Event.objects.latest("id").pk)
    assert (newest(PULSE).state, Alert.objects.exists()) == ("unanswered", False)


def test_what_nobody_sent_in_time_expires(lamp):
    want(lamp, "eco", MODE)
    go(timezone.now())
    say("received", newest(MODE))
    want(lamp, "full", MODE)
    # The device is at work, and then the part `jobs` is away for longer than that is worth.
    go(timezone.now())
    assert newest(MODE).state == "queued"
    go(timezone.now() + MODE.lives)
    assert (newest(MODE).value, newest(MODE).state) == ("full", "expired")


def test_one_is_in_flight_and_the_newest_waits_for_a_device_at_work(lamp):
    want(lamp, 10)
    go(timezone.now())
    say("received")
    for level in (20, 30):
        want(lamp, level)
        go(timezone.now())
    states = list(Order.objects.order_by("version").values_list("value", "state"))
    assert states == [(10, "received"), (20, "replaced"), (30, "queued")]
    say("done", Order.objects.get(version=1))
    outbox = go(timezone.now() + timedelta(seconds=2))
    assert b'"value":30' in outbox.messages[0].payload
    assert not Event.objects.filter(kind="devices.order_sent", about=Order.objects.get(version=2).story_id)


def test_a_device_that_never_finishes_does_not_keep_the_newest_for_ever(lamp):
    want(lamp, 10)
    go(timezone.now())
    say("received")
    want(lamp, 20)
    go(timezone.now())
    later = timezone.now() + LEVEL.works
    go(later)
    assert Order.objects.get(version=1).state == "unanswered"
    assert go(later + timedelta(seconds=1)).messages


def test_when_a_persons_word_ends_the_programme_holds_again(lamp):
    rule = Machine("programme:night")
    evening = timezone.now() + timedelta(hours=2)
    want(lamp, 30, by=rule, reason="programme")
    go(timezone.now())
    want(lamp, 100, until=evening)
    go(timezone.now())
    assert (newest().value, WantedState.objects.get().reason) == (100, "person")
    go(evening)
    assert (newest().value, WantedState.objects.get().reason) == (30, "programme")
    assert newest().version == 3


def test_nothing_is_told_where_a_weaker_reason_is_added(lamp):
    want(lamp, 100)
    go(timezone.now())
    want(lamp, 30, by=Machine("rule:x"), reason="programme")
    assert not go(timezone.now()).messages
    commands.release_state(by=system, entity=lamp.id, capability=LEVEL.qualified)
    go(timezone.now())
    assert newest().value == 30


def test_an_act_is_never_sent_again_nor_late(lamp, now):
    commands.order_act(by=system, entity=lamp.id, capability=PULSE.qualified)
    assert len(go(timezone.now()).messages) == 1
    for second in range(1, 10):
        assert not go(timezone.now() + timedelta(seconds=second)).messages
    assert newest(PULSE).state == "unanswered"
    commands.order_act(by=system, entity=lamp.id, capability=PULSE.qualified)
    # The part `jobs` was away for longer than the act was to live.
    assert not go(timezone.now() + PULSE.lives).messages
    assert newest(PULSE).state == "expired"


def test_a_cancelled_order_takes_its_wish_along(lamp, operator):
    want(lamp, 30, by=Machine("rule:x"), reason="programme")
    go(timezone.now())
    want(lamp, 100, by=operator)
    go(timezone.now())
    commands.cancel_order(by=operator, order=newest().pk)
    outbox = go(timezone.now())
    assert [place[0] for place in outbox.withdrawn] == ["node-1"]
    go(timezone.now())
    assert (newest().value, newest().state) == (30, "sent")
    with pytest.raises(errors.Conflict):
        commands.cancel_order(by=operator, order=Order.objects.get(version=2).pk)


def test_a_group_is_released_as_fast_as_is_allowed_and_counted(lamp, operator):
    lamps = [Lamp.objects.create(id=f"dummy.lamp:g{n}", name="G") for n in range(5)]
    issue(system, "node-2", entities=[one.id for one in lamps[:4]])
    event = commands.order_group(
        by=operator, entities=[one.id for one in lamps], capability=LEVEL.qualified, value=7
    )
    group = OrderGroup.objects.get()
    assert (event.entity, group.counted()) == (group.story_id, {"queued": 5})
    assert len(go(timezone.now(), 3).messages) == 3
    assert group.counted() == {"sent": 3, "queued": 2}
    go(timezone.now(), 3)
    # Nobody speaks for the fifth.
    assert group.counted() == {"sent": 4, "failed": 1}
    order = group.orders.first()
    queued = story(order.story_id).first()
    assert (queued.because_id, queued.by) == (event.pk, operator.actor_id)


def test_a_group_of_acts_is_an_act_each(lamp):
    commands.order_group(by=system, entities=[lamp.id], capability=PULSE.qualified)
    assert len(go(timezone.now()).messages) == 1
    assert newest(PULSE).momentary


def test_nobody_answers_for_another_device(lamp):
    want(lamp, 10)
    go(timezone.now())
    assert say("done", device="node-9") == 0
    assert rounds.answer([("node-1", Answer(uuid4(), State.DONE))], timezone.now()) == 0
    assert newest().state == "sent"


def test_the_same_answers_again_change_nothing(lamp):
    want(lamp, 10)
    go(timezone.now())
    said = [("node-1", Answer(newest().pk, State(word))) for word in ("received", "done", "received")]
    assert rounds.answer(said, timezone.now()) == 2
    before = Event.objects.count()
    assert rounds.answer(said, timezone.now()) == 0
    assert (newest().state, Event.objects.count()) == ("done", before)


@pytest.mark.parametrize(
    ("capability", "value"),
    [
        (LEVEL, 101),
        (LEVEL, -1),
        (LEVEL, "much"),
        (LEVEL, None),
        (LEVEL, float("nan")),
        (MODE, "blue"),
        (PULSE, 1),
    ],
)
def test_what_a_thing_can_not_be_is_refused_in_a_sentence(lamp, capability, value):
    ask = commands.order_act if capability.momentary else commands.want_state
    with pytest.raises(errors.Refused) as caught:
        ask(by=system, entity=lamp.id, capability=capability.qualified, value=value)
    assert str(caught.value.fields["value"]).endswith(".")
    assert not Order.objects.exists()


def test_who_may_order(lamp, operator):
    stranger = Person.objects.create_user("water@example.gr")
    Grant.objects.create(person=stranger, role=Grant.OPERATOR, service="water")
    with pytest.raises(errors.Forbidden):
        want(lamp, 1, by=stranger)
    with pytest.raises(errors.Forbidden):
        want(lamp, 1, by=operator, reason="rule")
    with pytest.raises(errors.Forbidden):
        commands.order_group(by=stranger, entities=[lamp.id], capability=LEVEL.qualified, value=1)
    want(lamp, 1, by=operator)
    go(timezone.now())
    with pytest.raises(errors.Forbidden):
        commands.cancel_order(by=stranger, order=newest().pk)


def test_an_order_that_nobody_would_hear_is_refused():
    deaf = Lamp.objects.create(id="dummy.lamp:deaf", name="Deaf")
    with pytest.raises(errors.Refused):
        want(deaf, 1)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[" * 5000,
        b'{"order": "1", "state": "done"}',
        b'{"order": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "state": "confirmed"}',
        b'[{"order": 7, "state": "done"}]',
        b"x" * 300_000,
        b"["
        + b",".join([b'{"order": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "state": "done"}'] * 1001)
        + b"]",
    ],
)
def test_what_is_no_answer_is_told_so(payload):
    with pytest.raises(Unreadable):
        answers(payload)


def test_a_reason_is_kept_short_and_clean():
    told = b'{"order": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "state": "refused", "why": "a\\u0000  b\\ud800 %s"}'
    (answer,) = answers(told % (b"x" * 500))
    assert answer.why.startswith("a b xxx")
    assert len(answer.why) == 200
