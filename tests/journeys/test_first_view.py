"""The first view is light: what a page weighs until it is loaded is a budget, and maps come after it."""

import pytest

from bench.first_view import view

#: kB over the wire, of which 53 are the two faces of the script, 25 the script and 10 the style.
BUDGET_KB = 120
PAGES = {
    "": (
        "/",
        "/en/",
        "/dialogue/proposals/",
        "/dialogue/proposals/1/",
        "/water/",
        "/data/",
        "/account/login/",
    ),
    "operator@example.gr": ("/", "/desk/", "/desk/water/meters/"),
}
MAP = "/static/assets/map"


@pytest.mark.parametrize("who", PAGES)
def test_a_page_keeps_to_its_budget_until_it_is_loaded(come, city, who):
    cookies = []
    if who:
        visitor = come(phone=True)
        visitor.signs_in(who)
        cookies = visitor.context.cookies()
    for path in PAGES[who]:
        fresh = come(phone=True, service_workers="block")
        fresh.context.add_cookies(cookies)

        seen = view(fresh.page, city.base + path)

        assert seen.first, path
        assert seen.kilobytes < BUDGET_KB, (path, seen.first)
        assert not [url for url in seen.first if MAP in url], (path, "The map did not wait.")
