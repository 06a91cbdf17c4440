"""People of participation's tests, and a folder of their own for pictures."""

import pytest

from candia.core.access import Grant, Person
from candia.participation.tests.samples import person


@pytest.fixture(autouse=True)
def _pictures(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def maria(db) -> Person:
    return person("maria")


@pytest.fixture
def nikos(db) -> Person:
    return person("nikos")


@pytest.fixture
def moderator(db) -> Person:
    return person("moderator", Grant.MODERATOR)


@pytest.fixture
def officer(db) -> Person:
    return person("officer", Grant.OPERATOR)
