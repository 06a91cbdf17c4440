"""Pages as text that a test can hold against: what stands in them, whatever their templates' blanks."""

import re

from django.http import HttpResponse


def tight(page: HttpResponse) -> str:
    """A page without the blanks around its tags and between their attributes."""
    text = re.sub(r"\s*([<>])\s*", r"\1", page.content.decode())
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"\s+", " ", tag[0]), text)
