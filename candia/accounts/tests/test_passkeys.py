"""The story of a passkey, in a real browser with a virtual authenticator."""

import shutil

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from candia.accounts.tests.samples import somebody
from candia.core.access import Grant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium on this machine"),
]
password = "a long enough password"
key = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def send(page) -> None:
    page.click("main form button.primary")
    page.wait_for_load_state()


def test_a_clerk_adds_a_passkey_and_comes_in_by_it_alone(live_server, settings):
    from playwright.sync_api import sync_playwright

    settings.CANDIA_REQUIRE_MFA = True
    clerk = somebody("clerk", (Grant.CLERK, ""))
    EmailAddress.objects.create(user=clerk, email=clerk.email, verified=True, primary=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(base_url=live_server.url, locale="el")
        page = context.new_page()
        authenticator = context.new_cdp_session(page)
        authenticator.send("WebAuthn.enable")
        authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": key})

        page.goto("/account/login/")
        page.fill("[name=login]", clerk.email)
        page.fill("[name=password]", password)
        send(page)
        # Where the desk would be, the way to the second factor stands.
        page.click("main a.button.primary")
        page.fill("[name=password]", password)
        send(page)
        with page.expect_navigation():
            page.click("#mfa_webauthn_add")
        desk = page.goto("/desk/people/residents/").status

        context.clear_cookies()
        page.goto("/account/login/?next=/desk/people/letters/")
        with page.expect_navigation():
            page.click("#passkey_login")
        page.wait_for_url("**/desk/people/letters/")
        browser.close()

    assert desk == 200
    assert Authenticator.objects.filter(user=clerk, type=Authenticator.Type.WEBAUTHN).count() == 1
