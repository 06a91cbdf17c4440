"""Files: an attachment handed to whoever may read what it hangs on, and in such a way that it can do nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from candia.core import attachment, file_store
from candia.core.attachment import Attachment
from candia.core.upload import PDF, PICTURE

# By what the city found in it, never by what its sender called it.
TYPES = {PICTURE: "image/webp", PDF: "application/pdf"}


def file(request: HttpRequest, id: str, size: str = "") -> HttpResponse:
    """A picture to look at in one of its sizes, or a PDF to take along; the greatest where no size is named."""
    found = attachment.readable(id, request.user)
    path = found.path(size) if size else found.paths()[0]
    etag = f'"{found.sha256[:32]}-{size}"'
    # Whoever has it already is told so before anything is fetched.
    answer = get_conditional_response(request, etag=etag) or HttpResponse(
        file_store.read(path), content_type=TYPES[found.kind]
    )
    return _harmless(answer, found, etag)


def _harmless(answer: HttpResponse, found: Attachment, etag: str) -> HttpResponse:
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Content-Disposition"] = (
        content_disposition_header(not found.is_picture, found.name) or "attachment"
    )
    # A browser may keep it, but asks each time whether it may still be seen.
    answer["Cache-Control"] = "private, no-cache"
    answer["ETag"] = etag
    return answer
