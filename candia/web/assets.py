"""Assets: the built front end, as it was packed when it was built, for browsers to keep."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path

from candia.web.bounds import Application, Receive, Scope, Send
from candia.web.packing import accepted

PREFIX = "/static/"
#: A name with a hash says the same for ever; any other may change with the next version.
FOR_EVER, FOR_A_DAY = "public, max-age=31536000, immutable", "public, max-age=86400"
ENDINGS = {"br": ".br", "gzip": ".gz"}
#: What the system's own table may not know, or know otherwise.
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
#: Files that stay in memory: those of this build and what is left of the one before.
MOST = 64

Header = tuple[bytes, bytes]


class Assets:
    """Answers `/static/…` from the folder of built files; all other requests go on to the application."""

    def __init__(self, application: Application, folder: Path) -> None:
        self._application = application
        # Only what was there at the start has an address, so none leads anywhere else.
        self._files = {
            path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
        }
        self._read = lru_cache(MOST)(_read)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD with the file in the form that the browser takes."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._application(scope, receive, send)
            return
        status, headers, body = self._found(scope)
        headers = [*headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _found(self, scope: Scope) -> tuple[int, list[Header], bytes]:
        name = scope["path"].removeprefix(PREFIX)
        if scope["method"] not in {"GET", "HEAD"}:
            return HTTPStatus.METHOD_NOT_ALLOWED, [(b"allow", b"GET, HEAD")], b""
        if name not in self._files:
            return HTTPStatus.NOT_FOUND, [], b""
        asked = dict(scope["headers"])
        how = accepted(asked.get(b"accept-encoding", b"").decode("latin1"))
        packed = self._files.get(name + ENDINGS.get(how, ""), self._files[name])
        tag, body = self._read(packed)
        headers = [
            (b"content-type", _type(name)),
            (b"cache-control", (FOR_EVER if name.startswith("assets/") else FOR_A_DAY).encode()),
            (b"etag", tag),
            (b"vary", b"accept-encoding"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if tag in asked.get(b"if-none-match", b""):
            return HTTPStatus.NOT_MODIFIED, headers, b""
        if packed is not self._files[name]:
            headers.append((b"content-encoding", how.encode()))
        return HTTPStatus.OK, headers, body


def _read(path: Path) -> tuple[bytes, bytes]:
    body = path.read_bytes()
    return f'"{sha256(body).hexdigest()[:16]}"'.encode(), body


def _type(name: str) -> bytes:
    return (TYPES.get(Path(name).suffix) or guess_type(name)[0] or "application/octet-stream").encode()
