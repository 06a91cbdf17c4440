"""Idempotency: a form that arrives twice, or thirty times at once, is carried out one time.

Each form that is posted carries a key of its own (the hidden field `once`, see `ui/templatetags/posted.py`). A
command that is asked for under a key writes it down in the transaction of its event; whoever comes with the same
key again, also while the first is still at work, waits for it and gets the first's event.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, is_dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import connection, models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from candia.core import errors
from candia.core.event import Event

#: The name of the hidden field.
FIELD = "once"
# Nobody sends a form again after so long.
TERM = timedelta(days=7)


class UsedOtherwise(errors.Conflict):
    """A key was used before, for something else."""


class IdempotencyKey(models.Model):
    """That somebody's command was carried out under a key, and its event; forgotten after a week.

    Of the key and of what was asked for only hashes are kept.
    """

    actor = models.CharField(max_length=120)
    command = models.CharField(max_length=80)
    key = models.CharField(max_length=64)
    content = models.CharField(max_length=64)
    event = models.ForeignKey("core.Event", models.PROTECT, null=True, related_name="+")
    made = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "command", "key"], name="carried_out_once")]

    def __str__(self) -> str:
        return f"{self.command} {self.actor}"


_key: ContextVar[Callable[[], str]] = ContextVar("once", default=str)


@contextmanager
def asked_for(key: Callable[[], str]) -> Iterator[None]:
    """Give every command within this key, unless it is given one itself; `key` is called only when one asks."""
    before = _key.set(key)
    try:
        yield
    finally:
        _key.reset(before)


def asked() -> str:
    """The key of the form at hand; empty where there is none."""
    return _key.get()()


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return secrets.token_urlsafe(18)


def derived(purpose: str, *about: str) -> bytes:
    """256 bits that follow from the key of the form at hand: the same for a form sent again, unknown to all others.

    Random where there is no key. For what is made with a command and shown one time, such as a secret.
    """
    if not asked():
        return secrets.token_bytes(32)
    material = json.dumps([asked(), *about])
    return salted_hmac(f"once.{purpose}", material, secret=settings.SECRET_KEY, algorithm="sha256").digest()


def claim(actor: str, command: str, key: str, arguments: Mapping[str, Any]) -> Event | int:
    """The event of who came first under this key, or, for the first itself, the number of the claim to fulfil.

    Waits, within the caller's transaction, while another is at work under the same key. Raises UsedOtherwise
    where the key was used for something else.
    """
    hashed, content = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(), _content(arguments)
    with connection.cursor() as cursor:
        # The unique index makes whoever comes second wait here until the first has committed or given up.
        cursor.execute(
            "INSERT INTO core_idempotencykey (actor, command, key, content, made) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (actor, command, key) DO NOTHING RETURNING id",
            [actor, command, hashed, content, timezone.now()],
        )
        if row := cursor.fetchone():
            return int(row[0])
    first = IdempotencyKey.objects.select_related("event").get(actor=actor, command=command, key=hashed)
    if first.content != content or first.event is None:
        raise UsedOtherwise(
            _(
                "This form was sent before with something else in it. See what stands there now, then send again."
            )
        )
    return first.event


def fulfil(number: int, event: Event) -> None:
    """Write down what a claim has led to."""
    IdempotencyKey.objects.filter(pk=number).update(event=event)


@app.periodic(cron="41 3 * * *")
@app.task(
    name="core.forget_idempotency_keys", queueing_lock="core.forget_idempotency_keys", pass_context=False
)
def forget(timestamp: int) -> None:  # noqa: ARG001 — procrastinate's signature
    """Once a night: forget the keys that have served their term."""
    IdempotencyKey.objects.filter(made__lt=timezone.now() - TERM).delete()


def _content(arguments: Mapping[str, Any]) -> str:
    """A hash of what is asked for, by which nobody without the city's secret can guess at it."""
    material = json.dumps({name: _plain(value) for name, value in sorted(arguments.items())}, default=str)
    return salted_hmac("once.content", material, algorithm="sha256").hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, File) or hasattr(value, "seek"):
        digest = hashlib.file_digest(value, "sha256").hexdigest()
        value.seek(0)
        return digest
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
