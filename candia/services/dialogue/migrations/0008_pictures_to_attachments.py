"""Pictures of proposals become attachments, as any other thing has them: row, words and both sizes of the file.

The bytes are written under their new names before the rows, and the old files go once all of it has ended well; what
a crash leaves over is either a file without a row, which the nightly sweep of attachments removes, or an old file
that nothing names.
"""

import hashlib
import logging
import secrets
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import migrations, transaction

from candia.core import file_store

SIZES = ("large", "small")
ROWS = """
    SELECT picture.proposal_id, picture.file, picture.width, picture.height, picture.alt, proposal.author_id, entity.created
    FROM dialogue_picture AS picture
    JOIN dialogue_proposal AS proposal ON proposal.entity_ptr_id = picture.proposal_id
    JOIN core_entity AS entity ON entity.id = picture.proposal_id
    ORDER BY picture.id
"""
log = logging.getLogger(__name__)


def move(apps, schema_editor):
    """Hang each picture on its proposal; of one whose file is lost there is nothing to show."""
    Attachment = apps.get_model("core", "Attachment")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ROWS)
        rows = cursor.fetchall()
    done = []
    for proposal, file, width, height, alt, author, created in rows:
        old = {size: Path(settings.MEDIA_ROOT) / "dialogue" / f"{file}-{size}.webp" for size in SIZES}
        there = {size: path.read_bytes() for size, path in old.items() if path.is_file()}
        if not there:
            log.warning("The picture of %s has no file any more and is left out.", proposal)
            continue
        large = there.get("large") or there["small"]
        name = file_store.new_name()
        file_store.write({f"{name}-{size}.webp": there.get(size, large) for size in SIZES})
        kept = Attachment.objects.create(
            id=secrets.token_urlsafe(24), of=proposal, kind="picture", name="picture.webp", alt=alt,
            size=len(large), width=width, height=height, sha256=hashlib.sha256(large).hexdigest(),
            file=name, stays=True, by_id=author,
        )
        Attachment.objects.filter(pk=kept.pk).update(created=created)
        done += old.values()
    with schema_editor.connection.cursor() as cursor:
        # The table can't be dropped while the keys of these rows wait to be looked at.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    transaction.on_commit(partial(_remove, done), robust=True)


def _remove(paths):
    for path in paths:
        path.unlink(missing_ok=True)


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0007_sounds_as_the_core_says"),
        ("core", "0011_attachments"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="Picture"),
    ]
