"""What holds for every test, wherever it stands."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests import clock

# How long an example takes says something about the machine and what else it does, not about Candia.
settings.register_profile("candia", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("candia")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--moment "2026-10-25 03:30"`: every test runs as if it were that moment of the city's clock."""
    parser.addoption(
        "--moment", help='as if it were then, such as "2026-10-25 03:30", with " fold" the second time'
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `any_hour` runs at each of the moments at which days and years begin and clocks change."""
    if metafunc.definition.get_closest_marker("any_hour"):
        metafunc.parametrize("_clock", clock.FEW, indirect=True)


@pytest.fixture(autouse=True)
def _clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """The moment at which a test runs, if not now."""
    told = getattr(request, "param", None) or request.config.getoption("--moment")
    if told is None:
        yield
        return
    with clock.standing_at(told):
        yield


# What takes longest and needs no records of ours begins first, so that no worker is left alone with it at the end.
LONGEST = (
    "tests/journeys/",
    "tests/backup/",
    "tests/engines/test_bad_day.py",
    "tests/engines/test_sample_city.py",
)


class ByFile(LoadScopeScheduling):
    """Where workers share the tests, each file goes to one of them, and all journeys with their one city."""

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, LONGEST), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """How the workers share the tests."""
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)  # after pytest-django has put what needs no records at the end
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
