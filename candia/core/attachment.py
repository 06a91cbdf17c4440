"""Attachment: a picture or a PDF that hangs on a thing of the city, and is read by whoever may read that thing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors, file_store, upload
from candia.core.access import Actor, Person
from candia.core.entity import Entity
from candia.core.service import entity_kinds, subjects
from candia.core.upload import PDF, PICTURE, SUFFIX, Upload

MEGABYTE = 1024 * 1024
#: What one thing may hold, and what one person may add: files, bytes as they are kept.
OF_A_THING = (30, 100 * MEGABYTE)
IN_AN_HOUR, IN_A_DAY = 120, 500 * MEGABYTE


Thing = TypeVar("Thing", bound=Entity)


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_urlsafe(24)


class Attachment(models.Model):
    """A file and what it hangs on: `of` is the id of an Entity, or of a Subject that some floor declares.

    `id` can't be guessed, and is asked about at each read all the same. `size` is the bytes of what is opened,
    `sha256` the hash of the file as it was sent, by which a sender knows that it has arrived. One that `stays` is
    of the city's record and outlives the account that added it, without its name; all others go with the account.
    """

    KINDS = ((PICTURE, __("Picture")), (PDF, "PDF"))

    id = models.CharField(primary_key=True, max_length=40, default=new_id, editable=False)
    of = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=KINDS)
    name = models.CharField(__("name"), max_length=120)
    alt = models.CharField(__("what the picture shows"), max_length=200, blank=True)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    file = models.CharField(max_length=80, unique=True)
    stays = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["of", "created"], name="attachment_of"),
            models.Index(fields=["by", "created"], name="attachment_by"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Whether it can be looked at on a page."""
        return self.kind == PICTURE

    def path(self, size: str) -> str:
        """Where the bytes of a size lie; raises NotFound for a size that there is none of."""
        if size not in (upload.SIZES if self.is_picture else (upload.WHOLE,)):
            raise errors.NotFound
        return f"{self.file}-{size}{SUFFIX[self.kind]}"

    def paths(self) -> list[str]:
        """All of them, the one that is opened first."""
        return [self.path(size) for size in (upload.SIZES if self.is_picture else (upload.WHOLE,))]


def attach(by: Actor, to: Entity | str, file: Upload, *, alt: str = "", stays: bool = False) -> Attachment:
    """Hang a judged file on a thing, within the transaction of the command that calls this.

    Whether they may is for that command to say. The same file of the same person on the same thing is there once:
    asked for again it answers with the first. Raises Refused where the thing holds too much, TooMany where the
    person has added too much, Unavailable where the bytes can't be kept.
    """
    of = to if isinstance(to, str) else to.pk
    if _kind(of) not in subjects() and _kind(of) not in entity_kinds():
        raise ValueError(f"Nobody could read what hangs on {of!r}: it is of no declared kind.")
    person = by if isinstance(by, Person) else None
    with transaction.atomic():
        _one_at_a_time(by.actor_id, of)
        mine = Attachment.objects.filter(of=of, by=person, sha256=file.sha256).first()
        if mine is not None:
            return mine
        _keep_limits(person, of, file)
        kept = Attachment(of=of, by=person, alt=" ".join(alt.split())[:200], stays=stays)
        for name in ("kind", "name", "size", "width", "height", "sha256"):
            setattr(kept, name, getattr(file, name))
        kept.file = file_store.new_name()
        file_store.write({kept.path(size): content for size, content in file.files.items()})
        kept.save(force_insert=True)
    return kept


def readable(id: str, by: object) -> Attachment:
    """The attachment of this id, for whoever may read what it hangs on; raises NotFound for all others."""
    found = Attachment.objects.filter(pk=id).first()
    if found is None or not _visible(found.of, by if isinstance(by, Person) else None):
        raise errors.NotFound
    return found


def of(*things: Entity | str) -> dict[str, list[Attachment]]:
    """What hangs on these, by their ids and in the order in which it came: one query.

    Whether a reader may know of the things has been asked before.
    """
    ids = [thing if isinstance(thing, str) else thing.pk for thing in things]
    found: dict[str, list[Attachment]] = {id: [] for id in ids}
    for one in Attachment.objects.filter(of__in=ids).order_by("created", "pk"):
        found[one.of].append(one)
    return found


def by_kind(files: Iterable[Attachment]) -> dict[str, Any]:
    """These as the template `components/attachments.html` draws them: `pictures` and `documents`."""
    files = list(files)
    return {
        "pictures": [one for one in files if one.is_picture],
        "documents": [one for one in files if not one.is_picture],
    }


def illustrated(things: Iterable[Thing]) -> list[Thing]:
    """These things, each with the first picture that hangs on it as its `picture`, for a list: one query."""
    things = list(things)
    found = of(*things)
    for thing in things:
        thing.picture = next(  # type: ignore[attr-defined]  # for the template
            (one for one in found[thing.pk] if one.is_picture), None
        )
    return things


def remove(those: Iterable[Attachment]) -> None:
    """Take these away: the rows at once, their bytes when the transaction has ended well."""
    those = list(those)
    Attachment.objects.filter(pk__in=[one.pk for one in those]).delete()
    paths = [path for one in those for path in one.paths()]
    # What can't be removed now is removed by the sweep.
    transaction.on_commit(partial(file_store.remove, paths), robust=True)


def _visible(of: str, person: Person | None) -> bool:
    kind = _kind(of)
    if subject := subjects().get(kind):
        return subject.visible(of, person)
    model = entity_kinds().get(kind)
    return model is not None and model.visible_to(person).filter(pk=of).exists()


def _kind(of: str) -> str:
    return of.partition(":")[0]


def _one_at_a_time(actor: str, of: str) -> None:
    # Those who come at once are counted one after the other, or a limit would hold for none of them.
    with connection.cursor() as cursor:
        for name in (actor, of):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"attach {name}"])


def _keep_limits(person: Person | None, of: str, file: Upload) -> None:
    count, most = OF_A_THING
    there = Attachment.objects.filter(of=of)
    if there.count() >= count or _bytes(there) + file.size > most:
        wrong = _("No more fits here: at most %(count)d files, %(most)d MB in all. Take one away first.") % {
            "count": count,
            "most": most // MEGABYTE,
        }
        raise errors.Refused(wrong, file=wrong)
    if person is None:
        return
    mine = Attachment.objects.filter(by=person)
    hour, day = (timezone.now() - timedelta(hours=hours) for hours in (1, 24))
    if (
        mine.filter(created__gte=hour).count() >= IN_AN_HOUR
        or _bytes(mine.filter(created__gte=day)) + file.size > IN_A_DAY
    ):
        wrong = _("You have sent very many files in a short time. Send the rest later.")
        raise errors.TooMany(wrong, file=wrong)


def _bytes(those: models.QuerySet[Attachment]) -> int:
    return those.aggregate(all=Sum("size"))["all"] or 0
