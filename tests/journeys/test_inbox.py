"""The shift clears its inbox: many alike are one decision from the keyboard, and a wrong one is taken back."""

import re

from playwright.sync_api import expect


def test_a_shift_decides_many_alike_from_the_keyboard_and_takes_it_back(come):
    operator = come()
    page = operator.page
    operator.signs_in("operator@example.gr")
    operator.goes("/desk/?service=water")
    rows = page.locator("#list > ul > li:not(.group)")
    taken = [rows.nth(number).locator("input[name=item]").get_attribute("value") for number in range(3)]

    for _row in taken:
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("Επιλεγμένες: 3")
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Αν δεν συμβαίνει κάτι: γιατί").select_option("works")
    dialog.get_by_role("button", name="Απόρριψη").click()
    expect(page.locator(".notices")).to_contain_text("3 ειδοποιήσεις")
    for key in taken:
        expect(page.locator(f"#list input[value='{key}']")).to_have_count(0)

    page.keyboard.press("u")
    for key in taken:
        expect(page.locator(f"#list input[value='{key}']")).to_have_count(1)


def test_what_is_taken_is_mine_and_the_next_shift_reads_the_word_of_the_last(come):
    operator = come(phone=True)
    page = operator.page
    operator.signs_in("operator@example.gr")
    operator.goes("/desk/")
    first = page.locator("#list > ul > li").first
    title = first.locator(".title").inner_text()
    first.locator(".pick").first.click()
    page.get_by_role("button", name=re.compile("^Ανάληψη")).click()
    page.get_by_role("link", name=re.compile("Δικές μου")).click()
    expect(page.locator("#list")).to_contain_text(title)
    page.locator("#list .pick").first.click()
    page.get_by_role("button", name=re.compile("^Ανάθεση")).click()
    page.get_by_role("dialog").get_by_role("combobox").select_option("")
    page.get_by_role("dialog").get_by_role("button", name="Ανάθεση").click()
    expect(page.locator("#list .pick")).to_have_count(0)
