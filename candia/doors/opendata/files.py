"""The files of open data, sent from disk a piece at a time, and not at all to who has them already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from candia.core.dataset import Dataset
from candia.core.errors import CandiaError, NotFound
from candia.core.service import Service, services
from candia.doors.opendata import formats
from candia.doors.opendata.snapshots import Snapshot, snapshot
from candia.doors.problems import problem

PIECE = 256 * 1024


def find(service: str, name: str) -> tuple[Service, Dataset]:
    """The dataset of this name; raises NotFound."""
    declared = services().get(service)
    for dataset in declared.datasets if declared else ():
        if declared and dataset.name == name:
            return declared, dataset
    raise NotFound


def download(request: HttpRequest, service: str, name: str, format: str) -> HttpResponseBase:
    """A dataset in one of its formats, with its tag and date."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    try:
        owner, dataset = find(service, name)
        offered = {one.name: one for one in formats.of(dataset, listed=False)}
        if format not in offered:
            return problem(NotFound())
        taken = snapshot(owner, dataset)
    except CandiaError as refused:
        return problem(refused)
    return sent(request, taken, offered[format])


def sent(request: HttpRequest, taken: Snapshot, format: formats.Format) -> HttpResponseBase:
    """One file of a snapshot: whole, as headers alone, or not at all where it is known."""
    path, tag = taken.file(format.name), taken.tags[format.name]
    headers = {
        "ETag": tag,
        "Last-Modified": http_date(taken.changed.timestamp()),
        "Cache-Control": "public, no-cache",
        "Content-Length": str(path.stat().st_size),
        "Content-Disposition": f'attachment; filename="{taken.folder.parent.name}.{format.name}"',
    }
    bare = HttpResponse(content_type=format.media_type, headers=headers)
    known = get_conditional_response(request, tag, int(taken.changed.timestamp()), bare)
    if known is not None and known.status_code != HTTPStatus.OK:
        return known
    if getattr(request, "headers_only", False):
        return bare
    pieces = _PiecesOnALoop(path) if isinstance(request, ASGIRequest) else _Pieces(path)
    return StreamingHttpResponse(pieces, content_type=format.media_type, headers=headers)


class _File:
    # Opened at once: a newer snapshot may take the file's name away before it is read.
    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")

    def close(self) -> None:
        self._file.close()


class _Pieces(_File):
    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(PIECE):
            yield piece


class _PiecesOnALoop(_File):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self._file.read, PIECE):
            yield piece
