"""Entity changes: whoever keeps something beside the things is told which of them were written, in bulk as well."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from django.db import models, transaction

#: Told of the ids of the things that were written, within the transaction that wrote them.
Listener = Callable[[Collection[str]], object]
Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)
_listeners: tuple[Listener, ...] = ()


def listen(*listeners: Listener) -> None:
    """Hand in all that listen to changes from now on; done once, at the start of a process."""
    global _listeners  # noqa: PLW0603 — who listens is a matter of the process
    _listeners = listeners


def tell(ids: Collection[str]) -> None:
    """Say that these were written; whoever writes past Django's models says it themselves."""
    if ids:
        for listener in _listeners:
            listener(ids)


class Things(models.QuerySet[Row_co]):
    """Rows of entities; what is written for many of them at once is told like what is saved one by one."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Make many, and say so."""
        with transaction.atomic(using=self.db):
            made = super().bulk_create(objs, *args, **kwargs)
            tell([one.pk for one in made])
        return made

    def update(self, **changes: Any) -> int:
        """Change many, `bulk_update` included, and say so."""
        with transaction.atomic(using=self.db):
            # What is changed may be just what they were chosen by.
            ids = list(self.order_by().values_list("pk", flat=True))
            done = super().update(**changes)
            tell(ids)
        return done

    update.alters_data = True  # type: ignore[attr-defined]  # no template may call it


Written = models.Manager.from_queryset(Things)
