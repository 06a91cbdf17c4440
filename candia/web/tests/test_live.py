"""Who listens hears what happens, and what happened while the page was on its way."""

import asyncio
import secrets
import time

import pytest

from candia.core.live import publish
from candia.web.live import Audience

BEAT = "event: beat\ndata: {}\n\n"


@pytest.fixture
def topic():
    """A topic that nobody else speaks of."""
    return f"t{secrets.token_hex(6)}"


@pytest.fixture
async def audience(engines):
    """The open pages of a process that has just begun."""
    audience = Audience()
    yield audience
    audience._task.cancel()
    await asyncio.wait({audience._task})


async def heard(audience, topics, since=None, *, until=lambda: None):
    """The first that a new page hears after the greeting; `until` is done again and again meanwhile."""
    news = audience.news(frozenset(topics), since)
    assert "hello" in await anext(news)
    first = asyncio.ensure_future(anext(news))
    while not first.done():
        until()
        await asyncio.wait({first}, timeout=0.1)
    return first.result()


async def test_a_page_hears_of_what_came_while_it_was_on_its_way(audience, topic):
    made = time.time()
    assert f"live:{topic}" in await heard(audience, [topic], until=lambda: publish(f"{topic}.happened"))

    assert f"live:{topic}" in await heard(audience, [topic], made)


async def test_a_page_that_was_made_before_its_process_listened_looks_again(audience, topic):
    assert f"live:{topic}" in await heard(audience, [topic], time.time())
    # And then it listens.
    assert f"live:{topic}" in await heard(audience, [topic], until=lambda: publish(f"{topic}.happened"))


async def test_a_page_made_after_it_hears_only_what_is_new(audience, topic):
    other = f"{topic}-other"
    await heard(audience, [topic], until=lambda: publish(f"{topic}.happened"))
    # What was said first has come first, so nothing of the topic is on its way any more.
    await heard(audience, [other], until=lambda: publish(f"{other}.happened"))

    made = time.time() + 60

    assert await heard(audience, [topic], made, until=lambda: publish(f"{other}.happened")) == BEAT
