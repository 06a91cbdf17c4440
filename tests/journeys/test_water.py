"""Water's way: an alert with its curve and the operator's word, its public story; a household's own water."""

import re

from playwright.sync_api import expect


def test_an_operator_confirms_a_night_flow_alert_by_its_curve(come):
    operator = come()
    page = operator.page
    operator.signs_in("operator@example.gr")
    operator.goes("/desk/?kind=water.night_flow")
    row = page.locator("#list .rows li").first
    row.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/desk/operations/alerts/\d+/"))
    district = page.locator("#head .soft").nth(1).inner_text()

    curve = page.locator("candia-chart").first
    expect(curve.locator(".plot canvas")).to_be_visible(timeout=15_000)
    curve.get_by_role("button", name="Πίνακας").click()
    assert curve.locator("tbody tr").count() > 14
    expect(page.locator("dl.facts").first).to_contain_text(district)
    page.get_by_label("Με δικά σας λόγια").fill("Το συνεργείο βρήκε σπασμένο αγωγό στην οδό Εβανς.")
    page.get_by_role("button", name="Επιβεβαίωση").click()
    expect(page.locator("main")).to_contain_text("Το συνεργείο βρήκε σπασμένο αγωγό")

    page.get_by_role("link", name=re.compile("δημόσια ιστορία", re.IGNORECASE)).first.click()
    steps = page.locator(".timeline li")
    expect(steps.last).to_contain_text("επιβεβαιώθηκε")
    expect(steps.last.get_by_role("link")).to_have_attribute("href", re.compile("^#e"))
    assert "Εβανς" not in page.locator("main").inner_text(), "A colleague's note is no public word."


def test_a_colleagues_decision_reaches_the_open_alert_the_list_and_its_map(come):
    writing, deciding, watching = come(), come(), come()
    for operator in (writing, deciding, watching):
        operator.signs_in("operator@example.gr")
    watching.sees_map("/desk/")
    rows = watching.page.locator("#list > ul > [data-row]:not(.group):has(a[href*='/alerts/'])")
    held = rows.first.get_by_role("link")
    held.focus()
    kept = held.get_attribute("href")
    address = rows.last.get_by_role("link").get_attribute("href")
    writing.goes(address)
    expect(writing.page.locator("candia-live")).to_have_attribute("state", "live")
    writing.page.get_by_label("Με δικά σας λόγια").press_sequentially("Περιμένω το συνεργείο")

    deciding.goes(address)
    deciding.page.get_by_label("Με δικά σας λόγια").fill("Το συνεργείο το είδε: δεν είναι τίποτα.")
    deciding.page.get_by_label("Αν δεν συμβαίνει κάτι: γιατί").select_option("works")
    with watching.page.expect_request(lambda asked: "inbox.geojson" in asked.url, timeout=12_000):
        deciding.page.get_by_role("button", name="Απόρριψη").click()

    expect(watching.page.locator(f"#list a[href='{address}']")).to_have_count(0, timeout=12_000)
    expect(watching.page.locator(f"a[href='{kept}']")).to_be_focused()
    expect(writing.page.locator("#decision")).to_contain_text(
        "Το συνεργείο το είδε: δεν είναι τίποτα.", timeout=12_000
    )
    # Who was writing stands before what was decided, and not at the top of the page.
    expect(writing.page.get_by_role("heading", name="Απορρίφθηκε")).to_be_focused()


def test_a_household_sees_its_own_water_and_no_other(come):
    resident, maria = come(phone=True), come(phone=True)
    resident.signs_in("resident@example.gr")
    resident.goes("/water/my-water/")
    page = resident.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("Το νερό μου")
    expect(page.locator(".figures .figure").first).to_contain_text(re.compile(r"\d"))
    page.locator("candia-chart").first.scroll_into_view_if_needed()
    expect(page.locator("candia-chart .plot canvas")).to_be_visible(timeout=15_000)
    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("CSV")).click()
    lines = taken.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) > 24
    assert ";" in lines[0]

    own = page.get_by_role("link", name=re.compile("CSV")).get_attribute("href")
    maria.signs_in("maria@example.gr")
    for address in (own, re.sub(r"[^/]+\.csv$", "", own)):
        assert maria.goes(address).status in {403, 404}


def test_the_public_reads_losses_and_never_a_household(come):
    visitor = come()
    visitor.goes("/water/")
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    districts = page.locator("a[href*='/water/districts/']")
    assert districts.count() >= 10
    assert visitor.goes("/stories/water.meter:1").status == 404
    assert visitor.page.request.get(visitor.city.base + "/api/v1/entities/water.meter:1").status == 404
