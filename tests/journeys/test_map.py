"""Maps draw themselves without any network, and the page asks nobody but the city and its tile service."""

import json
import re

from playwright.sync_api import expect

from tests.engines_once import wait_for

SEEN = "(layer) => drawn.queryRenderedFeatures({layers: [layer]}).length"
MAP_CODE = """() => performance.getEntriesByType("resource")
  .filter((one) => one.name.includes("/assets/map")).map((one) => one.startTime)"""


def test_without_a_network_the_map_is_the_citys_own(come):
    visitor = come()
    visitor.sees_map("/")

    layers = visitor.page.evaluate("drawn.getStyle().layers.map((layer) => layer.id)")
    assert {"land", "coast", "walls", "road-main"} <= set(layers)
    assert visitor.page.evaluate(SEEN, "land")
    assert visitor.page.evaluate("look.colours(drawn)") > 1, "The map is blank."
    wait_for(lambda: visitor.page.evaluate(SEEN, "candia-proposals-mark"))
    # The tile service was asked for its style, and nobody else for anything (see Visitor.leaves).
    assert visitor.asked == {visitor.tiles}


WITHIN = """() => {
  const seen = drawn.getBounds();
  return drawn.querySourceFeatures("candia-districts").every(({ geometry }) =>
    geometry.coordinates.flat(geometry.type === "Polygon" ? 1 : 2).every((place) => seen.contains(place)));
}"""


def test_a_phone_shows_all_districts_at_once(come):
    visitor = come(phone=True)
    visitor.sees_map("/water/")

    assert visitor.page.evaluate("drawn.querySourceFeatures('candia-districts').length") >= 10
    assert visitor.page.evaluate(WITHIN)


def test_the_map_waits_until_the_page_is_loaded(come):
    visitor = come(phone=True)
    visitor.sees_map("/")
    page = visitor.page
    loaded = page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")

    began = page.evaluate(MAP_CODE)

    assert began
    assert all(start >= loaded for start in began)


def test_a_place_is_set_on_the_map_and_by_its_numbers(come):
    visitor = come()
    visitor.signs_in("maria@example.gr")
    page = visitor.page
    visitor.sees_map("/dialogue/proposals/new/")

    page.locator("candia-map canvas").click(position={"x": 120, "y": 140})

    expect(page.locator("#id_lat")).to_have_value(re.compile(r"^35\.\d"))
    expect(page.locator("candia-map .pin")).to_be_visible()
    page.fill("#id_lat", "35,3400")
    page.fill("#id_lon", "25,1350")
    wait_for(lambda: page.evaluate("Math.abs(drawn.getCenter().lng - 25.135) < 0.0001"))


def test_the_boundary_that_was_loaded_is_on_every_map(come, city, tmp_path):
    outline = [[25.0, 35.2], [25.3, 35.2], [25.3, 35.4], [25.0, 35.4], [25.0, 35.2]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [outline]}}
    file = tmp_path / "boundary.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    city.candia("load", "--boundary", str(file))
    visitor = come()

    visitor.sees_map("/dialogue/proposals/")

    wait_for(lambda: visitor.page.evaluate("drawn.getLayer('boundary') !== undefined"))


def test_a_page_asked_for_without_a_network_says_so_in_its_language(come, city):
    visitor = come(phone=True)
    page = visitor.page
    visitor.goes("/")
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    visitor.context.set_offline(True)

    for address, words in [
        ("/dialogue/proposals/", "Είστε εκτός σύνδεσης."),
        ("/en/water/", "You are offline."),
    ]:
        visitor.goes(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
        expect(page.locator(".masthead")).to_have_css("border-bottom-style", "solid")


def test_back_asks_the_city_again_and_the_tab_keeps_no_page(come):
    operator = come()
    page, wrong = operator.page, []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    operator.signs_in("operator@example.gr")
    operator.sees_map("/desk/water/meters/")
    count = page.locator("#count")
    everything = count.inner_text()
    page.locator("#id_state").select_option("alert")
    expect(count).not_to_have_text(everything)
    expect(page).to_have_url(re.compile(r"state=alert"))

    page.go_back()

    expect(count).to_have_text(everything)
    expect(page.locator("#id_state")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('htmx-history-cache')") is None
    assert [told for told in wrong if "Content Security Policy" in told or "style" in told] == []
