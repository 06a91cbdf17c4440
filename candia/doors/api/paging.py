"""Paging: a page and the address of the next one, which begins after the last thing on this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Query

from candia.core.errors import Refused
from candia.core.numbers import number_of

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=1000, description=gettext_noop("How many at most."))]
After = Annotated[
    str,
    Query(
        max_length=200,
        description=gettext_noop("Begin after this one; take it from the address of the next page."),
    ),
]


def paged(
    request: HttpRequest,
    response: HttpResponse,
    found: Sequence[Item],
    limit: int,
    after: Callable[[Item], Any],
    as_dict: Callable[[Item], Any],
) -> dict[str, Any]:
    """The first `limit` of what was found, as told; ask for one more, so that the next page is known."""
    shown = found[:limit]
    following = None
    if len(found) > limit:
        query = request.GET.copy()
        query["after"] = str(after(shown[-1]))
        following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        response["Link"] = f'<{following}>; rel="next"'
    return {"items": [as_dict(one) for one in shown], "next": following}


def number(after: str) -> int:
    """Where a numbered list goes on; raises Refused."""
    found = number_of(after, -1)
    if found < 0:
        sentence = _("Take the address of the next page as it is.")
        raise Refused(sentence, after=sentence)
    return found
