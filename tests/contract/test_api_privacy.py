"""What is personal, unfinished or hidden leaves through no door: every address asked for everything there is."""

from collections.abc import Iterator
from itertools import product
from urllib.parse import urlencode

import pytest
from django.test import Client

from candia.core.access import Grant
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.event import Happened, record
from candia.core.service import entity_kinds, services
from candia.core.telemetry import store
from candia.doors import bearer
from candia.doors.api.schema import document
from candia.doors.limits import Limiter
from candia.doors.opendata import formats, snapshots
from candia.doors.tests.samples import NOON, alarmed, district, meter, observed
from candia.participation import commands as participation
from candia.services.dialogue import commands as verbs
from candia.services.dialogue.tests.samples import draft, person, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def secrets(settings, tmp_path, monkeypatch) -> list[str]:
    """A city with all that nobody may learn by the doors; the words by which it would be recognised."""
    monkeypatch.setattr(bearer, "open_to_all", Limiter(10_000, 100_000))
    monkeypatch.setattr(snapshots, "home", lambda: tmp_path / "open-data")
    settings.MEDIA_ROOT = tmp_path
    store().prepare()
    author, other = person("zoumboulia"), person("periklis")
    judge, officer = person("dikastis", Grant.MODERATOR), person("ypallilos", Grant.OPERATOR)
    area = district("privacy")
    house = meter("oikia-4711", name="Οδός Μυστική 7", serial="SN-998877", alias="DEVEUI0042", district=area)
    few = district("ligoi", name="Δύο σπίτια στον λόφο", connections=2)
    observed(few.id, "water.inflow", [7771.25])
    observed(area.id, "water.inflow", [18.25, 19.25])
    observed(house.id, "water.index", [5551.25, 5552.25])
    alarmed(area, "Inflow is high.")
    alarmed(house, "A leak in a home.")
    Alert.objects.filter(entity=area).update(note="Ο γείτονας τηλεφώνησε")
    # It belongs to the district's story, and is about a household.
    record("core.alert_opened", Happened(house.id, about=area.id, data={"person": author.actor_id}), by=other)
    public = submitted(author, "Δέντρα στην πλατεία")
    participation.support(by=other, entity=public)
    participation.comment(by=other, entity=public, stance="for", text="Ωραία ιδέα, να γίνει.")
    participation.report(by=other, entity=public, reason="Βρίζει κάποιον από μας.")
    verbs.accept_proposal(by=officer, proposal=public, text="Εγκρίνεται και θα γίνει τον Μάρτιο.")
    begun = draft(author, "Ημιτελής σκέψη")
    gone = submitted(author, "Απρεπής τίτλος")
    participation.hide(by=judge, entity=gone, reason="Περιέχει προσωπικά στοιχεία.")
    people = [word for one in (author, other, judge, officer) for word in (one.email, one.name, one.actor_id)]
    things = [
        house.id,
        house.name,
        "SN-998877",
        "DEVEUI0042",
        "5551.25",
        "5552.25",
        "7771.25",
        few.id,
        few.name,
        begun.id,
        gone.id,
    ]
    words = ["Ημιτελής", "Απρεπής", "A leak in a home", "γείτονας", "Βρίζει", "person:", "person\\u003a"]
    return [*people, *things, *words]


def addresses() -> Iterator[str]:
    """Every address that reads, with every thing, kind, property and dataset that the city has, public or not."""
    choices = {
        "id": list(Entity.objects.values_list("pk", flat=True)),
        "kind": list(entity_kinds()),
        "property": [f"{one.name}.{item.name}" for one in services().values() for item in one.properties],
        "service": list(services()),
        "name": [item.name for one in services().values() for item in one.datasets],
    }
    for path, methods in document()["paths"].items():
        if "get" in methods:
            parameters = methods["get"].get("parameters", ())
            names = [one["name"] for one in parameters if one["name"] in choices]
            for values in product(*(choices[name] for name in names)):
                asked = dict(zip(names, values, strict=True))
                query = {name: value for name, value in asked.items() if f"{{{name}}}" not in path}
                if path.endswith("/observations"):
                    query |= {
                        "since": NOON.isoformat(),
                        "until": NOON.replace(day=5).isoformat(),
                        "every": "raw",
                    }
                if path.endswith("alerts"):
                    query["status"] = "all"
                yield f"{path.format(**asked)}?{urlencode(query)}"
    for service in services().values():
        for dataset in service.datasets:
            yield from (
                f"/data/{service.name}/{dataset.name}.{one.name}"
                for one in formats.of(dataset, listed=False)
                if one.name != "parquet"
            )
            yield from (f"{prefix}/data/{service.name}/{dataset.name}/" for prefix in ("", "/en"))
    yield from ("/data/", "/data/catalog.jsonld", "/metrics", "/readyz", "/healthz")


def test_no_door_lets_a_secret_out(client: Client, secrets: list[str]) -> None:
    told = ""
    for address in addresses():
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        text = body.decode()
        leaked = [word for word in secrets if word in text]
        assert not leaked, f"{address} tells {leaked}"
        assert answer.status_code in {200, 404, 422}, address
        told += text

    # The doors do speak: the public half of the same city was in what they said.
    assert "Δέντρα στην πλατεία" in told
    assert "water.district:privacy" in told
    assert "Inflow is high" in told
    assert "dialogue.proposal_accepted" in told
