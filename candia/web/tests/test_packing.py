"""Pages and built files leave packed where the browser takes it, but not where a length could tell a secret."""

import gzip
import re

import brotli
import pytest
from django.http import StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st

from candia.core.access import Person
from candia.web.asgi import dist
from candia.web.assets import Assets
from candia.web.packing import Packed, accepted

UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}


@pytest.mark.parametrize(
    ("said", "best"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("BR;q=0.5", "br"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("br; q=0.0", ""),
        ("identity", ""),
        ("*", ""),
        ("", ""),
    ],
)
def test_the_best_that_a_browser_takes_is_chosen(said, best):
    assert accepted(said) == best


@given(st.text())
def test_whatever_is_said_is_understood_or_passed_over(said):
    assert accepted(said) in UNPACK


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["br", "gzip"])
def test_a_page_says_the_same_packed_and_plain(client, how):
    plain = client.get("/data/")
    packed = client.get("/data/", headers={"Accept-Encoding": how})

    assert packed["Content-Encoding"] == how
    assert "Accept-Encoding" in packed["Vary"]
    assert "Accept-Encoding" in plain["Vary"]
    assert len(packed.content) == int(packed["Content-Length"]) < len(plain.content) / 3
    assert UNPACK[how](packed.content) == plain.content


@pytest.mark.django_db
def test_a_page_that_all_visitors_share_is_packed_once(client):
    first, second = (client.get("/", headers={"Accept-Encoding": "br"}) for _ in range(2))

    assert first.content is second.content
    assert gzip.decompress(client.get("/", headers={"Accept-Encoding": "gzip"}).content).endswith(
        b"</html>\n"
    )


def test_a_stream_is_passed_on_as_it_flows(rf):
    stream = StreamingHttpResponse(iter([b"event: beat\n\n" * 100]), content_type="text/event-stream")

    answer = Packed(lambda _request: stream)(rf.get("/live", headers={"Accept-Encoding": "br"}))

    assert answer is stream
    assert "Content-Encoding" not in answer


@pytest.mark.django_db
def test_what_nobody_may_store_is_not_packed(client):
    answer = client.get("/account/login/", headers={"Accept-Encoding": "br"})

    assert "no-store" in answer["Cache-Control"]
    assert "Content-Encoding" not in answer


@pytest.fixture
def giorgos(client):
    person = Person.objects.create_user("giorgos@example.gr", "a long enough password")
    client.force_login(person)
    return person


@pytest.mark.django_db
def test_the_length_of_a_page_of_ones_own_is_uncertain(client, giorgos):
    pages = [brotli.decompress(client.get("/", headers={"Accept-Encoding": "br"}).content) for _ in range(8)]

    assert all(re.search(rb"<!--[0-9a-f]*-->$", page) for page in pages)
    assert len({len(page) for page in pages}) > 1


@pytest.mark.django_db
def test_a_part_that_news_fetches_is_answered_304_where_it_is_the_same(client, giorgos):
    asked = {"HX-Request": "true", "Accept-Encoding": "br"}
    part = client.get("/", headers=asked)

    again = client.get("/", headers={**asked, "If-None-Match": part["ETag"]})

    assert b"<!--" not in brotli.decompress(part.content)
    assert (again.status_code, again.content) == (304, b"")


async def asked_of_assets(path, method="GET", **headers):
    told = []

    async def send(message):
        told.append(message)

    async def beyond(_scope, _receive, _send):
        told.append("passed on")

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "method": method, "headers": pairs}
    await Assets(beyond, dist)(scope, None, send)
    if told == ["passed on"]:
        return None
    return (
        told[0]["status"],
        {name.decode(): value.decode() for name, value in told[0]["headers"]},
        told[1]["body"],
    )


def built(ending):
    return next(path for path in (dist / "assets").glob(f"main-*{ending}"))


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["br", "gzip", ""])
async def test_a_built_file_is_kept_for_ever_in_each_of_its_forms(how):
    file = built(".js")

    status, headers, body = await asked_of_assets(f"/static/assets/{file.name}", accept_encoding=how)

    assert (status, headers.get("content-encoding", "")) == (200, how)
    assert UNPACK[how](body) == file.read_bytes()
    assert headers["content-length"] == str(len(body))
    assert (headers["vary"], headers["content-type"]) == ("accept-encoding", "text/javascript")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await asked_of_assets(
        f"/static/assets/{file.name}", accept_encoding=how, if_none_match=headers["etag"]
    )
    assert (again[0], again[2]) == (304, b"")


@pytest.mark.asyncio
async def test_a_file_whose_name_has_no_hash_is_asked_for_again():
    _status, headers, _body = await asked_of_assets("/static/theme.js")

    assert headers["cache-control"] == "public, max-age=86400"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "name",
    ["", "nothing.js", "../settings.py", "assets/../../settings.py", "/etc/passwd", "assets", "theme.js\0"],
)
async def test_nothing_but_what_was_built_has_an_address(name):
    status, _headers, body = await asked_of_assets(f"/static/{name}")

    assert (status, body) == (404, b"")


@pytest.mark.asyncio
async def test_files_are_asked_for_and_not_sent():
    assert (await asked_of_assets("/static/theme.js", method="POST"))[0] == 405
    head = await asked_of_assets("/static/theme.js", method="HEAD")
    assert (head[0], head[2]) == (200, b"")
    assert int(head[1]["content-length"]) == (dist / "theme.js").stat().st_size
    assert await asked_of_assets("/data/") is None
