"""What holds for every test, wherever it stands."""

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings(engines: object, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Django makes its test database once the engines run (see tests/engines_once.py)."""
