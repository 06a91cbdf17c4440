"""News reaches an open page by itself, waits while nobody looks, and comes again after a fall of the server."""

import base64
import json
import re

from playwright.sync_api import expect

OPEN = "#figures .figure:has(a[href*='/dialogue/proposals/']) .value"


def publish(visitor, heading, text):
    """Write a proposal and publish it, as any resident may."""
    page = visitor.page
    visitor.goes("/dialogue/proposals/new/")
    page.fill("#id_heading", heading)
    page.fill("#id_text", text)
    page.select_option("#id_theme", "culture")
    page.get_by_role("button", name="Δημοσίευση").click()
    page.wait_for_url(re.compile(r"/dialogue/proposals/\d+/"))


def test_a_figure_changes_before_the_readers_eyes(come, resident):
    reader = come()
    reader.goes("/")
    live = reader.page.locator("candia-live")
    expect(live).to_have_attribute("state", "live")
    reader.page.evaluate("window.sameOpenPage = true")
    before = int(reader.page.locator(OPEN).inner_text())

    publish(resident, "Παγκάκια με σκακιέρα στην πλατεία", "Για να παίζουν μικροί και μεγάλοι το απόγευμα.")

    expect(reader.page.locator(OPEN)).to_have_text(str(before + 1), timeout=12_000)
    assert reader.page.evaluate("window.sameOpenPage")


def test_news_comes_again_when_the_server_is_back(come, city, resident):
    reader = come()
    reader.goes("/")
    live = reader.page.locator("candia-live")
    expect(live).to_have_attribute("state", "live")
    before = int(reader.page.locator(OPEN).inner_text())

    city.kill_web()

    expect(live).to_have_attribute("state", "stale", timeout=10_000)
    expect(live).to_have_text(re.compile(r"Όχι ζωντανά – στοιχεία από \d\d:\d\d"))
    expect(live).to_have_attribute("state", "live", timeout=30_000)
    publish(resident, "Θερινό σινεμά στην τάφρο", "Παλιές ελληνικές ταινίες, δωρεάν, κάθε Πέμπτη.")
    expect(reader.page.locator(OPEN)).to_have_text(str(before + 1), timeout=12_000)


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_page_that_nobody_looks_at_asks_for_nothing(come, resident):
    reader = come()
    reader.sees_map("/")
    page = reader.page
    expect(page.locator("candia-live")).to_have_attribute("state", "live")
    before = int(page.locator(OPEN).inner_text())
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(HIDE, True)

    publish(resident, "Ρομποτική για εφήβους", "Ένα εργαστήριο κάθε μήνα, με δάσκαλο και εργαλεία.")
    # A page that does look has heard of it by now.
    other = come()
    other.goes("/")
    expect(other.page.locator(OPEN)).to_have_text(str(before + 1), timeout=12_000)
    assert not asked, json.dumps(asked)

    page.evaluate(HIDE, False)
    expect(page.locator(OPEN)).to_have_text(str(before + 1), timeout=12_000)


def test_what_a_device_sends_reaches_the_open_page(come, city):
    secret = city.candia("device", "add", "journey", "--entity", "water.district:a").strip()
    reader = come()
    reader.goes("/")
    inflow = reader.page.locator("#figures .figure", has_text="Παροχή της πόλης").locator(".value")
    expect(reader.page.locator("candia-live")).to_have_attribute("state", "live")
    expect(inflow).not_to_contain_text("4.")
    word = base64.b64encode(f"journey:{secret}".encode()).decode()

    answer = reader.page.request.post(
        city.base + "/api/v1/observations", data={"inflow": 4000}, headers={"Authorization": f"Basic {word}"}
    )

    assert answer.status == 202
    # Water keeps the figure of the minute for half of one.
    expect(inflow).to_contain_text(re.compile(r"4\.\d{3}"), timeout=90_000)
