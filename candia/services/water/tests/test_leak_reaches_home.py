"""A leak reaches the household: once, again when it is worse and when it is over, and nobody else hears of it."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.urls import reverse
from django.utils import timezone

from candia.core import alert
from candia.core.access import Grant, Machine
from candia.core.alert import Alert
from candia.core.event import Event
from candia.core.jobs import hear
from candia.core.rule import CLEAR, Open
from candia.operations.commands import confirm_alert
from candia.operations.maintenance import begin_maintenance
from candia.participation import mail, notices
from candia.participation.models import Notice, NoticeSettings
from candia.services.water import city, commands, rules
from candia.services.water.service import service
from candia.services.water.tests.city import counted, hold, person, town
from candia.services.water.tests.samples import row
from tests.jobs import woken_by

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
NIGHT = timedelta(days=1)


@pytest.fixture
def place():
    return town(2)


@pytest.fixture
def meter(place):
    return place.meters[0]


@pytest.fixture
def holder(meter):
    made = person("holder")
    hold(made, meter)
    return made


def found(meter, litres: float, rule: str = "continuous_flow", *, after: timedelta = timedelta(0)) -> None:
    """The rule looks at the meter, and the city does what it does behind the events."""
    known = {"increase": [litres / 1000] * 48, "count": [1] * 48}
    judged = getattr(rules, rule)(row(facts={"bulk": False}, **known))
    [verdict] = judged if isinstance(judged, tuple) else [judged]
    before = Event.objects.count()
    alert.apply(service.rule(rule), "water", [(meter.pk, verdict)], NOW + after)
    for event in Event.objects.order_by("pk")[before:]:
        hear(service="participation", rule="tell_holders", event=event.pk)
    for notice in Notice.objects.filter(sent=None):
        mail.send_notice(notice=notice.pk)


def subjects() -> list[str]:
    return [letter.subject for letter in outbox.outbox]


def test_the_household_hears_of_its_leak_once_and_what_to_do(place, meter, holder, monkeypatch) -> None:
    monkeypatch.setattr(city, "own", lambda: {"phone": "000 000"})
    hold(person("neighbour"), place.meters[1])
    for night in range(4):
        found(meter, 12, after=night * NIGHT)

    [letter] = outbox.outbox
    assert letter.to == [holder.email]
    assert letter.subject == f"Διαρροή στο σπίτι: Υδρόμετρο {meter.serial}"
    assert "288" in letter.body
    assert "1. Κλείστε όλες τις βρύσες" in letter.body
    assert "000 000" in letter.body
    assert reverse("water-my-meter", args=[meter.local_id]) in letter.body


def test_how_long_and_how_much_are_told_as_they_are_when_somebody_reads(client, meter, holder) -> None:
    found(meter, 10)
    assert "2\N{NO-BREAK SPACE}ημέρες" in outbox.outbox[0].body.replace(
        "2 ημέρες", "2\N{NO-BREAK SPACE}ημέρες"
    )
    found(meter, 10, after=3 * NIGHT)
    client.force_login(holder)

    with time_machine.travel(NOW + 3 * NIGHT):
        shown = [
            client.get(reverse(page)).content.decode() for page in ("water-my-water", "participation-mine")
        ]

    assert all("5 ημέρες" in page for page in shown)
    assert "1.200 L" in shown[0].replace("\N{NO-BREAK SPACE}", " ")
    assert len(outbox.outbox) == 1


def test_a_leak_that_was_found_late_is_told_since_it_began(meter, holder) -> None:
    counted(meter, days=9, litres=12.0)

    found(meter, 12)

    # The first hour says where the index stood.
    assert timedelta(days=8) < NOW - Alert.objects.get().since <= timedelta(days=9)
    assert "8 ημέρες" in outbox.outbox[0].body


def test_a_leak_that_has_grown_much_is_told_again_also_where_it_was_confirmed(meter, holder) -> None:
    found(meter, 5)
    confirm_alert(by=person("operator", Grant.OPERATOR), alert=Alert.objects.get(), reason="seen")
    found(meter, 9, after=NIGHT)
    assert len(outbox.outbox) == 1

    found(meter, 70, after=2 * NIGHT)
    found(meter, 5, after=3 * NIGHT)
    found(meter, 70, after=4 * NIGHT)

    assert [subject.partition(": ")[2][:7] for subject in subjects()] == ["Υδρόμετ", "έχει χε"]
    assert "70" in outbox.outbox[1].body


def test_one_leak_that_two_rules_find_is_one_matter(meter, holder) -> None:
    found(meter, 500, "burst")
    found(meter, 500, after=2 * NIGHT)
    assert [subject.partition(":")[0] for subject in subjects()] == ["Σπασμένος σωλήνας"]

    found(meter, 0, "burst", after=3 * NIGHT)
    found(meter, 0, "burst", after=4 * NIGHT)
    assert len(outbox.outbox) == 1
    found(meter, 0, after=5 * NIGHT)
    found(meter, 0, after=7 * NIGHT)

    assert len(outbox.outbox) == 2
    assert "τελείωσε" in subjects()[1]
    # And the next one is news again.
    found(meter, 12, after=20 * NIGHT)
    assert len(outbox.outbox) == 3


def test_whoever_left_hears_no_more_and_reads_nothing_of_it(client, meter, holder) -> None:
    NoticeSettings.objects.create(person=holder, rhythm=NoticeSettings.DAILY)
    found(meter, 12)
    assert notices.unread(holder) == 1

    commands.leave_meter(by=holder, meter=meter)
    mail.send_digest(person=holder.pk)
    client.force_login(holder)

    assert outbox.outbox == []
    assert meter.serial not in client.get(reverse("participation-mine")).content.decode()


def test_a_digest_tells_of_it_in_the_readers_language(meter, holder) -> None:
    NoticeSettings.objects.create(person=holder, rhythm=NoticeSettings.DAILY)
    holder.language = "en"
    holder.save()
    found(meter, 12)
    assert outbox.outbox == []

    mail.send_digest(person=holder.pk)

    [letter] = outbox.outbox
    assert "Leak in the house: Water has run without a pause for 2" in letter.body


def test_a_meter_that_is_worked_on_writes_to_nobody(meter, holder) -> None:
    until = timezone.now() + timedelta(hours=2)
    begin_maintenance(by=person("operator", Grant.OPERATOR), entity=meter, reason="works", until=until)

    found(meter, 12)

    assert (outbox.outbox, Notice.objects.count()) == ([], 0)


def test_what_a_meter_tells_beside_leaks_is_no_mail_to_its_household(meter, holder) -> None:
    alert.apply(service.rule("low_battery"), "water", [(meter.pk, Open("x"))], NOW)
    alert.apply(service.rule("low_battery"), "water", [(meter.pk, CLEAR)], NOW)
    for event in Event.objects.filter(by=Machine("rule:water.low_battery").actor_id):
        hear(service="participation", rule="tell_holders", event=event.pk)

    assert Notice.objects.count() == 0


def test_the_opening_wakes_the_rule(meter, holder) -> None:
    alert.apply(service.rule("burst"), "water", [(meter.pk, Open("x"))], NOW)

    assert "tell_holders" in woken_by(Event.objects.get(kind=alert.OPENED))

    severe = Open("x", severity="severe")
    alert.apply(service.rule("low_battery"), "water", [(meter.pk, severe)], NOW)
    woken = woken_by(Event.objects.get(kind=alert.OPENED, data__rule="water.low_battery"))

    assert woken == {"tell_of_alert"}
