"""Queue: whoever is told of something on their devices, in the transaction of what they are told of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from candia.accounts.push.models import Pushed, PushSettings, Subscription
from candia.core import bulk

#: A browser is told so often in an hour; what happens beyond that stands on the pages, and in the mail.
AN_HOUR = 30


def tell(kind: str, told: Mapping[int, int]) -> None:
    """Let these persons' browsers be told, of each person which number of the kind; each browser once."""
    from candia.accounts.push.delivery import drain

    if not told:
        return
    lately = Q(pushes__made__gt=timezone.now() - timedelta(hours=1))
    browsers = (
        Subscription.objects.filter(person__in=told)
        .exclude(person__in=PushSettings.objects.filter(without__contains=[kind]).values("person"))
        .annotate(lately=Count("pushes", filter=lately))
        .filter(lately__lt=AN_HOUR)
    )
    found = list(browsers.values_list("pk", "person"))
    rows = [Pushed(subscription_id=pk, kind=kind, number=told[person]) for pk, person in found]
    bulk.insert(rows, unless_there=True)
    for pk, _person in found:
        drain.configure(lock=f"push:{pk}").defer(subscription=pk)
