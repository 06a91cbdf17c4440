"""The words of a service from outside: each has a translation in each language of the city, and only one.

Those of Candia itself are held by the repository's own run, which also knows the languages' rules.
"""

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
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
def test_what_is_translated_is_what_the_city_reads(service: Service, language: str) -> None:
    path = translations.catalogue(home(service), language)
    if not path.exists():
        return
    with path.with_suffix(".mo").open("rb") as file:
        read = said(read_mo(file))

    assert read == said(translations.read(home(service), language)), "run `candia words` on the folder"


def said(catalogue: Catalog) -> dict[tuple[str, object], object]:
    """What is translated; of a compiled catalogue contexts come as bytes."""
    return {
        (one.context.decode() if isinstance(one.context, bytes) else one.context or "", one.id): one.string
        for one in catalogue
        if one.id and one.string
    }
