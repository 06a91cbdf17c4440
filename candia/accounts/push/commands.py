"""What may be asked for about devices that are told: that a browser is told, and that it is told no more."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts.push import delivery, message
from candia.accounts.push.models import LONGEST, Subscription
from candia.accounts.token_commands import its_owner
from candia.core import errors, outgoing
from candia.core.access import Actor, Person, machine, per_hour, resident
from candia.core.command import command
from candia.core.event import Happened

#: So many browsers of one person are told.
MOST = 10


@command(
    event="people.push_subscribed",
    title=__("A device is told"),
    may=resident,
    limit=per_hour(30),
    idempotent=True,
    staff=True,
)
def subscribe(by: Person, *, endpoint: str, p256dh: str, auth: str, browser: str) -> Happened:
    """Let a browser of one's own be told; if it told somebody else before, it tells them no more."""
    _check(endpoint, p256dh, auth)
    known = Subscription.objects.select_for_update().filter(endpoint=endpoint).first()
    if known and (known.p256dh, known.auth) != (p256dh, auth):
        # The same address with other keys: whoever asks knows the address and is not the browser.
        raise errors.Refused(_strange())
    if not (known and known.person_id == by.pk) and by.subscriptions.count() >= MOST:
        raise errors.Conflict(
            _("%(most)d devices of yours are told already. Remove one first.") % {"most": MOST}
        )
    if known and known.person_id != by.pk:
        known.pushes.all().delete()
    kept = {"person": by, "p256dh": p256dh, "auth": auth, "browser": browser[:80]}
    made, _new = Subscription.objects.update_or_create(endpoint=endpoint, defaults=kept)
    return _about(made)


@command(event="people.push_ended", title=__("A device is told no more"), may=its_owner | machine, staff=True)
def unsubscribe(_by: Actor, *, subscription: Subscription) -> Happened:
    """Tell a browser nothing any more, nor what still waits for it, and forget its address and keys."""
    about = _about(subscription)
    subscription.delete()
    return about


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    if not message.are_keys(p256dh, auth) or len(endpoint) > LONGEST:
        raise errors.Refused(_strange())
    try:
        outgoing.resolved(endpoint, delivery.NETWORKS)
    except outgoing.Unsent as wrong:
        raise errors.Refused(_strange()) from wrong


def _strange() -> str:
    return _("The city can't tell this browser anything: what it says of its push service is not right.")


def _about(subscription: Subscription) -> Happened:
    return Happened(f"people.person:{subscription.person_id}", data={"subscription": subscription.pk})
