"""Every page that can be reached, in both languages: accessible, within the screen, and Greek where it says so."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from candia.core.service import services
from tests.contract.greek import english
from tests.journeys.city import DESKTOP, LOOK, PHONE, Visitor

AXE = (Path(__file__).parents[2] / "candia/web/front/node_modules/axe-core/axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What the dark and another width may change of a page that was looked at whole in the light.
COLOURS = ["color-contrast", "link-in-text-block"]
WHO = {
    "a stranger": ("", "/"),
    "a resident": ("resident@example.gr", "/people/me/", "/"),
    "an operator": ("operator@example.gr", "/desk/", "/people/me/"),
    "a moderator": ("moderator@example.gr", "/desk/"),
    "a clerk": ("clerk@example.gr", "/desk/"),
    "an administrator": ("admin@example.gr", "/desk/"),
}
# No pages: parts, pictures, layers, files, and what a letter, a mail or a notice leads to.
ALONE = {
    "dialogue-similar-proposals",
    "dialogue-stop-following",
    "participation-appeal",
    "participation-stop-mail",
    "operations-desk-crew-photos",
    "people-push",
    # Of the crew's phone and of a work order see test_crew.py.
    "operations-crew",
    "operations-desk-work-order",
    # Pages of what the sample city has none of: things that are told what to do, or spoken of without a page, and
    # programs that it tells something.
    "people-desk-webhook",
    "devices-desk-history-import",
    "devices-desk-thing",
    "devices-desk-order-group",
    "devices-desk-order-many",
    "participation-thing",
}
NO_PAGES = ("/en/", "/api/", "/media/")
looked_at: dict[str, str] = {}
gone_to: set[tuple[bool, str]] = set()


def name_of(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def is_file(path: str) -> bool:
    """Whether it ends as files do; an id within an address has a dot as well."""
    return "." in urlsplit(path).path.rpartition("/")[2]


@pytest.mark.parametrize("who", WHO)
def test_every_page_that_this_reader_can_reach(who, come):
    email, *begins = WHO[who]
    phone, desktop = (
        come(viewport=PHONE, is_mobile=True, has_touch=True),
        come(viewport=DESKTOP, color_scheme="dark"),
    )
    if email:
        phone.signs_in(email)
        desktop.context.add_cookies(phone.context.cookies())
    # The desktop's maps fail to load: what stands in their place must do.
    desktop.never_gets("*/assets/map*")
    waiting, wrong, known = [*begins], {}, set()
    while waiting:
        path = waiting.pop(0)
        name = name_of(urlsplit(path).path)
        if name is None or name in known or path.startswith(NO_PAGES) or is_file(path):
            continue
        # A page leads everyone who has signed in to the same others, but for those where a reader begins.
        if (bool(email), name) in gone_to and path not in begins:
            continue
        known.add(name)
        gone_to.add((bool(email), name))
        answer = phone.goes(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        phone.page.evaluate(LOOK)
        waiting += phone.page.evaluate("look.links()")
        reached = name_of(urlsplit(phone.page.url).path)
        if reached in looked_at:
            continue
        looked_at[reached or path] = who
        if found := faults(phone, desktop, path, answer.status):
            wrong[path] = found
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)


def faults(phone: Visitor, desktop: Visitor, path: str, status: int) -> list[str]:
    """What is wrong with a page: in Greek and in the light on a phone, in English and in the dark on a desktop."""
    page = phone.page
    found = [f"answers {status}"] if status != 200 else []
    found += [f"Greek, phone: {one}" for one in axed(page)]
    found += [f"small: {one}" for one in page.evaluate("look.small()")]
    found += [f"not Greek: {text!r}" for text in sorted(set(page.evaluate("look.said()")) & english())]
    found += [f"{more} px wider than a phone" for more in [page.evaluate("look.beyond()")] if more > 0]
    desktop.goes("/en" + path.replace("next=/", "next=/en/"))
    page = desktop.page
    found += [f"English, dark: {one}" for one in axed(page, COLOURS)]
    found += [f"{more} px wider than the window" for more in [page.evaluate("look.beyond()")] if more > 0]
    if page.locator("html").get_attribute("lang") != "en":
        found.append("English is not English")
    return found


def axed(page: Page, what: list[str] = TAGS) -> list[str]:
    page.evaluate(AXE)
    page.evaluate(LOOK)
    return list(page.evaluate("(what) => look.faults(what)", what))


def test_no_declared_page_was_left_out():
    """Runs after the others: a page that no link leads to is one that nobody finds."""
    declared = {
        f"{service.name}-{page.name}"
        for service in services().values()
        for page in service.pages
        if not page.path.endswith((".geojson", ".json", ".js", ".csv"))
    }

    assert declared - ALONE <= looked_at.keys(), sorted(declared - ALONE - looked_at.keys())
