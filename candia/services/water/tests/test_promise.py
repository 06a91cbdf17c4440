"""What the city means to lose at most stands beside what it loses, and beside nothing that may not be told."""

import pytest
from django.urls import reverse

from candia.services.water import city, home, overview, promise
from candia.services.water.models import District
from candia.services.water.network import Network
from candia.services.water.tests.test_pages_public import measured

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(monkeypatch):
    """Lets a test say what stands in the city's water.toml."""
    return lambda **keys: monkeypatch.setattr(city, "own", lambda: keys)


def share() -> float:
    told = overview.whole(overview.public_glances()).share
    assert told is not None
    return told


@pytest.mark.parametrize(("part", "met"), [(0.5, False), (1.005, True)])
def test_losses_above_the_goal_are_not_what_was_promised_and_losses_below_are(part, met, own, client) -> None:
    measured()
    lost = share()
    own(losses=lost * part)

    [measure] = home.home()["measures"]
    page = client.get(reverse("water-losses")).content.decode()

    assert measure["met"] is met
    assert measure["value"] == str(round(lost * 100))
    assert f"το πολύ {round(lost * part * 100)} %" in measure["promise"]
    assert f"στόχος: το πολύ {round(lost * part * 100)} %" in page


def test_what_is_told_as_the_goal_itself_is_within_it(own) -> None:
    own(losses=0.25)

    assert promise.met(0.2549)
    assert not promise.met(0.2551)


def small() -> District:
    """A district of many homes, of whose meters too few report to be told."""
    place = measured(overview.FEW - 1).district
    District.objects.filter(pk=place.pk).update(connections=40)
    return place


def test_losses_of_a_few_meters_are_told_against_no_goal(own) -> None:
    own(losses=0.25)
    small()

    assert home.home()["measures"] == []


def test_a_district_of_few_meters_has_no_part_in_the_citys(own) -> None:
    own(losses=0.25)
    few, large = small(), measured().district
    told = overview.glances()

    [measure] = home.home()["measures"]

    assert told[few.pk].balance.input_m3 > 0
    assert measure["value"] == str(round(told[large.pk].balance.share * 100))


def test_a_city_that_has_set_no_goal_measures_without_one(own, client) -> None:
    own()
    measured()

    assert home.home()["measures"] == []
    assert "στόχος" not in client.get(reverse("water-losses")).content.decode()


@pytest.mark.parametrize("value", [25, 0.0, 1.0, -0.2, "a quarter", True, float("nan")])
def test_a_goal_that_makes_no_sense_is_one_sentence_at_the_start(value, own) -> None:
    own(losses=value)

    [told] = city.check()

    assert told.startswith(f"water.toml has losses = {value!r}")


def test_a_city_of_its_own_needs_no_more_of_the_file_than_the_goal(tmp_path) -> None:
    (tmp_path / "water.toml").write_text("losses = 0.3\n")

    assert Network.read(tmp_path) is None
