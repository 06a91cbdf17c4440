"""One client floods the web, in eleven ways: everyone else is answered, and the web is not started again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.soak import floods


@pytest.mark.parametrize("flood", [flood.__name__ for flood in floods.FLOODS])
def test_others_are_served_while_one_client_floods(city, flood):
    url = urlsplit(city.base)
    costly = {"page": "/dialogue/proposals/"} if flood == "expensive_pages" else {}
    script = max(floods.assets(), key=lambda path: path.stat().st_size)
    to = floods.Target(url.hostname, url.port, file=f"/static/assets/{script.name}", **costly)
    web = (city.home / "run" / "web.json").read_text()

    with floods.flooding(flood, to, seconds=30):
        told = others(floods.Target(url.hostname, url.port, "127.0.0.5"))

    assert {status for status, _seconds in told} == {200}
    assert (city.home / "run" / "web.json").read_text() == web


def others(to):
    """Somebody else, in a thread of their own: where a browser has run, this one has a loop that does not end."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(lambda: asyncio.run(floods.others(to, seconds=1))).result()
