"""Attachment sweep: once a night, rows and files are made to agree again after whatever happened."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import CharField, Exists, F, Func, OuterRef, Value
from django.utils import timezone
from procrastinate.contrib.django import app

from candia.core import errors, file_store
from candia.core.attachment import Attachment, remove
from candia.core.entity import Entity
from candia.core.service import entity_kinds

log = logging.getLogger(__name__)
# A file is older than its row by the length of a transaction; after a day nobody is about to name it.
GRACE = timedelta(days=1)


@app.periodic(cron="53 4 * * *")
@app.task(name="core.sweep_attachments", queueing_lock="core.sweep_attachments", pass_context=False)
def sweep(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Take away what hangs on things that are gone, and files that no row names and none will."""
    gone, left = orphans(), leftovers()
    if gone or left:
        log.info("Swept %d attachments of things that are gone and %d files without a row.", gone, left)


def orphans() -> int:
    """Remove what hangs on entities that are no more; how many.

    Of a kind that this city has switched off nobody knows, so it stays.
    """
    kind = Func(F("of"), Value(":"), Value(1), function="split_part", output_field=CharField())
    gone = Attachment.objects.annotate(kind_of=kind).filter(
        ~Exists(Entity.objects.filter(pk=OuterRef("of"))), kind_of__in=list(entity_kinds())
    )
    those = list(gone)
    remove(those)
    return len(those)


def leftovers() -> int:
    """Remove files that no row names and that are older than a transaction can be; how many."""
    count = 0
    for paths in file_store.folders():
        names = {path: path.rpartition("-")[0] for path in paths}
        known = set(Attachment.objects.filter(file__in=set(names.values())).values_list("file", flat=True))
        old = [path for path, name in names.items() if name not in known and _is_old(path)]
        file_store.remove(old)
        count += len(old)
    return count


def _is_old(path: str) -> bool:
    try:
        return file_store.written(path) < timezone.now() - GRACE
    except errors.NotFound:
        return False
