"""A city behind a real nginx with TLS: forms work, links say https, and each visitor has limits of their own."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from candia.doors.bearer import open_to_all
from tests.engines_once import wait_for
from tests.journeys.city import Visitor
from tests.journeys.conftest import tile_service
from tests.journeys.proxy import behind_nginx, nginx

pytestmark = pytest.mark.skipif(not nginx, reason="There is no nginx here.")


@pytest.fixture(scope="module")
def proxy(city, tmp_path_factory):
    with behind_nginx(city, tmp_path_factory.mktemp("nginx")) as one:
        yield one


@pytest.fixture
def maria(browser, city, proxy):
    visitor = Visitor.comes(
        browser, replace(city, base=proxy.base), tiles=tile_service(), ignore_https_errors=True
    )
    yield visitor
    visitor.context.close()


def test_a_form_works_and_its_cookies_travel_by_https_alone(maria):
    maria.signs_in("maria@example.gr")
    expect(maria.page.locator(".masthead .nav.wide").last).to_contain_text("Μαρία Σταυρουλάκη")
    cookies = {cookie["name"]: cookie for cookie in maria.context.cookies()}
    assert cookies["sessionid"]["secure"]
    assert cookies["csrftoken"]["secure"]


def test_live_updates_come_through(maria):
    maria.signs_in("maria@example.gr")
    maria.goes("/dialogue/proposals/")
    support = maria.page.get_by_role("button", name=re.compile("υποστηρίζω|υποστήριξη", re.IGNORECASE))
    # Whatever the journeys before this one have supported or decided.
    for address in [one.get_attribute("href") for one in maria.page.locator(".rows .title a").all()]:
        maria.goes(address)
        if support.count():
            break
    number = maria.page.locator("#voice .number b")
    before = int(number.inner_text())
    watching = maria.context.new_page()
    watching.goto(maria.page.url)
    support.first.click()
    expect(number).not_to_have_text(str(before))
    # Nobody loads this page again: it hears of it.
    expect(watching.locator("#voice .number b")).to_have_text(number.inner_text(), timeout=15_000)


def test_links_and_headers_say_https(proxy):
    answer = proxy.asks("/data/catalog.jsonld")

    assert answer.status == 200
    assert proxy.base + "/" in answer.text
    assert "http://localhost" not in answer.text
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_two_visitors_have_limits_of_their_own(proxy):
    def asks(source, **told):
        return proxy.asks("/api/v1/city", source=source, **told).status

    # What this visitor writes about themselves does not make another of them.
    # Several at once, or a slow machine would ask more slowly than the limit forgets.
    with ThreadPoolExecutor(8) as visitors:
        answers = list(
            visitors.map(
                lambda number: asks("127.0.0.5", X_Forwarded_For=f"198.51.100.{number % 250}"),
                range(open_to_all.burst + 200),
            )
        )

    assert {200, 429} <= set(answers)
    assert asks("127.0.0.6") == 200


def test_metrics_are_not_for_whoever_comes_through_the_proxy(proxy):
    for source, forwarded in (("127.0.0.5", ""), ("127.0.0.1", ""), ("127.0.0.5", "127.0.0.1")):
        assert proxy.asks("/metrics", source=source, X_Forwarded_For=forwarded).status == 403


def test_who_reaches_the_web_itself_can_not_say_that_they_came_by_https(proxy):
    with socket.create_connection(("127.0.0.1", proxy.behind), source_address=("127.0.0.7", 0)) as line:
        line.sendall(
            b"GET /data/catalog.jsonld HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n"
            b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: elsewhere.example\r\nConnection: close\r\n\r\n"
        )
        text = b"".join(iter(lambda: line.recv(1 << 16), b""))

    assert b"https://localhost" not in text
    assert b"elsewhere.example" not in text
    assert b"strict-transport-security" not in text.lower()


def test_a_picture_passes_and_more_than_a_form_may_carry_does_not(proxy, maria, city, tmp_path):
    large = proxy.asks("/account/login/", method="POST", body=b"x" * 13_000_000)
    assert large.status == 413

    maria.signs_in("maria@example.gr")
    maria.goes("/dialogue/proposals/new/")
    picture = tmp_path / "place.png"
    maria.page.screenshot(path=picture)
    maria.page.fill("#id_heading", "Βρύσες με πόσιμο νερό στις πλατείες")
    maria.page.fill("#id_text", "Μία σε κάθε πλατεία, με νερό όλο τον χρόνο και για τα ζώα.")
    maria.page.select_option("#id_theme", "culture")
    maria.page.locator("input[type=file]").first.set_input_files(picture)
    before = pictures(city)
    maria.page.get_by_role("button", name="Δημοσίευση").click()
    wait_for(lambda: pictures(city) > before, 20)


def pictures(city):
    return len([path for path in (city.home / "media").rglob("*") if path.is_file()])
