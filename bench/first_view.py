"""The first-view bench: what ten pages cost a slow phone on a slow line until they are there.

Chromium counts for itself: bytes as they came over the wire, requests, the moment of the largest text or picture
(LCP), and how long the page would not have answered a tap (blocking: of each task the time beyond 50 ms, until the
page is loaded, and until it has come to rest with its map). The map comes after the first view; it counts beside.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.city import City
from bench.report import publish

#: Lighthouse's slow 4G: round trip in ms, bytes a second down and up; and its phone, four times slower than here.
LATENCY_MS, DOWN, UP, SLOWER = 150, 1_638.4 * 1024 / 8, 675 * 1024 / 8, 4
PHONE = {"width": 390, "height": 844}
# The tile service is somebody else's: the map is drawn from the city's own ground.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
CHROMIUM = ("--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", ALONE)
REST_MS, PATIENCE_MS = 5_000, 60_000
WATCH = """
window.tasks = []; window.largest = 0;
new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => [one.startTime, one.duration])))
  .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => { largest = list.getEntries().at(-1).startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
"""
SEEN = """() => ({largest, tasks, loaded: performance.timing.loadEventEnd - performance.timing.navigationStart})"""
PAGES = (
    ("home", "/", ""),
    ("home, English", "/en/", ""),
    ("proposals", "/dialogue/proposals/", ""),
    ("proposal", "/dialogue/proposals/1/", ""),
    ("water", "/water/", ""),
    ("district", "/water/districts/a/", ""),
    ("open data", "/data/", ""),
    ("sign in", "/account/login/", ""),
    ("home, signed in", "/", "operator"),
    ("desk", "/desk/", "operator"),
)
Row = dict[str, Any]


@dataclass(frozen=True)
class FirstView:
    """What a page fetched until it was loaded, by address and in bytes over the wire, and all that came later."""

    first: dict[str, int]
    later: dict[str, int]

    @property
    def kilobytes(self) -> float:
        """What the reader waited for."""
        return sum(self.first.values()) / 1000


def view(page: Page, address: str, rest_ms: float = 0) -> FirstView:
    """Open a page for the first time and weigh what it takes, with `rest_ms` to come to rest."""
    wire = page.context.new_cdp_session(page)
    asked: dict[str, tuple[float, str]] = {}
    sizes: dict[str, int] = {}
    loaded: list[float] = []
    wire.on(
        "Network.requestWillBeSent",
        lambda one: asked.update({one["requestId"]: (one["timestamp"], one["request"]["url"])}),
    )
    wire.on("Network.loadingFinished", lambda one: sizes.update({one["requestId"]: one["encodedDataLength"]}))
    wire.on("Page.loadEventFired", lambda one: loaded.append(one["timestamp"]))
    wire.send("Network.enable")
    wire.send("Page.enable")
    page.goto(address, wait_until="load", timeout=PATIENCE_MS)
    page.wait_for_timeout(rest_ms)
    wire.detach()
    first: dict[str, int] = {}
    later: dict[str, int] = {}
    for id, size in sizes.items():
        at, url = asked[id]
        if not url.startswith("data:"):
            (first if at <= loaded[0] else later)[url] = int(size)
    return FirstView(first, later)


def run(out: Path, city: City) -> None:
    """Ten pages, each in a browser that has seen nothing of the city."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM))
        rows = [_row(browser, city, *page) for page in PAGES]
        browser.close()
    publish("first-view", rows, out, latency_ms=LATENCY_MS, bytes_per_s=DOWN, processor_slower=SLOWER)


def _row(browser: Browser, city: City, title: str, path: str, who: str) -> Row:
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, locale="el-GR", service_workers="block"
    )
    if who:
        name, _, value = city.operator.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": city.web}])
    page = context.new_page()
    page.add_init_script(WATCH)
    slow = context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    line = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": DOWN, "uploadThroughput": UP}
    slow.send("Network.emulateNetworkConditions", line)
    found = view(page, city.web + path, REST_MS)
    seen = page.evaluate(SEEN)
    context.close()
    blocked = [(at, max(0.0, lasted - 50)) for at, lasted in seen["tasks"]]
    return {
        "page": title,
        "kB": found.kilobytes,
        "requests": len(found.first),
        "largest_ms": seen["largest"],
        "loaded_ms": seen["loaded"],
        "blocking_ms": sum(lasted for at, lasted in blocked if at < seen["loaded"]),
        "blocking_at_rest_ms": sum(lasted for _at, lasted in blocked),
        "later_kB": sum(found.later.values()) / 1000,
    }
