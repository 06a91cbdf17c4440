"""Loading a table of things: the good rows come in, the bad ones are told, a second time changes nothing."""

import json
from pathlib import Path

import pytest
from shapely.geometry import box

from candia.core.entity import Entity
from candia.core.load import load

pytestmark = pytest.mark.django_db


class LampPost(Entity):
    """A thing of the tests."""

    kind = "tests.lamp"

    class Meta:
        proxy = True
        app_label = "core"


def table(folder: Path, *lines: str) -> Path:
    path = folder / "lamps.csv"
    path.write_text("\n".join(["id,name,lon,lat", *lines]), "utf-8")
    return path


def test_good_rows_come_in_and_bad_ones_are_told_by_number(tmp_path: Path) -> None:
    path = table(
        tmp_path, "1,Λάμπα,25.13,35.34", ",nameless,25,35", "3,far,425.1,35.3", '4,Δεκαδικά,"25,14","35,33"'
    )

    report = load(path, LampPost)

    assert [number for number, _ in report.bad] == [2, 3]
    assert "no id" in report.bad[0][1]
    assert "425.1" in report.bad[1][1]
    assert dict(Entity.objects.values_list("id", "lon")) == {"tests.lamp:1": 25.13, "tests.lamp:4": 25.14}


def test_a_dry_run_says_the_same_and_changes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, "1,a,25.13,35.34", "2,b,25.13,35.34")

    assert load(path, LampPost, dry_run=True) == load(path, LampPost)
    assert Entity.objects.count() == 2


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, "1,a,25.13,35.34")
    load(path, LampPost)

    report = load(path, LampPost)

    assert (report.made, report.changed, report.same) == (0, 0, 1)


def test_a_map_gives_place_shape_and_zone(tmp_path: Path) -> None:
    path = tmp_path / "lamps.geojson"
    square = {"type": "Polygon", "coordinates": [[[25, 35], [25.1, 35], [25.1, 35.1], [25, 35.1], [25, 35]]]}
    crossed = {"type": "Polygon", "coordinates": [[[25, 35], [25.1, 35.1], [25.1, 35], [25, 35.1], [25, 35]]]}
    features = [
        {"type": "Feature", "id": "1", "properties": {"name": "a"}, "geometry": square},
        {"type": "Feature", "id": "2", "properties": {"name": "b"}, "geometry": crossed},
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")

    report = load(path, LampPost, zones={"centre": box(24, 34, 26, 36)})

    assert [number for number, _ in report.bad] == [2]
    lamp = Entity.objects.get()
    assert lamp.zone == "centre"
    assert lamp.point()["type"] == "Polygon"


def test_an_unknown_column_is_told_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "lamps.csv"
    path.write_text("id,watts\n1,40\n", "utf-8")

    report = load(path, LampPost)

    assert "watts" in report.bad[0][1]
