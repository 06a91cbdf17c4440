"""The words of a service from outside: each has a translation in each language of the city, and only one.

Those of Candia itself are held by the repository's own run, which also knows the languages' rules.
"""

import pytest
from django.conf import settings

from candia import translations
from candia.contract.declared import home, outside
from candia.core.service import Service

LANGUAGES = [code for code in settings.CANDIA_CITY.languages if code != "en"]
EACH = [
    pytest.param(service, code, id=f"{service.name}.{code}") for service in outside() for code in LANGUAGES
]


@pytest.mark.parametrize(("service", "language"), EACH)
def test_what_a_service_says_is_translated_once(service: Service, language: str) -> None:
    folder, others = home(service), dict(translations.elsewhere(home(service), language))

    assert not translations.examine(folder, language, others).untranslated
    assert not translations.clashes(folder, language, others)


@pytest.mark.parametrize(("service", "language"), EACH)
def test_what_is_translated_is_compiled(service: Service, language: str) -> None:
    catalogue = translations.catalogue(home(service), language)

    if catalogue.exists():
        assert catalogue.with_suffix(".mo").read_bytes() == translations.compiled(home(service), language)
