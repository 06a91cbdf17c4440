"""A bench about which anyone may ask the city something: a kind that declares by when it is answered."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models

from candia.core.entity import Entity
from candia.core.service import entity_kinds
from candia.participation.declaration import Answers, Comments, Participation, Supports, days


class Bench(Entity):
    """A proxy, which needs no table of its own."""

    kind = "dummy.bench"
    title = "Bench"
    participation = Participation(
        comments=Comments(),
        follow=True,
        support=Supports(),
        answers=Answers(within=days(15), after="participation.commented"),
    )

    class Meta:
        proxy = True
        app_label = "core"

    @classmethod
    def published(cls) -> models.QuerySet["Bench"]:
        """All of them."""
        return cls.objects.all()


@contextmanager
def installed() -> Iterator[None]:
    """The city has benches for a while, in this process."""
    entity_kinds()[Bench.kind] = Bench
    try:
        yield
    finally:
        del entity_kinds()[Bench.kind]
