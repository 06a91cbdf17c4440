"""File store: where the bytes of attachments lie, a folder of the home or a bucket; one random name for each.

Bytes are written before the row that names them and removed after it, so a row never stands without its file. What
a crash leaves over is a file that no row names, which `candia/core/attachment_sweep.py` removes.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.translation import gettext as _

from candia.config import Config
from candia.core import errors

log = logging.getLogger(__name__)
FOLDER = "attachments"


class Folder(FileSystemStorage):
    """A folder whose files are on the disk itself before anybody relies on them."""

    def _save(self, name: str, content: Any) -> str:
        kept: str = super()._save(name, content)  # type: ignore[misc]  # not in its stubs
        for path in (Path(self.path(kept)), Path(self.path(kept)).parent):
            there = os.open(path, os.O_RDONLY)
            try:
                os.fsync(there)
            finally:
                os.close(there)
        return kept


def backend(config: Config) -> dict[str, Any]:
    """Django's settings for the store: a folder of the home, or a bucket that none but the city reads."""
    if not config.files_to:
        return {"BACKEND": "candia.core.file_store.Folder"}
    bucket, _slash, prefix = config.files_to.removeprefix("s3://").partition("/")
    options = {
        "bucket_name": bucket,
        "location": prefix,
        "endpoint_url": config.files_s3_endpoint or None,
        "region_name": config.files_s3_region,
        "access_key": config.files_s3_key or None,
        "secret_key": config.files_s3_secret or None,
    }
    return {"BACKEND": "candia.core.bucket.Bucket", "OPTIONS": options}


def new_name() -> str:
    """A name that no address ever tells; its first two letters are the folder that it lies in."""
    name = secrets.token_hex(20)
    return f"{FOLDER}/{name[:2]}/{name}"


def write(files: Mapping[str, bytes]) -> None:
    """Keep these bytes under their paths; raises Unavailable."""
    with _telling():
        for path, content in files.items():
            _store().save(path, ContentFile(content))


def read(path: str) -> bytes:
    """The bytes under a path; raises NotFound, or Unavailable where the store does not answer."""
    with _telling(), _store().open(path) as file:
        content: bytes = file.read()
        return content


def remove(paths: Iterable[str]) -> None:
    """Delete these; one that is gone already is fine. Raises Unavailable."""
    with _telling():
        for path in paths:
            _store().delete(path)


def folders() -> Iterator[list[str]]:
    """The paths of all files, one folder after the other."""
    with _telling():
        try:
            names, _files = _store().listdir(FOLDER)
        except FileNotFoundError:
            return
        for name in names:
            yield [f"{FOLDER}/{name}/{file}" for file in _store().listdir(f"{FOLDER}/{name}")[1]]


def written(path: str) -> datetime:
    """When a file was written; raises NotFound, Unavailable."""
    with _telling():
        return _store().get_modified_time(path)


def _store() -> Storage:
    return storages["attachments"]


@contextmanager
def _telling() -> Iterator[None]:
    """Let what goes wrong there be told as one of the city's own errors."""
    try:
        yield
    except errors.CandiaError:
        raise
    except FileNotFoundError as gone:
        raise errors.NotFound(_("This file is not there any more.")) from gone
    except Exception as wrong:  # a bucket's library has errors of its own for each way in which it may fail
        if getattr(wrong, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
            raise
        log.exception("The store of files does not answer.")
        raise errors.Unavailable(_("The store of files does not answer. Try again in a minute.")) from wrong
