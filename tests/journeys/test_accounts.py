"""The door: signed in by the keyboard alone, in two languages, on a page that works without a script."""

import re

from playwright.sync_api import expect

from tests.engines_once import wait_for


def tabs_to(page, what, within=40):
    """Press Tab until `what` has the focus; everything on the way must be seen to have it."""
    for _press in range(within):
        page.keyboard.press("Tab")
        if page.evaluate("(what) => document.activeElement.matches(what)", what):
            return
        assert page.evaluate("() => document.activeElement !== document.body"), "The focus is lost."
    raise AssertionError(f"{what} is not within {within} presses of Tab.")


def test_signing_in_by_the_keyboard_alone(come, city):
    visitor = come()
    page = visitor.page
    visitor.goes("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    tabs_to(page, "a[href*='/account/login/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/login/**")
    tabs_to(page, "#id_login")
    page.keyboard.type("maria@example.gr")
    tabs_to(page, "#id_password")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    tabs_to(page, "#id_password")
    page.keyboard.type(city.password)
    page.keyboard.press("Enter")
    page.wait_for_url(city.base + "/")
    expect(page.locator(".masthead .nav.wide").last).to_contain_text("Μαρία Σταυρουλάκη")


def test_the_page_at_hand_in_the_other_language(come):
    visitor = come()
    visitor.goes("/dialogue/proposals/?theme=culture")
    visitor.page.get_by_role("link", name="English").first.click()
    expect(visitor.page).to_have_url(re.compile(r"/en/dialogue/proposals/\?theme=culture$"))
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Proposals")
    visitor.page.get_by_role("link", name="Ελληνικά").first.click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Προτάσεις")


def test_supporting_a_proposal_without_a_script(come):
    visitor = come(java_script_enabled=False)
    visitor.signs_in("maria@example.gr")
    visitor.goes("/dialogue/proposals/")
    visitor.page.locator(".rows .title a").first.click()
    before = int(visitor.page.locator("#voice .number b").inner_text())
    visitor.page.get_by_role("button", name="Την υποστηρίζω").click()
    expect(visitor.page.locator("#voice .number b")).to_have_text(str(before + 1))


def test_somebody_new_opens_an_account(come, city):
    visitor = come(phone=True)
    page = visitor.page
    visitor.goes("/account/signup/")
    page.fill("#id_email", "anna@example.gr")
    page.fill("#id_password1", "seven green lizards")
    page.get_by_role("button", name="Άνοιγμα λογαριασμού").click()
    page.wait_for_url("**/account/confirm-email/**")
    page.fill("input[name=code]", code_for(city, "anna@example.gr"))
    page.locator("main form button.primary").first.click()
    page.wait_for_url(city.base + "/")
    page.locator("details.menu summary").click()
    expect(page.locator("nav.sheet")).to_contain_text("anna@example.gr")


def code_for(city, address):
    """The code of the last mail to this address, once it lies in the sample city's mail folder."""
    return wait_for(lambda: _last_code(city.home / "mail", address))


def _last_code(folder, address):
    mails = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    texts = [text for path in mails if f"To: {address}" in (text := path.read_text("utf-8"))]
    found = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", texts[-1] if texts else "", re.MULTILINE)
    return found and found[1]
