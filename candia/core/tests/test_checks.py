"""A city does not start on files of its own that a service can't use."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from candia.contract.dummy.service import Lamp
from candia.contract.dummy.service import service as dummy
from candia.core.capability import Capability
from candia.core.checks import examine
from candia.core.entity import Entity
from candia.core.service import Service, services
from candia.telemetry.derived import Derived
from candia.telemetry.observation import Property


def test_what_a_service_finds_wrong_with_the_citys_files_is_told_before_the_start() -> None:
    sentence = "parks.toml has trees = -1: write how many there are."
    parks = Service(name="parks", title="Parks", check=lambda: [sentence])

    assert [found.msg for found in examine([parks])] == [sentence]


def test_the_sample_citys_own_files_are_right() -> None:
    checked = [service for service in services().values() if service.check]

    assert {service.name for service in checked} >= {"dialogue", "water"}
    assert [told for service in checked for told in service.check()] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"on": Entity}, "does not own"),
        ({"state_property": "colour"}, "which is not declared"),
        ({"options": ("a", "b")}, "both options and bounds"),
        ({"low": 7, "high": 3}, "lowest value above its highest"),
        ({"lives": timedelta(0)}, "lives no time at all"),
        ({"momentary": True, "state_property": ""}, "must not live longer than 60 seconds"),
        ({"momentary": True, "lives": timedelta(seconds=9)}, "so no state reports it"),
    ],
)
def test_a_capability_that_makes_no_sense_is_told_before_the_start(wrong: dict[str, Any], said: str) -> None:
    level = Capability(name="level", on=Lamp, low=0, high=100, state_property="level")
    declared = replace(dummy, capabilities=(replace(level, **wrong),))

    (found,) = examine([declared])

    assert found.msg.startswith("dummy.level ")
    assert said in found.msg


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"of": ("level", "colour")}, "is derived from 'colour', which is not declared"),
        ({"of": ("level", "dark")}, "is derived from itself"),
        ({"every": timedelta(minutes=7)}, "in minutes that an hour is made of, or in whole hours"),
        ({"every": timedelta(minutes=90)}, "in minutes that an hour is made of, or in whole hours"),
    ],
)
def test_a_derived_property_that_makes_no_sense_is_told_before_the_start(
    wrong: dict[str, Any], said: str
) -> None:
    told = {"of": ("level",), "by": lambda level, *more: 100 - level, "every": timedelta(hours=1)}
    dark = Property("dark", derived=Derived(**told | wrong))

    (found,) = examine([replace(dummy, properties=(*dummy.properties, dark))])

    assert found.msg.startswith("dummy.dark")
    assert said in found.msg


def test_two_capabilities_of_one_name_are_told() -> None:
    twice = replace(dummy, capabilities=dummy.capabilities[:1] * 2)

    assert [found.id for found in examine([twice])] == ["candia.E004"]
    assert list(examine([dummy])) == []
