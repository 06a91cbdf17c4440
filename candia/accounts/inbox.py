"""What waits at the desk for the clerk who verifies residents."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.accounts.models import Letter
from candia.core.access import Person, clerk
from candia.core.inbox import Item


def waiting(by: Person) -> Iterator[Item]:
    """The letters with a code that wait to be printed, as one pile."""
    if not clerk(by):
        return
    pile = Letter.objects.filter(printed=None).aggregate(n=Count("pk"), since=Min("asked"))
    if pile["n"]:
        yield Item(
            key="people.letters",
            service="people",
            kind=_("Letters to print"),
            title=ngettext("%(n)d letter is to be printed", "%(n)d letters are to be printed", pile["n"])
            % pile,
            url=reverse("people-desk-letters"),
            since=pile["since"],
            severity="moderate",
        )
