"""Dummy: a service of the tests alone, whose things can be told every kind of order, and which has a feed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace


@contextmanager
def installed() -> Iterator[None]:
    """The city has the dummy service for a while, in this process."""
    from django.conf import settings

    from candia.contract.dummy.service import service
    from candia.core.service import entity_kinds, event_titles, services, subjects

    services()[service.name] = service
    city = settings.CANDIA_CITY
    settings.CANDIA_CITY = replace(
        city, feeds={**city.feeds, service.name: {feed.name: True for feed in service.feeds}}
    )
    kinds = {model.kind: model for model in service.entities}
    entity_kinds().update(kinds)
    subjects().update({subject.kind: subject for subject in service.subjects})
    event_titles.cache_clear()
    try:
        yield
    finally:
        settings.CANDIA_CITY = city
        del services()[service.name]
        for kind in kinds:
            del entity_kinds()[kind]
        for subject in service.subjects:
            del subjects()[subject.kind]
