"""Made once: what a service's samples make for its commands, for all the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.db import transaction

from candia.contract.declared import samples
from candia.core.service import Service

Samples = dict[str, dict[str, Any]]


class MadeOnce:
    """The samples of one service's commands in an open transaction, until it is another service's turn."""

    def __init__(self) -> None:
        self._service = ""
        self._samples: Samples = {}
        self._standing: transaction.Atomic | None = None

    @contextmanager
    def of(self, service: Service) -> Iterator[Samples]:
        """The arguments of each command by its name, to be used as one likes: all is taken back at the end."""
        if service.name != self._service:
            self.take_back()
            self._standing = transaction.atomic()
            self._standing.__enter__()
            self._service, self._samples = service.name, samples(service).commands()
        with transaction.atomic():
            yield deepcopy(self._samples)
            transaction.set_rollback(True)

    def take_back(self) -> None:
        """Let nothing of it remain."""
        if self._standing is not None:
            transaction.set_rollback(True)
            self._standing.__exit__(None, None, None)
        self._service, self._samples, self._standing = "", {}, None
