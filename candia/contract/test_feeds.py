"""Every feed: what it brings is read into what its service declares, each time alike; nonsense is refused."""

import pytest

from candia.contract.declared import declared, samples
from candia.core.feed import Feed
from candia.core.service import Service
from candia.core.telemetry import properties
from candia.telemetry.formats import DecodeError, by_source
from candia.telemetry.observation import Observation, Source, Speaker

NOW = 1_795_000_000_000


def read(service: Service, feed: Feed, body: bytes) -> list[Observation]:
    """What a body says to a city that knows everything that it speaks of."""
    device, known = feed.device(service.name), properties()
    speaker = Speaker(device, NOW, None, known, lambda alias: f"{service.name}.thing:{alias}")
    return by_source(Source(feed.name, feed.decode), body, speaker)


@pytest.mark.parametrize(("service", "feed"), declared("feeds"))
def test_what_a_feed_brings_is_read_into_what_is_declared(service: Service, feed: Feed) -> None:
    body = samples(service).feeds[feed.name]
    seen = read(service, feed, body)

    assert seen
    assert {one.entity.partition(".")[0] for one in seen} == {service.name}
    assert {one.property for one in seen} <= {f"{service.name}.{prop.name}" for prop in service.properties}
    assert read(service, feed, body) == seen


@pytest.mark.parametrize(("service", "feed"), declared("feeds"))
@pytest.mark.parametrize("body", [b"", b"<html>Away</html>", b"null", b"\xff\x00", b"[" * 5000])
def test_what_is_no_such_thing_is_refused_with_a_reason(service: Service, feed: Feed, body: bytes) -> None:
    with pytest.raises(DecodeError):
        read(service, feed, body)
