"""One city and one browser for all journeys; pictures of what failed."""

import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import expect, sync_playwright

from tests.journeys.city import PHONE, Visitor, running

chromium = shutil.which("chromium") or shutil.which("chromium-browser")
# A page that hears of something fetches a part of itself anew, on a machine that may be busy.
expect.set_options(timeout=20_000)
quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
# Whoever else is asked has no address here.
alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
here = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not chromium:
                item.add_marker(pytest.mark.skip(reason="There is no Chromium here."))


# For the package alone: Playwright keeps an event loop, which later tests must not find.
@pytest.fixture(scope="package")
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=["--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", alone, *quiet],
        )
        yield started
        started.close()


@pytest.fixture(scope="package")
def city():
    with running() as one:
        yield one


@pytest.fixture
def come(browser, city, request):
    """Lets somebody come to the city: `come()` at a desk, `come(phone=True)` in the street."""
    visitors = []

    def one(*, phone=False, **manner):
        if phone:
            manner = {"viewport": PHONE, "has_touch": True, "is_mobile": True, **manner}
        visitors.append(Visitor.comes(browser, city, tiles=tile_service(), **manner))
        return visitors[-1]

    yield one
    if getattr(request.node, "failed", False):
        _pictures(request.node.name, visitors)
    for visitor in visitors:
        visitor.leaves()


@pytest.fixture
def resident(come):
    """Giorgos, a verified resident, on his phone."""
    visitor = come(phone=True)
    visitor.signs_in("resident@example.gr")
    return visitor


def tile_service() -> str:
    return urlsplit(settings.CANDIA_CITY.basemap_origin).netloc


def _pictures(name, visitors):
    folder = Path(tempfile.gettempdir()) / "candia-journeys"
    folder.mkdir(exist_ok=True)
    for number, visitor in enumerate(visitors):
        for place, page in enumerate(visitor.context.pages):
            path = folder / f"{name.replace('/', '-')[:80]}-{number}-{place}.png"
            page.screenshot(path=path, full_page=True)
            print(f"What the browser showed at {page.url}: {path}")  # noqa: T201 — pytest shows it with the failure


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report
