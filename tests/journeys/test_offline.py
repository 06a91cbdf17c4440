"""In a tunnel, before a hung server, after a night: nothing that somebody wrote is lost, doubled or another's."""

import re

import pytest
from playwright.sync_api import expect

from tests.engines_once import wait_for

BANNER = "candia-connection"
OFFLINE = "Είστε εκτός σύνδεσης."
WORDS = "Κι εγώ το θέλω, για τα παιδιά που περνούν από εκεί κάθε πρωί."
# The question whether the city is back is asked with growing pauses.
BACK = 40_000
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('candia-kept:')).length"


@pytest.fixture
def proposal(come):
    """The address of a proposal that is open to voices and comments."""
    reader = come()
    reader.goes("/dialogue/proposals/?status=open&sort=support")
    return reader.page.locator(".proposals .title a").first.get_attribute("href")


@pytest.fixture(scope="module")
def sessions():
    """The cookies of everybody who has signed in, by address."""
    return {}


@pytest.fixture
def come_as(come, sessions):
    """Lets somebody come who is signed in already."""

    def one(name, **manner):
        visitor = come(**manner)
        if name in sessions:
            visitor.context.add_cookies(sessions[name])
        else:
            visitor.signs_in(f"{name}@example.gr")
            sessions[name] = visitor.context.cookies()
        return visitor

    return one


def comments(visitor, words):
    visitor.page.locator("#comments textarea").fill(words)
    visitor.page.get_by_role("button", name="Δημοσίευση σχολίου").click()


def signs_in_again(visitor, email):
    """By the link of the dialog, in the window that it opens."""
    with visitor.context.expect_page() as opened:
        visitor.page.locator("#sign-in-again [data-signs-in]").click()
    window = opened.value
    window.fill("#id_login", email)
    window.fill("#id_password", visitor.city.password)
    window.press("#id_password", "Enter")


def said(page, words=WORDS):
    return page.locator("#said article", has_text=words)


def test_a_proposal_written_in_a_tunnel(come_as):
    visitor = come_as("maria", phone=True)
    page = visitor.page
    visitor.goes("/dialogue/proposals/new/")
    page.fill("#id_heading", "Ποδήλατα στον σταθμό των πλοίων")
    expect(page.locator("#saved")).to_contain_text("Φυλάχτηκε ως πρόχειρο")

    visitor.context.set_offline(True)
    page.fill("#id_text", "Μια στεγασμένη θέση για όποιον φεύγει.")
    expect(page.locator("#saved")).to_contain_text("Δεν αποθηκεύτηκε ακόμη")
    expect(page.locator("#saved")).not_to_contain_text("Φυλάχτηκε")
    expect(page.locator(BANNER)).to_contain_text(OFFLINE)
    visitor.context.set_offline(False)

    expect(page.locator("#saved")).to_contain_text("Φυλάχτηκε ως πρόχειρο", timeout=BACK)
    expect(page.locator(BANNER)).to_be_empty()
    assert page.evaluate(KEPT) == 0


def test_words_outlive_a_page_that_is_closed_in_the_tunnel(come_as):
    visitor = come_as("maria", phone=True)
    visitor.goes("/dialogue/proposals/new/")
    visitor.context.set_offline(True)
    visitor.page.fill("#id_heading", "Ήσυχες ώρες στη βιβλιοθήκη")
    visitor.page.close()
    visitor.page = visitor.context.new_page()
    visitor.context.set_offline(False)

    visitor.goes("/dialogue/proposals/new/")

    page = visitor.page
    expect(page.get_by_text("Επαναφέρθηκε από αυτή τη συσκευή")).to_be_visible()
    expect(page.locator("#id_heading")).to_have_value("Ήσυχες ώρες στη βιβλιοθήκη")
    # What came back goes on to the city as if it had just been typed.
    expect(page.locator("#saved")).to_contain_text("Φυλάχτηκε ως πρόχειρο")
    page.get_by_role("button", name="Απόρριψη").click()
    expect(page.locator("#id_heading")).to_have_value("")


def test_support_and_a_comment_wait_and_arrive_once(come_as, proposal):
    visitor = come_as("manolis", phone=True)
    page = visitor.page
    visitor.goes(proposal)
    voices = int(page.locator("#voice .number b").inner_text())
    visitor.context.set_offline(True)

    page.get_by_role("button", name="Την υποστηρίζω").click()
    comments(visitor, WORDS)

    expect(page.locator("#voice .unsent")).to_contain_text("Περιμένει να σταλεί")
    expect(page.locator("#comments .unsent")).to_contain_text(WORDS)
    expect(page.locator(BANNER)).to_contain_text("Περιμένουν να σταλούν: 2")
    visitor.context.set_offline(False)
    expect(page.locator("#voice")).to_contain_text("Την υποστηρίζετε.", timeout=BACK)
    expect(page.locator("#voice .number b")).to_have_text(str(voices + 1))
    expect(said(page)).to_have_count(1)
    expect(page.locator(".unsent")).to_have_count(0)
    visitor.goes(proposal)
    expect(said(page)).to_have_count(1)


def test_a_server_that_says_nothing_is_no_reason_to_lose_a_word(come_as, city, proposal):
    resident = come_as("maria", phone=True)
    words = "Και μια ράμπα για τα καρότσια, σας παρακαλώ."
    page = resident.page
    resident.goes(proposal)

    with city.hung_web():
        comments(resident, words)
        expect(page.locator(BANNER)).to_contain_text(OFFLINE, timeout=BACK)
        expect(page.locator("#comments .unsent")).to_contain_text(words, timeout=BACK)

    expect(page.locator("#comments .unsent")).to_have_count(0, timeout=BACK)
    resident.goes(proposal)
    expect(said(page, words)).to_have_count(1)


def test_a_session_that_ended_while_somebody_wrote(come_as, proposal):
    resident = come_as("manolis", phone=True)
    words = "Το συζητήσαμε και στον σύλλογο γονέων."
    page = resident.page
    resident.goes(proposal)
    page.locator("#comments textarea").fill(words)
    page.evaluate("window.sameOpenPage = true")
    resident.context.clear_cookies(name="sessionid")

    comments(resident, words)

    expect(page.locator("#sign-in-again")).to_contain_text("Δεν χάθηκε τίποτε")
    signs_in_again(resident, "manolis@example.gr")
    expect(said(page, words)).to_have_count(1)
    expect(page.locator("#sign-in-again")).not_to_be_visible()
    assert page.evaluate("window.sameOpenPage")
    assert page.evaluate(KEPT) == 0


def test_what_one_wrote_is_neither_shown_nor_sent_for_another(come_as):
    heading = "Φως στο σοκάκι πίσω από τον Άγιο Τίτο"
    visitor = come_as("manolis")
    page = visitor.page
    visitor.goes("/dialogue/proposals/new/")
    visitor.context.clear_cookies(name="sessionid")
    page.fill("#id_heading", heading)
    expect(page.locator("#saved")).to_contain_text("Δεν αποθηκεύτηκε ακόμη")
    first, visitor.page = page, visitor.context.new_page()

    visitor.signs_in("maria@example.gr")

    expect(first.locator("#sign-in-again")).to_contain_text("άλλο άτομο")
    expect(first.locator("#id_heading")).not_to_be_visible()
    visitor.goes("/dialogue/proposals/new/")
    expect(visitor.page.locator("#id_heading")).to_have_value("")
    visitor.goes("/dialogue/proposals/mine/")
    expect(visitor.page.locator("main")).not_to_contain_text(heading)
    visitor.page.get_by_role("button", name="Αποσύνδεση").first.click()
    visitor.page.wait_for_url(visitor.city.base + "/")
    visitor.signs_in("manolis@example.gr")
    # The page of the first one comes back by itself, and its words are saved.
    expect(first.locator("#saved")).to_contain_text("Φυλάχτηκε ως πρόχειρο", timeout=BACK)
    expect(first.locator("#id_heading")).to_have_value(heading)


def test_signing_out_takes_what_is_on_the_device_with_it(come, proposal):
    visitor = come()
    visitor.signs_in("maria@example.gr")
    page = visitor.page
    visitor.goes(proposal)
    page.locator("#comments textarea").fill("Μισή πρόταση")
    page.locator("#comments textarea").blur()
    wait_for(lambda: page.evaluate(KEPT) == 1)

    page.get_by_role("button", name="Αποσύνδεση").first.click()
    page.get_by_role("button", name="Αποσύνδεση και διαγραφή τους").click()

    page.wait_for_url(visitor.city.base + "/")
    assert page.evaluate(KEPT) == 0


def test_a_decision_at_the_desk_is_not_put_off(come_as, proposal):
    officer = come_as("moderator")
    page = officer.page
    officer.goes(re.sub("^/", "/en/desk/", proposal))
    page.locator("aside textarea[name=reason]").fill("It names a neighbour.")
    officer.context.set_offline(True)

    page.get_by_role("button", name="Hide it").click()

    expect(page.locator(".unsent")).to_contain_text("Not sent: you are offline.")
    expect(page.locator("aside textarea[name=reason]")).to_have_value("It names a neighbour.")
    officer.context.set_offline(False)
    expect(page.locator(BANNER)).to_be_empty(timeout=BACK)
    # Not done by itself; and kept, until the officer decides again.
    page.reload()
    expect(page.get_by_role("button", name="Hide it")).to_be_visible()
    expect(page.locator("aside textarea[name=reason]")).to_have_value("It names a neighbour.")


ZONES = "drawn.querySourceFeatures('candia-districts').length"


def test_the_map_keeps_its_zones_and_nothing_is_called_live_that_is_not(come):
    reader = come()
    reader.sees_map("/water/")
    page, live = reader.page, reader.page.locator("candia-live")
    expect(live).to_have_text("Ζωντανά")
    zones = page.evaluate(ZONES)
    reader.context.set_offline(True)

    def is_stale():
        # For seconds the browser's own cache answers, with what is not old yet.
        page.evaluate("document.body.dispatchEvent(new CustomEvent('live:water', {bubbles: true}))")
        return page.locator("candia-map .stale").count()

    wait_for(is_stale, 20)
    expect(page.locator("candia-map .stale")).to_contain_text("Στοιχεία από")
    expect(live).to_have_text(re.compile(r"Όχι ζωντανά – στοιχεία από \d\d:\d\d"))
    assert page.evaluate(ZONES) == zones > 0
    reader.context.set_offline(False)
    expect(live).to_have_text("Ζωντανά", timeout=BACK)
    expect(page.locator("candia-map .stale")).to_have_count(0)
