"""Feeds: what others publish is fetched on its rhythm, however their server behaves; where it ends, it is told."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Self

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from typer.testing import CliRunner

from candia.core import errors
from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.feed import Feed
from candia.core.jobs import run_rule
from candia.core.rule import minutes
from candia.core.service import services
from candia.core.telemetry import store
from candia.devices import ingest_status
from candia.devices.catalogue import CityCatalogue
from candia.operations import inbox
from candia.operations.console import app
from candia.operations.feeds import commands, fetching, rounds
from candia.operations.feeds.fetching import Failed, fetch, rest_of
from candia.operations.feeds.models import FeedState
from candia.operations.tests.feed_server import Source, decode
from candia.operations.tests.samples import shift
from candia.telemetry import batch, questions
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.check import Check
from candia.telemetry.stream import Message

pytestmark = pytest.mark.django_db
EVERY = minutes(10)
HERE = (ip_network("127.0.0.0/8"),)
NAME = "water.elsewhere"


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    yield made
    made.close()


@pytest.fixture
def feed(source: Source, settings, monkeypatch) -> Feed:
    """The city fetches the meters of somebody else's, and may ask this machine for them."""
    # Its name is new, as the stream keeps what earlier tests sent.
    declared = Feed(f"elsewhere_{secrets.token_hex(4)}", every=EVERY, decode=decode, title="Elsewhere")
    monkeypatch.setitem(services(), "water", dataclasses.replace(services()["water"], feeds=(declared,)))
    settings.CANDIA = dataclasses.replace(settings.CANDIA, feed_networks=HERE)
    point(settings, declared, f"{source.url}/data")
    return declared


def point(settings: Any, feed: Feed, address: str | bool) -> None:
    """Fetch it there from now on, as the city's own file would say it."""
    settings.CANDIA_CITY = dataclasses.replace(
        settings.CANDIA_CITY, feeds={"water": {feed.name: address}} if address != "" else {}
    )


@pytest.fixture
def meter() -> Entity:
    id = secrets.token_hex(4)
    return Entity.objects.create(
        id=f"water.meter:{id}", kind_name="water.meter", name="Μετρητής", alias=f"there:{id}"
    )


def told(meter: Entity, minute: int = 0, **values: float) -> tuple[str, int, dict[str, float]]:
    moment = timezone.now().replace(second=0, microsecond=0) - timedelta(days=1) + timedelta(minutes=minute)
    return meter.local_id, int(moment.timestamp() * 1000), values


def later(count: float = 1) -> FeedState:
    """Some rounds pass; how the feed does then."""
    rounds.fetch_due(timezone.now() + count * EVERY)
    return FeedState.objects.get()


def sent(feed: Feed) -> list[Message]:
    """What lies in the stream of it."""
    subject = f"v1.{feed.device('water')}"

    async def ask(stream: Any) -> list[Message]:
        known = await stream.context.stream_info("OBSERVATIONS", subjects_filter=subject)
        count = (known.state.subjects or {}).get(subject, 0)
        reader = await stream.context.subscribe(subject, stream="OBSERVATIONS", ordered_consumer=True)
        found = []
        for _message in range(count):
            one = await reader.next_msg(timeout=5)
            # By our clock, not by the stream's: a test may be run as if it were another day.
            moment = int(timezone.now().timestamp() * 1_000_000)
            number = one.metadata.sequence.stream
            found.append(Message(one.subject, one.data, number, moment, one.headers or {}))
        await reader.unsubscribe()
        return found

    return ingest_status.ask(ask)


def judged(now: Any) -> dict[str, Alert]:
    """The alerts that stand about feeds once their rules have looked."""
    operations = services()["operations"]
    for name in ("feed_silent", "feed_form"):
        run_rule(operations, operations.rule(name), now)
    found = Alert.objects.filter(closed=None, rule__startswith="operations.feed_")
    return {alert.rule.partition(".")[2]: alert for alert in found}


def test_what_others_measured_is_stored_once_however_often_it_is_fetched(source, feed, meter) -> None:
    source.says(told(meter, battery=12.5), told(meter, 1, battery=13))
    assert later(0).things == 1
    # As after a crash between the stream and the records: nobody knows that it was sent.
    FeedState.objects.update(digest="", etag="")
    later()
    messages = sent(feed)
    assert len(messages) == 2

    catalogue = CityCatalogue("", services().values())
    device = feed.device("water")
    decoders = {device: catalogue.source_of(device)}
    fixed = FixedCatalogue(
        catalogue.properties, {meter.pk}, aliases={meter.alias: meter.pk}, decoders=decoders
    )
    read = batch.read(messages, Check(fixed))
    batch.append(store(), read)

    assert read.refused == []
    since = timezone.now() - timedelta(days=2)
    rows = questions.series(store(), meter.pk, "water.battery", since, timezone.now()).to_pylist()
    assert [row["value"] for row in rows] == [12.5, 13]


def test_a_feed_speaks_for_the_things_of_its_service_alone_and_no_device_can_take_its_name(feed) -> None:
    catalogue, device = CityCatalogue("", services().values()), feed.device("water")

    assert catalogue.may_speak(device, "water.meter:1")
    assert not catalogue.may_speak(device, "dialogue.proposal:1")
    assert not catalogue.may_speak("another", "water.meter:1")
    with pytest.raises(errors.Refused):
        services()["devices"].commands[0](by=shift(), id=device, fingerprint="x", kinds=["water.meter"])


def test_what_has_not_changed_is_not_sent_again(source, feed, meter) -> None:
    source.says(told(meter, battery=1))
    source.etag = '"one"'
    first = later(0)
    second = later()
    source.etag = ""
    third = later(2)

    assert [headers.get("If-None-Match") for _path, headers in source.asked] == [None, '"one"', '"one"']
    assert len(sent(feed)) == 1
    assert first.changed == second.changed == third.changed
    assert first.succeeded < second.succeeded < third.succeeded


def test_it_is_fetched_on_its_rhythm_and_not_between(source, feed, meter) -> None:
    source.says(told(meter, battery=1))
    for count in (0, 0.3, 0.7, 1, 1.2, 2):
        later(count)

    assert len(source.asked) == 3


def test_the_city_says_from_where_or_that_it_wants_none(source, feed, meter, settings, monkeypatch) -> None:
    named = dataclasses.replace(feed, url=f"{source.url}/data?default")
    monkeypatch.setitem(services(), "water", dataclasses.replace(services()["water"], feeds=(named,)))
    source.says(told(meter, battery=1))

    point(settings, named, False)
    assert rounds.fetch_due(timezone.now()) == 0
    # The sample city fetches only what its own file names.
    point(settings, named, "")
    assert settings.CANDIA_CITY.sample
    assert rounds.fetch_due(timezone.now()) == 0
    settings.CANDIA_CITY = dataclasses.replace(settings.CANDIA_CITY, sample=False)
    later(0)
    point(settings, named, f"{source.url}/data?other")
    later(0)

    assert [path for path, _headers in source.asked] == ["/data?default", "/data?other"]


def test_its_secret_goes_to_its_own_address_and_nowhere_else(source, feed, settings) -> None:
    other = Source()
    secret = f"{NAME}=s3 cret\nwater.{feed.name}=s3 cret"
    settings.CANDIA = dataclasses.replace(settings.CANDIA, feed_secrets=secret)
    keyed = dataclasses.replace(feed, secret="X-Key")
    try:
        address = f"{source.url}/onward?{other.url}/data"
        fetch(keyed, address, "s3 cret", ("", ""), HERE)
        fetch(feed, f"{source.url}/data?key={{secret}}", "s3 cret", ("", ""), HERE)
    finally:
        other.close()

    assert source.asked[0][1]["X-Key"] == "s3 cret"
    assert "X-Key" not in other.asked[0][1]
    assert source.asked[1][0] == "/data?key=s3%20cret"
    assert "s3 cret" not in str(FeedState.objects.values())


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("hang", "slow"),
        ("drip", "slow"),
        ("huge", "large"),
        ("bomb", "large"),
        ("cut", "unreachable"),
        ("onward?http://10.0.0.1/", "forbidden"),
        ("onward?http://169.254.169.254/latest", "forbidden"),
        ("onward?http://[::1]/", "forbidden"),
        ("onward?file:///etc/passwd", "unknown"),
        ("onward?/onward?/data#", "unknown"),
        ("onward?", "hops"),
    ],
)
def test_whatever_the_other_side_does_it_ends_with_a_reason(source, feed, path: str, code: str) -> None:
    if path == "onward?/onward?/data#":
        path, code = "onward?" + "/onward?" * 9, "hops"
    with pytest.raises(Failed) as failed:
        fetch(feed, f"{source.url}/{path}", "", ("", ""), HERE, within=0.5 if code == "slow" else 20)

    assert failed.value.code == code


@pytest.mark.parametrize("path", ["packed", "onward?/packed"])
def test_what_is_packed_or_has_moved_is_read_all_the_same(source, feed, path: str) -> None:
    source.body = b'[{"id": 1}]' * 100

    assert fetch(feed, f"{source.url}/{path}", "", ("", ""), HERE).body == source.body


def test_where_the_city_allows_nothing_its_own_network_is_not_asked(source, feed) -> None:
    with pytest.raises(Failed, match="forbidden"):
        fetch(feed, f"{source.url}/data", "", ("", ""), ())
    assert source.asked == []


def test_an_address_by_https_never_leads_on_to_one_that_anybody_can_read(monkeypatch, feed) -> None:
    answers = [Answer(302, {"Location": "http://192.88.0.1/"})]
    monkeypatch.setattr(fetching, "exchange", lambda *_asked, **_more: answers.pop())

    with pytest.raises(Failed, match="hops"):
        fetch(feed, "https://example.gr/", "", ("", ""), ())


@dataclasses.dataclass
class Answer:
    """What `exchange` would answer."""

    status: int
    headers: dict[str, str]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


def test_failures_come_further_and_further_apart_and_as_the_address_wishes(source, feed, meter) -> None:
    source.says(told(meter, battery=1))
    good = later(0)
    source.status = 500
    pauses = []
    for turn in range(4):
        state = later(100 * (turn + 1))
        pauses.append((state.due - state.tried) / state.every)
    assert all(0.8 * 2**turn <= pause <= 1.2 * 2**turn for turn, pause in enumerate(pauses))
    source.status, source.more = 429, {"Retry-After": "7200"}
    rested = later(600)

    assert rested.due - rested.tried >= timedelta(hours=2)
    assert (rested.failures, rested.status, rested.things) == (5, 429, 1)
    assert rested.succeeded == good.succeeded
    source.status = 200
    assert later(2000).failures == 0


def test_retry_after_is_read_as_seconds_or_as_a_date_and_nobody_is_silenced_for_ever() -> None:
    assert rest_of("120") == 120
    assert 0 < rest_of(f"{timezone.now() + timedelta(hours=1):%a, %d %b %Y %H:%M:%S} GMT") <= 3600
    assert rest_of("9" * 30) == fetching.LONGEST_REST
    assert [rest_of(nonsense) for nonsense in ("", "soon", "-5", "1e9", "Wed, 99 Foo 2026")] == [0] * 5


def test_a_feed_that_answers_no_more_is_an_alert_of_its_services_operators_until_it_answers(
    source, feed, meter
) -> None:
    operator, elsewhere = shift(), shift("elsewhere", service="dialogue")
    source.says(told(meter, battery=1))
    later(0)
    assert judged(timezone.now()) == {}
    source.status = 503
    later()
    alert = judged(timezone.now() + timedelta(hours=5))["feed_silent"]

    lines = [line for line in inbox.lines(operator) if line.alert]
    assert [line.alert for line in lines] == [alert]
    assert not any(line.alert for line in inbox.lines(elsewhere))
    assert alert.evidence == {"hours": 5}
    desk = Client()
    desk.force_login(operator)
    page = desk.get(reverse("operations-desk-alert", args=[alert.pk])).content.decode()
    assert "(503)" in page
    source.status = 200
    later(50)
    assert judged(timezone.now() + timedelta(hours=9)) == {}


def test_a_feed_with_nothing_new_for_a_day_is_told_though_it_answers(source, feed, meter) -> None:
    source.says(told(meter, battery=1))
    later(0)
    day_later = timezone.now() + timedelta(hours=30)
    FeedState.objects.update(succeeded=day_later)

    assert judged(day_later)["feed_silent"].severity == "minor"


def test_a_form_that_changed_is_told_with_what_is_missing(source, feed, meter) -> None:
    for minute in range(4):
        source.says(told(meter, minute, battery=minute, index=minute))
        later(minute)
    assert judged(timezone.now()) == {}
    for minute in range(4, 6):
        source.says(told(meter, minute, index=minute))
        later(minute)

    assert judged(timezone.now())["feed_form"].evidence == {"names": "battery"}
    source.says(told(meter, 6, battery=6, index=6))
    later(6)
    assert judged(timezone.now()) == {}


@pytest.mark.parametrize(
    "body", [b"<html>Under maintenance</html>", b"", b'[{"no": 1}]', b"[]", b"[" * 100_000]
)
def test_a_body_that_nobody_can_read_is_kept_with_its_reason_and_told(
    source, feed, meter, body: bytes
) -> None:
    source.says(told(meter, battery=1))
    later(0)
    source.body = body
    assert later(1).unread
    assert judged(timezone.now()) == {}  # one bad answer is nothing yet
    later(2)

    assert "feed_form" in judged(timezone.now())
    assert [one.payload for one in sent(feed)][1:] == [body]


def test_without_the_stream_nothing_counts_as_fetched(source, feed, meter, monkeypatch) -> None:
    def away(*_asked: Any) -> None:
        raise errors.Unavailable

    source.says(told(meter, battery=1))
    with monkeypatch.context() as patched:
        patched.setattr(ingest_status, "ask", away)
        state = later(0)
    assert (state.error, state.digest, state.succeeded) == ("stream", "", None)

    assert later(1).things == 1
    assert len(sent(feed)) == 1


def test_the_desk_shows_how_a_feed_does_and_fetches_it_on_demand(source, feed, meter) -> None:
    source.status = 404
    later(0)
    desk, page = Client(), reverse("operations-desk-feeds")
    desk.force_login(shift())
    assert "(404)" in desk.get(page).content.decode()

    source.status = 200
    source.says(told(meter, battery=1))
    desk.post(page, {"feed": f"water.{feed.name}"})
    assert Event.objects.get(kind="operations.feed_asked").entity == f"water.feed:{feed.name}"
    rounds.fetch_feed(feed=f"water.{feed.name}")

    shown = desk.get(page).content.decode()
    assert "(404)" not in shown
    assert "127.0.0.1" in shown
    desk.force_login(shift("elsewhere", service="dialogue"))
    assert f"water.{feed.name}" not in desk.get(page).content.decode()


def test_nobody_else_has_a_feed_fetched(feed) -> None:
    name = f"water.{feed.name}"
    with pytest.raises(errors.Forbidden):
        commands.ask_feed(by=shift(service="dialogue"), feed=name)
    with pytest.raises(errors.Forbidden):
        commands.ask_feed(by=Person.objects.create_user("resident@example.gr"), feed=name)
    with pytest.raises(errors.NotFound):
        commands.ask_feed(by=shift("admin", service="", role=Grant.ADMINISTRATOR), feed="water.none")


def test_the_console_tells_the_same_and_fetches(source, feed, meter) -> None:
    source.says(told(meter, battery=1))
    wide = {"COLUMNS": "200"}
    name = f"water.{feed.name}"

    fetched = CliRunner().invoke(app, ["feeds", "fetch", name], env=wide)
    listed = CliRunner().invoke(app, ["feeds", "status"], env=wide)
    unknown = CliRunner().invoke(app, ["feeds", "fetch", "water.none"], env=wide)

    assert (fetched.exit_code, listed.exit_code, unknown.exit_code) == (0, 0, 1), (
        fetched.output + listed.output
    )
    assert "tells of 1 things" in fetched.output
    assert name in listed.output
    assert "in order" in listed.output
