"""What somebody asks for who has more to show than words: pictures and PDFs on what they say."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core import attachment, errors
from candia.core.access import Person, author, per_hour, resident
from candia.core.attachment import Attachment
from candia.core.command import command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.upload import Upload
from candia.participation import text_cleaning
from candia.participation.attachments import of_comment
from candia.participation.commands.counting import aside, comment_on
from candia.participation.declaration import of
from candia.participation.models import Comment

#: So many hang on one thing, or on one comment.
MOST = 5
# What others have read and agreed with changes no more.
FRESH = timedelta(hours=1)


@command(
    event="participation.file_attached",
    title=gettext_lazy("File attached"),
    may=resident,
    limit=per_hour(60),
    idempotent=True,
)
def attach_file(
    by: Person, *, entity: Entity, file: Upload, alt: str = "", comment: int | None = None
) -> Happened:
    """Hang a picture or a PDF on one's own thing while it is being written, or on one's own fresh comment.

    The same file again is there once, with the newest words. A comment's goes with the account of whoever wrote it;
    a thing's is of the city's record, as the thing is.
    """
    home = _home(by, entity, comment)
    there = attachment.of(home)[home]
    if len(there) >= MOST and file.sha256 not in {one.sha256 for one in there}:
        wrong = _("At most %(count)d files fit here. Take one away first.") % {"count": MOST}
        raise errors.Refused(wrong, file=wrong)
    kept = attachment.attach(by, home, file, stays=comment is None)
    _describe(kept, alt or kept.alt)
    return aside(entity, "files", comment=comment)


@command(
    event="participation.file_described",
    title=gettext_lazy("Picture described"),
    may=resident,
    idempotent=True,
)
def describe_file(by: Person, *, entity: Entity, file: str, alt: str) -> Happened:
    """Say what a picture shows, for those who can't see it."""
    _describe(_own(by, entity, file), alt)
    return aside(entity, "files")


@command(
    event="participation.file_removed", title=gettext_lazy("File taken away"), may=resident, idempotent=True
)
def remove_file(by: Person, *, entity: Entity, file: str) -> Happened:
    """Take a file away from one's own thing while it is being written, or from one's own comment at any time."""
    attachment.remove([_own(by, entity, file)])
    return aside(entity, "files")


def _home(by: Person, thing: Entity, number: int | None) -> str:
    """The id on which this person may hang something now."""
    if not of(thing).attachments:
        raise errors.NotFound
    if number is None:
        return _thing(by, thing)
    said = comment_on(thing, number)
    if said.author_id != by.pk:
        raise errors.Forbidden
    if said.hidden_because or said.written < timezone.now() - FRESH:
        raise errors.Conflict(_("To this comment nothing can be added any more. Write another."))
    return of_comment(said.pk)


def _own(by: Person, thing: Entity, file: str) -> Attachment:
    """The file of this id that hangs on the thing or on a comment on it, where it is this person's to change."""
    found = Attachment.objects.filter(pk=file).first()
    if found is None:
        raise errors.NotFound
    if found.of == thing.pk:
        _thing(by, thing)
        return found
    mine = Comment.objects.filter(entity=thing.pk, author=by).values_list("pk", flat=True)
    if found.of not in map(of_comment, mine):
        raise errors.NotFound
    return found


def _thing(by: Person, thing: Entity) -> str:
    declared = of(thing)
    if not (declared.attachments and author(by, thing)):
        raise errors.Forbidden
    if declared.check is not None:
        declared.check(thing, "attach")
    return str(thing.pk)


def _describe(file: Attachment, alt: str) -> None:
    file.alt = text_cleaning.line(alt)[:200]
    file.save(update_fields=["alt"])
