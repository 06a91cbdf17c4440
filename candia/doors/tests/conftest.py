"""The doors' tests: the stream made ready, and limits that one test does not spend for the next."""

import asyncio
from collections.abc import Iterator

import pytest

from candia.core.access import Grant
from candia.core.telemetry import store
from candia.devices import credentials
from candia.doors import bearer, intake
from candia.doors.limits import Limiter
from candia.doors.tests.samples import person
from candia.telemetry.stream import OBSERVATIONS, Stream


@pytest.fixture(autouse=True)
def _fresh_limits(monkeypatch) -> None:
    monkeypatch.setattr(bearer, "open_to_all", Limiter(1000, 10_000))
    monkeypatch.setattr(intake, "per_device", Limiter(1000, 2000))
    monkeypatch.setattr(intake, "strangers", Limiter(1, 30))


@pytest.fixture(scope="session")
def stream_url(engines) -> str:
    """The address of the stream, in its present shape."""

    async def prepare() -> None:
        stream = await Stream.connect(engines.config.stream_url)
        await stream.prepare()
        await stream.close()

    asyncio.run(prepare())
    url: str = engines.config.stream_url
    return url


@pytest.fixture(scope="session")
def observed_store(engines) -> None:
    """The store of observations, in its present shape."""
    store().prepare()


@pytest.fixture
def device(db) -> Iterator[tuple[str, str]]:
    """The name and secret of a gateway that may speak for all meters."""
    credentials._book.cache_clear()
    made, secret = credentials.issue(person("admin", Grant.ADMINISTRATOR), "gateway-1", kinds=["water.meter"])
    yield made.id, secret
    credentials._book.cache_clear()


def in_stream(url: str, number: int) -> tuple[str, bytes]:
    """The subject and payload of a message in the stream."""

    async def get() -> tuple[str, bytes]:
        stream = await Stream.connect(url)
        found = await stream.context.get_msg(OBSERVATIONS, number)
        await stream.close()
        return found.subject or "", found.data or b""

    return asyncio.run(get())
