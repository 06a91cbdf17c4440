"""What holds for every test, of Candia's and of services from outside."""

import os

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

# A good hash takes a tenth of a second and 100 MB on purpose; the tests open hundreds of accounts.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    engines: object,
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Django makes its test database once the engines run, the store has its tables and the stream is there."""
    import asyncio

    from candia.config import Config
    from candia.core.telemetry import store
    from candia.parts import prepare_stream

    store().prepare()
    asyncio.run(prepare_stream(Config.read(os.environ)))


@pytest.fixture(autouse=True)
def _nothing_shared() -> None:
    """No test is shown a page that another one made."""
    from candia.core.page_cache import forget

    forget()


@pytest.fixture(autouse=True)
def _first_language() -> None:
    """A test begins in the city's first language, whatever the page before it was in."""
    from django.conf import settings
    from django.utils import translation

    translation.activate(settings.LANGUAGE_CODE)
