"""What waits at the desk for the clerk who verifies residents, and for administrators."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from candia.accounts.models import Letter, Webhook
from candia.core.access import Person, administrator, clerk
from candia.core.inbox import Item


def waiting(by: Person) -> Iterator[Item]:
    """The letters with a code that wait to be printed, as one pile; webhooks that were switched off."""
    if administrator(by):
        yield from _silent_webhooks()
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


def _silent_webhooks() -> Iterator[Item]:
    off = Webhook.objects.filter(ended=None, integration__stopped=None).exclude(off_since=None)
    for hook in off.select_related("integration"):
        yield Item(
            key=f"people.webhook:{hook.pk}",
            service="people",
            kind=_("Webhook switched off"),
            title=_("%(program)s has not been reached for days") % {"program": hook.integration},
            url=reverse("people-desk-webhook", args=[hook.integration_id, hook.pk]),
            since=hook.off_since,
            severity="moderate",
        )
