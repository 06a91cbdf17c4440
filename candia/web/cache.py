"""The cache in the database, which says so when it can't be written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import OperationalError, connections, router


class Cache(DatabaseCache):
    """Django's own takes a full disk for "somebody else wrote first": who signs in was told to be patient."""

    def _base_set(self, mode: str, key: str, value: object, timeout: Any = None) -> bool:
        failed: list[OperationalError] = []

        def watched(execute: Callable[..., Any], *told: Any) -> Any:
            try:
                return execute(*told)
            except OperationalError as error:
                failed.append(error)
                raise

        where = router.db_for_write(self.cache_model_class)
        with connections[where].execute_wrapper(watched):
            done: bool = super()._base_set(mode, key, value, timeout)  # type: ignore[misc]
        if failed:
            raise failed[0]
        return done
