"""The API does what its own description says, whatever it is asked."""

import base64

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from candia.accounts import tokens
from candia.accounts.tests.samples import somebody, token
from candia.core.access import Grant
from candia.core.telemetry import store
from candia.devices import credentials
from candia.doors import bearer, intake
from candia.doors.api import commands
from candia.doors.api.schema import document
from candia.doors.limits import Limiter
from candia.doors.opendata import snapshots
from candia.doors.tests.conftest import stream_url  # noqa: F401 — a fixture
from candia.doors.tests.samples import alarmed, district, meter, observed
from candia.services.dialogue.tests.samples import person, submitted

pytestmark = pytest.mark.django_db
EXAMPLES, FEW = 12, 3
# What the city of these tests has, under the names of the parameters.
KNOWN = {
    "id": "water.district:seen",
    "service": "dialogue",
    "name": "proposals",
    "property": "water.inflow",
    "kind": "water.district",
}
DEVICE = {"Authorization": "Basic " + base64.b64encode(b"gateway-1:right").decode()}
CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
)


@pytest.fixture
def city(settings, tmp_path, monkeypatch, stream_url):  # noqa: F811
    """A city with something of everything, and a device that may send; no limits for a while."""
    monkeypatch.setattr(bearer, "open_to_all", Limiter(10_000, 100_000))
    monkeypatch.setattr(bearer, "per_token", Limiter(10_000, 100_000))
    monkeypatch.setattr(intake, "strangers", Limiter(10_000, 100_000))
    monkeypatch.setattr(snapshots, "home", lambda: tmp_path / "open-data")
    settings.MEDIA_ROOT = tmp_path
    store().prepare()
    area, hidden = district("seen"), meter("unseen")
    observed(area.id, "water.inflow", [18.4, 19.0, 17.5])
    alarmed(area)
    alarmed(hidden)
    submitted(person("maria"))
    known = credentials.Known("gateway-1", "", frozenset(), frozenset({"water.meter"}), "", revoked=False)
    monkeypatch.setattr(
        credentials, "authenticate", lambda name, secret: known if secret == "right" else None
    )


@pytest.fixture
def api(city):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def _connection_stays():
    """What Django's own test client does: the end of a request does not end the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def operations() -> list[tuple[str, str]]:
    return [(path, method) for path, methods in document()["paths"].items() for method in methods]


def asked() -> list[object]:
    """Every operation with anything, and, where its address names something, with what is there."""
    return [
        pytest.param(path, method, named, id=f"{method} {path} {'there' if named else 'anything'}")
        for path, method in operations()
        for named in ({}, KNOWN)
        if not (named and path.startswith(commands.PATH))
    ]


@pytest.fixture
def shown(city) -> str:
    """A token of somebody who may do everything, so that what is asked is done or refused for what it says."""
    roles = [(role, service) for role in (Grant.OPERATOR, Grant.MODERATOR) for service in ("", "water")]
    keeper = somebody("keeper", *roles)
    return f"Bearer {token(keeper, *tokens.opened())}"


@pytest.mark.parametrize(("path", "method", "named"), asked())
def test_every_operation_keeps_its_word(
    api, shown: str, path: str, method: str, named: dict[str, str]
) -> None:
    a_command = path.startswith(commands.PATH)

    @given(case=api[path][method].as_strategy())
    @settings(
        max_examples=FEW if a_command else EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def keeps_its_word(case: schemathesis.Case) -> None:
        for place in (case.path_parameters, case.query):
            place.update({name: value for name, value in named.items() if name in place})
        # Unpacked, as Schemathesis knows no Brotli; tests of the packing are candia/web's.
        headers = {"Accept-Encoding": "identity", **(DEVICE if method == "post" else {})}
        if a_command:
            headers["Authorization"] = shown
        case.call_and_validate(headers=headers, checks=CHECKS)

    keeps_its_word()


def test_the_description_is_whole(client: Client) -> None:
    told = client.get("/api/v1/openapi.json", headers={"Accept-Language": "el"}).json()

    assert told["openapi"].startswith("3.")
    for path, methods in told["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert not operation["summary"].isascii(), f"{path} has no Greek summary"
            assert not operation["description"].isascii(), f"{path} has no Greek description"
