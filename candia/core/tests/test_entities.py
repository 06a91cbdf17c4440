"""Things of the city: their names, the zone that a place gives them, and their keys."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils.translation import override

from candia.core.access import Person, author
from candia.core.checks import examine
from candia.core.dataset import dataset_of
from candia.core.entity import Entity
from candia.core.field import Field, money
from candia.core.load import load
from candia.core.service import Service, entity_kinds
from candia.core.zones import zone_at, zone_name

pytestmark = pytest.mark.django_db
#: A square of the sample city, in the zone `heraklion`.
LIONS = (25.1335, 35.3389)


class Bench(Entity):
    """A thing of these tests."""

    kind = "tests.bench"
    title = "Bench"
    attributes = (
        Field("seats", "integer", "Seats"),
        Field("price", "money", "Price", unit="EUR"),
    )
    seats = 3

    @property
    def price(self) -> Decimal:
        """What it cost."""
        return Decimal("1234.50")

    @classmethod
    def published(cls) -> models.QuerySet[Any]:
        """Those with a name."""
        return cls._default_manager.exclude(name="")

    class Meta:
        proxy = True
        app_label = "core"


def test_a_thing_is_called_as_its_reader_speaks() -> None:
    both = Bench(id="tests.bench:1", name="Παγκάκι", names={"en": "Bench"})
    one = Bench(id="tests.bench:2", name="Κρήνη")

    with override("el"):
        assert (str(both), str(one)) == ("Παγκάκι", "Κρήνη")
    with override("en"):
        assert (str(both), str(one)) == ("Bench", "Κρήνη")
    assert str(Bench(id="tests.bench:3")) == "tests.bench:3"


def test_whatever_is_created_with_a_place_gets_its_zone_in_bulk_as_well() -> None:
    lon, lat = LIONS
    Bench.objects.create(id="tests.bench:1", lon=lon, lat=lat)
    Entity.objects.bulk_create([Entity(id="tests.bench:2", kind_name="tests.bench", lon=lon, lat=lat)])
    Bench.objects.create(id="tests.bench:3", lon=lon, lat=lat, zone="told")
    Bench.objects.create(id="tests.bench:4", lon=0, lat=0)
    Bench.objects.create(id="tests.bench:5")

    zones = dict(Entity.objects.values_list("id", "zone"))

    assert list(zones.values()) == ["heraklion", "heraklion", "told", "", ""]


def test_a_zone_is_named_in_the_readers_language() -> None:
    with override("en"):
        assert zone_name(zone_at(*LIONS)) == "Heraklion"
    with override("el"):
        assert zone_name("heraklion") == "Ηράκλειο"
    assert zone_name("nowhere") == "nowhere"


def test_a_table_gives_names_and_what_it_moves_gets_another_zone(tmp_path) -> None:
    path = tmp_path / "benches.csv"
    path.write_text(f"id,name,name_en,lon,lat\n1,Παγκάκι,Bench,{LIONS[0]},{LIONS[1]}\n", "utf-8")
    load(path, Bench)
    path.write_text("id,lon,lat\n1,25.16,35.33\n", "utf-8")

    report = load(path, Bench)

    bench = Bench.objects.get()
    assert report.changed == 1
    assert bench.names == {"en": "Bench"}
    assert bench.zone == zone_at(25.16, 35.33) != "heraklion"


def test_a_thing_may_be_asked_for_by_its_key_and_made_where_it_is_not_there() -> None:
    areas = entity_kinds()["water.district"]._default_manager
    made, is_new = areas.get_or_create(pk="water.district:keyed", defaults={"name": "Ζώνη"})
    again, is_newer = areas.get_or_create(pk="water.district:keyed")

    assert (made.id, is_new, is_newer) == ("water.district:keyed", True, False)
    assert again == made


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        entity_kinds()["water.district"]._default_manager.create(pk="water.meter:1")


def test_a_kind_gives_its_attributes_away_as_open_data() -> None:
    Bench.objects.create(
        id="tests.bench:1", name="Παγκάκι", names={"en": "Bench"}, lon=LIONS[0], lat=LIONS[1]
    )
    Bench.objects.create(id="tests.bench:2")
    dataset = dataset_of(Bench, name="benches", title="", description="", licence="CC0-1.0", rhythm="CONT")

    (row,) = dataset.query()

    assert list(row) == [field.name for field in dataset.schema]
    assert (row["name"], row["name_en"], row["zone"]) == ("Παγκάκι", "Bench", "heraklion")
    assert (row["seats"], row["price"]) == (3, Decimal("1234.50"))
    assert row["place"] == {"type": "Point", "coordinates": list(LIONS)}


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("el", "1234.5", "1.234,50\N{NO-BREAK SPACE}€"),
        ("en", "1234.5", "€1,234.50"),
        ("en", "-0.125", "−€0.12"),
    ],
)
def test_an_amount_is_written_as_the_reader_writes_it(language: str, amount: str, text: str) -> None:
    with override(language):
        assert money(Decimal(amount), "EUR") == text


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (Field("seats", "integer", ""), []),
        (Field("colour", "string", ""), ["candia.E021"]),
        (Field("price", "money", ""), ["candia.E022"]),
    ],
)
def test_an_attribute_that_a_thing_does_not_have_stops_the_start(
    monkeypatch, field: Field, code: list[str]
) -> None:
    monkeypatch.setattr(Bench, "attributes", (field,))

    assert [found.id for found in examine([Service(name="tests", title="", entities=(Bench,))])] == code


def test_a_kind_names_the_field_of_its_owner() -> None:
    class Plot(Bench):
        owned_by = "tenant"

        class Meta:
            proxy = True
            app_label = "tests"

    tenant = Person(pk=7, email="tenant@example.gr")
    plot = Plot(id="tests.bench:7", name="Plot")
    tests = Service(name="tests", title="Tests", entities=(Plot,))
    assert [found.id for found in examine([tests])] == ["candia.E025"]
    assert not author(tenant, plot)

    Plot.tenant_id = 7
    assert author(tenant, plot)
    assert not author(Person(pk=8, email="other@example.gr"), plot)
    assert list(examine([tests])) == []
