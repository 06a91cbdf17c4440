"""A seat about which anyone may ask the city something: a kind that declares by when it is answered."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models

from candia.core.entity import Entity
from candia.core.service import entity_kinds
from candia.participation.declaration import Answers, Comments, Participation, Supports, days


class Seat(Entity):
    """A proxy, which needs no table of its own."""

    kind = "dummy.seat"
    title = "Seat"
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
    def published(cls) -> models.QuerySet["Seat"]:
        """All of them."""
        return cls.objects.all()


@contextmanager
def installed() -> Iterator[None]:
    """The city has seats for a while, in this process."""
    entity_kinds()[Seat.kind] = Seat
    try:
        yield
    finally:
        del entity_kinds()[Seat.kind]
