"""A proposal's way: written on a phone, supported by others, answered by the city, told as a story."""

import re

from playwright.sync_api import expect

VOICES = "#voice .number b"
HEADING = "Ανταλλαγή βιβλίων στα λεωφορεία"


def test_a_proposal_from_the_first_word_to_the_answer(come, resident):
    phone = resident.page
    resident.goes("/dialogue/proposals/new/")
    phone.fill("#id_heading", "Σκιαστρα στις στασεις του λεωφορειου")
    expect(phone.locator("#similar")).to_contain_text("Σκίαστρα στις στάσεις λεωφορείου")
    phone.fill("#id_heading", HEADING)
    expect(phone.locator("#similar a")).to_have_count(0)
    phone.fill("#id_text", "Ένα ράφι πίσω από τον οδηγό: παίρνεις ένα βιβλίο, αφήνεις ένα άλλο.")
    phone.select_option("#id_theme", "culture")
    expect(phone.locator("#saved")).to_contain_text("ως πρόχειρο")
    phone.get_by_role("button", name="Δημοσίευση").click()
    phone.wait_for_url(re.compile(r"/dialogue/proposals/\d+/"))
    expect(phone.get_by_role("heading", level=1)).to_have_text(HEADING)
    address = phone.url.removeprefix(resident.city.base)

    for voices, email in enumerate(("maria@example.gr", "manolis@example.gr"), start=1):
        other = come()
        other.signs_in(email)
        other.goes(address)
        other.page.get_by_role("button", name="Την υποστηρίζω").click()
        expect(other.page.locator("#voice")).to_contain_text("Την υποστηρίζετε.")
        expect(other.page.locator(VOICES)).to_have_text(str(voices))
        # Nobody reloaded the author's page.
        expect(phone.locator(VOICES)).to_have_text(str(voices), timeout=12_000)

    officer = come()
    officer.signs_in("moderator@example.gr")
    number = address.rstrip("/").rpartition("/")[2]
    officer.goes(f"/desk/dialogue/proposals/{number}/")
    officer.page.get_by_label("Έγινε δεκτή", exact=True).check()
    officer.page.locator("textarea[name=text]").first.fill("Μπαίνουν ράφια σε τρεις γραμμές ως τον Ιούνιο.")
    officer.page.get_by_role("button", name="Δημοσίευση απάντησης").click()
    expect(officer.page.locator("main")).to_contain_text("Μπαίνουν ράφια")

    resident.goes(f"/stories/dialogue.proposal:{number}")
    steps = phone.locator(".timeline li")
    expect(steps.nth(1)).to_contain_text("Υποβλήθηκε")
    expect(phone.locator(".timeline")).to_contain_text("Υποστήριξη")
    expect(steps.last).to_contain_text("δεκτή")


def test_what_is_pressed_and_written_is_said_and_keeps_its_place(resident, come):
    phone = resident.page
    resident.goes("/dialogue/proposals/?status=open&sort=new")
    phone.locator(".rows.proposals a").first.click()
    expect(phone.locator("#voice-told")).to_be_empty()

    # By the keyboard, as who does not see the page would; the news of one's own press draws the part anew.
    with phone.expect_response(lambda answer: "part=voice_now" in answer.url):
        phone.locator("#press-support").press("Enter")
    expect(phone.locator("#voice-told")).to_have_text("Η υποστήριξή σας μετρήθηκε.")
    expect(phone.locator("#press-support")).to_be_focused()
    expect(phone.locator("#press-support")).to_contain_text("Απόσυρση")

    phone.locator("#comment-form textarea").fill("Να μπει και μια βρύση.")
    with phone.expect_response(lambda answer: "part=said" in answer.url):
        phone.locator("#press-comment").press("Enter")
    said = phone.locator("article.said", has_text="Να μπει και μια βρύση.")
    expect(said).to_be_focused()
    expect(phone.locator("#comments-told")).to_have_text("Το σχόλιό σας είναι πλέον εδώ.")
    expect(phone.locator("#comment-form textarea")).to_have_value("")

    other = come()
    other.signs_in("maria@example.gr")
    other.goes(phone.url.removeprefix(resident.city.base))
    theirs = other.page.locator("article.said", has_text="Να μπει και μια βρύση.")
    theirs.get_by_role("button", name="Συμφωνώ").click()
    expect(theirs.get_by_role("button", name="Συμφωνώ")).to_have_attribute("aria-pressed", "true")
    theirs.get_by_role("link", name="Απαντήστε").click()
    expect(other.page.locator("#reply-to")).to_contain_text("Να μπει και μια βρύση.")
    other.page.locator("#comment-form textarea").fill("Με πίεση που να φτάνει.")
    other.page.locator("#press-comment").click()
    # Nobody reloaded the first one's page.
    expect(phone.locator(".replies")).to_contain_text("Με πίεση που να φτάνει.", timeout=12_000)
