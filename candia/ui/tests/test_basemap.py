"""The city's own base map: small, kept for good under its version, and with the boundary once one is loaded."""

import json

import pytest
from django.conf import settings

from candia.ui import basemap

pytestmark = pytest.mark.django_db


@pytest.fixture
def boundary():
    path = settings.CANDIA.home / "city" / "boundary.geojson"
    path.parent.mkdir(exist_ok=True)
    ring = [[25.0, 35.2], [25.15, 35.200001], [25.3, 35.2], [25.3, 35.4], [25.0, 35.4], [25.0, 35.2]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    yield path
    path.unlink()


@pytest.mark.parametrize("name", ["city-ground", "city-zones"])
def test_a_file_is_kept_for_good_under_its_version(name, client):
    address = basemap.address(name)

    answer = client.get(address, headers={"Accept-Encoding": "gzip"})

    assert answer["Content-Type"] == "application/geo+json"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert int(answer["Content-Length"]) < 8_000
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("query", ["", "?v=older"])
def test_another_version_is_asked_for_each_time(query, client):
    assert client.get(f"/city/ground.geojson{query}")["Cache-Control"] == "public, no-cache"


def test_a_loaded_boundary_changes_the_version_and_is_drawn_coarsely(client, request):
    before = basemap.address("city-zones")
    request.getfixturevalue("boundary")
    after = basemap.address("city-zones")

    assert after != before
    features = client.get(after).json()["features"]
    real = [feature for feature in features if feature["properties"].get("kind") == "boundary"]
    assert len(real) == 1
    assert len(real[0]["geometry"]["coordinates"][0]) == 5, (
        "The point on the line between two others is gone."
    )


def test_a_city_that_has_drawn_nothing_has_an_empty_ground(client, monkeypatch, tmp_path):
    monkeypatch.setattr(
        settings,
        "CANDIA_CITY",
        settings.CANDIA_CITY.__class__(
            **{
                **{
                    name: getattr(settings.CANDIA_CITY, name)
                    for name in settings.CANDIA_CITY.__dataclass_fields__
                },
                "folder": tmp_path,
                "zones": None,
            }
        ),
    )

    assert client.get("/city/ground.geojson").json()["features"] == []
    assert client.get("/city/zones.geojson").json()["features"] == []
