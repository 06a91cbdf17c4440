"""A developer's page of an error shows no secret, and nothing to whoever is not at this machine."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import RequestFactory

from candia.web.debug import secrets

SESSION = "somebody" * 4
FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


def fail(config, urls):
    """As a page does that meets an error with all that it holds in its hands."""
    environment, told = dict(config.environment()), [*urls]
    raise RuntimeError(f"{environment} {told}")


def answer(address="127.0.0.1", accept="text/html", **headers):
    """What a page that fails answers in debug."""
    from django.core.handlers.exception import response_for_exception

    request = RequestFactory().get("/", REMOTE_ADDR=address, headers={"Accept": accept, **headers})
    request.COOKIES["sessionid"] = SESSION
    try:
        fail(settings.CANDIA, [settings.CANDIA_TELEMETRY_URL, settings.DATABASES["default"]["PASSWORD"]])
    except RuntimeError as error:
        return response_for_exception(request, error).content.decode()


@pytest.fixture
def _debug(settings):
    settings.DEBUG = True


@pytest.mark.usefixtures("_debug")
@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_no_secret_is_shown(accept):
    shown = answer(accept=accept)
    assert "RuntimeError" in shown
    passwords = {urlsplit(settings.CANDIA_TELEMETRY_URL).password, settings.DATABASES["default"]["PASSWORD"]}
    assert passwords <= secrets()
    assert not [secret for secret in secrets() if secret in shown]
    assert SESSION not in shown


@pytest.mark.usefixtures("_debug")
@pytest.mark.parametrize(("address", "headers"), [("127.0.0.1", FORWARDED), ("203.0.113.9", {})])
@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_who_is_not_at_this_machine_is_shown_nothing(address, headers, accept):
    shown = answer(address, accept, **headers)
    assert "500" in shown
    assert len(shown) < 100


def test_a_configuration_tells_no_secret_of_itself():
    assert not [secret for secret in secrets() if secret in repr(settings.CANDIA)]
