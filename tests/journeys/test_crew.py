"""A crew behind the hill: what is tapped without a network outlives the page, and arrives once."""

import io

from PIL import Image
from playwright.sync_api import expect

from candia.accounts.models import Pushed
from candia.accounts.push import delivery
from candia.core.push import Brief
from tests.engines_once import wait_for
from tests.journeys.test_every_page import axed

LINE = "[data-part=line]"
# The question whether the city is back is asked with growing pauses.
BACK = 40_000
ASKED = """
    window.asked = 0;
    Notification.requestPermission = async () => { window.asked += 1; return "default"; };
"""
SHOWN = (
    "navigator.serviceWorker.ready.then((worker) => worker.getNotifications())"
    ".then((all) => all.map((one) => [one.title, one.body, one.data.url]))"
)


def planned(come, what):
    """The address of an order that the operator has just given to the crew."""
    desk = come()
    desk.signs_in("operator@example.gr")
    desk.goes("/desk/operations/work/new/")
    desk.page.fill("#id_what", what)
    desk.page.get_by_label("Στέλιος Βρέντζος").check()
    desk.page.fill("#id_checklist", "Κλείστε τη βάνα\nΑνοίξτε τη βάνα")
    desk.page.get_by_role("button", name="Προγραμματισμός").click()
    desk.page.wait_for_url("**/work/*/")
    return desk


def picture():
    """A photograph as a camera makes it."""
    file = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(file, "JPEG")
    return {"name": "camera.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_day_without_a_network_arrives_once(come):
    what = "Διαρροή στη σύνδεση της οδού Δειγματικής"
    desk = planned(come, what)
    crew = come(phone=True)
    crew.signs_in("crew@example.gr")
    crew.goes("/operations/crew/")
    page = crew.page
    expect(page.get_by_role("link", name=what)).to_be_visible()
    # The worker has kept the page, with the code that came on demand.
    page.wait_for_function(
        "async () => (await caches.match('/operations/crew/'))"
        " && (await (await caches.open('candia-offline-1')).keys()).some((one) => one.url.includes('/page-'))"
    )

    crew.context.set_offline(True)
    page.reload()
    page.get_by_role("link", name=what).click()
    page.get_by_role("button", name="Φτάσαμε").click()
    page.get_by_label("Κλείστε τη βάνα").check()
    page.locator("input[data-moment=before]").set_input_files(picture())
    expect(page.locator("[data-photos=before] img")).to_have_count(1)
    page.locator("textarea").fill("Το ρακόρ ήταν σπασμένο.")
    page.get_by_role("button", name="Προσθήκη σημείωσης").click()
    expect(page.locator(".crew-log li")).to_have_count(1)
    page.close()
    page = crew.page = crew.context.new_page()
    crew.goes("/operations/crew/")
    # Four taps, and the photograph itself.
    expect(page.locator(LINE)).to_contain_text("Περιμένουν να σταλούν: 5")
    page.get_by_role("link", name=what).click()
    assert axed(page) == []
    page.get_by_role("button", name="Έγινε", exact=True).click()
    expect(page.locator(LINE)).to_contain_text("6")
    crew.context.set_offline(False)

    expect(page.locator(LINE)).to_contain_text("Στάλθηκαν όλα", timeout=BACK)
    desk.page.reload()
    shown = desk.page.locator("main")
    expect(shown.locator(".said .said-note")).to_have_count(1)
    expect(shown.locator(".said > li")).to_have_count(5)
    expect(shown.locator(".photos img")).to_have_count(1)
    assert axed(desk.page) == []
    expect(shown.locator(".page-head")).to_contain_text("ολοκληρώθηκε")


def test_a_phone_is_asked_after_a_press_and_shows_what_the_city_tells_it(come, city):
    """The worker hears by the browser's own door: a browser without a head has no push service."""
    crew = come(phone=True)
    crew.page.add_init_script(ASKED)
    crew.signs_in("crew@example.gr")
    crew.goes("/operations/crew/")
    page = crew.page
    expect(page.get_by_role("button", name="Και σε αυτή τη συσκευή")).to_be_visible()
    assert page.evaluate("asked") == 0
    assert axed(page) == []
    page.get_by_role("button", name="Και σε αυτή τη συσκευή").click()
    page.wait_for_function("asked == 1")

    crew.context.grant_permissions(["notifications"], origin=city.base)
    browser = crew.context.new_cdp_session(page)
    workers = []
    browser.on("ServiceWorker.workerRegistrationUpdated", lambda told: workers.extend(told["registrations"]))
    browser.send("ServiceWorker.enable")
    wait_for(lambda: page.wait_for_timeout(50) or workers, 20)
    to = {"origin": city.base, "registrationId": workers[0]["registrationId"]}
    # The first one comes twice, as after a crash, and is shown once.
    for number in (7, 7, 8):
        brief = Brief(f"Νέα εργασία: #{number}", "Νερό · επείγον", f"/operations/crew/#{number}")
        told = delivery.written(Pushed(kind="operations.work_order", number=number), brief).decode()
        browser.send("ServiceWorker.deliverPushMessage", {**to, "data": told})

    shown = [[f"Νέα εργασία: #{n}", "Νερό · επείγον", f"/operations/crew/#{n}"] for n in (7, 8)]
    wait_for(lambda: page.wait_for_timeout(100) or sorted(page.evaluate(SHOWN)) == shown, 20)
