"""Dummy: a service of the tests alone, whose things can be told every kind of order."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def installed() -> Iterator[None]:
    """The city has the dummy service for a while, in this process."""
    from candia.contract.dummy.service import service
    from candia.core.service import entity_kinds, event_titles, services, subjects

    services()[service.name] = service
    kinds = {model.kind: model for model in service.entities}
    entity_kinds().update(kinds)
    subjects().update({subject.kind: subject for subject in service.subjects})
    event_titles.cache_clear()
    try:
        yield
    finally:
        del services()[service.name]
        for kind in kinds:
            del entity_kinds()[kind]
        for subject in service.subjects:
            del subjects()[subject.kind]
