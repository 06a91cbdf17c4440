"""What holds for every test, wherever it stands."""

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    engines: object,  # noqa: ARG001 — they run from here on (see tests/engines_once.py)
    django_db_modify_db_settings_parallel_suffix: None,  # noqa: ARG001
) -> None:
    """Django makes its test database once the engines run, and the store has its tables."""
    from candia.core.telemetry import store

    store().prepare()
