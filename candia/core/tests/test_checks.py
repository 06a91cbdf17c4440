"""A city does not start on files of its own that a service can't use."""

from candia.core.checks import examine
from candia.core.service import Service, services


def test_what_a_service_finds_wrong_with_the_citys_files_is_told_before_the_start() -> None:
    sentence = "parks.toml has trees = -1: write how many there are."
    parks = Service(name="parks", title="Parks", check=lambda: [sentence])

    assert [found.msg for found in examine([parks])] == [sentence]


def test_the_sample_citys_own_files_are_right() -> None:
    checked = [service for service in services().values() if service.check]

    assert {service.name for service in checked} >= {"dialogue", "water"}
    assert [told for service in checked for told in service.check()] == []
