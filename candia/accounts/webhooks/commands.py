"""What may be asked for about webhooks: add one, end it, switch it on again, send again what failed."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts.models import Integration
from candia.accounts.token_commands import story_of_integration
from candia.accounts.webhooks import queue
from candia.accounts.webhooks.delivery import drain
from candia.accounts.webhooks.models import Delivery, Webhook
from candia.core import errors, outgoing
from candia.core.access import Actor, Person, administrator, machine
from candia.core.command import command
from candia.core.event import Happened
from candia.core.service import event_types

#: A program has at most so many.
MOST, MOST_PATTERNS = 10, 20


@command(event="people.webhook_added", title=__("Webhook added"), may=administrator, staff=True)
def add_webhook(
    _by: Person, *, integration: Integration, url: str, patterns: Sequence[str], nonce: str
) -> Happened:
    """Tell a program of events of these kinds at its address; what signs them follows from `nonce`."""
    if not integration.is_active:
        raise errors.Conflict(_("The program is stopped. Let another one in."))
    if integration.webhooks.filter(ended=None).count() >= MOST:
        raise errors.Conflict(
            _("The program has %(most)d addresses already. Remove one first.") % {"most": MOST}
        )
    made = Webhook.objects.create(
        integration=integration, url=_address(url), patterns=_patterns(patterns), nonce=nonce
    )
    queue.forget()
    return _about(made, patterns=made.patterns)


@command(event="people.webhook_ended", title=__("Webhook removed"), may=administrator, staff=True)
def end_webhook(_by: Person, *, webhook: Webhook) -> Happened:
    """Tell an address of nothing any more, nor of what still waits for it."""
    if webhook.ended is not None:
        raise errors.Conflict(_("The address is removed already."))
    webhook.ended = timezone.now()
    webhook.save(update_fields=["ended"])
    queue.forget()
    return _about(webhook)


@command(event="people.webhook_switched_off", title=__("Webhook switched off"), may=machine, staff=True)
def switch_off_webhook(_by: Actor, *, webhook: Webhook) -> Happened:
    """Tell an address of nothing, since nothing has arrived for days; administrators find it in the inbox."""
    webhook.off_since = timezone.now()
    webhook.save(update_fields=["off_since"])
    webhook.deliveries.filter(state=Delivery.WAITING).update(state=Delivery.FAILED)
    queue.forget()
    return _about(webhook)


@command(
    event="people.webhook_switched_on", title=__("Webhook switched on again"), may=administrator, staff=True
)
def switch_on_webhook(_by: Person, *, webhook: Webhook) -> Happened:
    """Tell an address again, from now on; what failed meanwhile is sent by its own button."""
    if webhook.ended is not None or webhook.off_since is None:
        raise errors.Conflict(_("The address is not switched off."))
    webhook.off_since = webhook.failing_since = webhook.rests_until = None
    webhook.failures = 0
    webhook.save(update_fields=["off_since", "failing_since", "rests_until", "failures"])
    queue.forget()
    return _about(webhook)


@command(
    event="people.webhook_sent_again", title=__("Failed events sent again"), may=administrator, staff=True
)
def send_again(_by: Person, *, webhook: Webhook) -> Happened:
    """Send all that failed once more, for another day, in its order."""
    if not webhook.is_on:
        raise errors.Conflict(_("The address is switched off. Switch it on first."))
    now = timezone.now()
    count = webhook.deliveries.filter(state=Delivery.FAILED).update(
        state=Delivery.WAITING, tries=0, due=now, made=now, error="", status=None
    )
    if not count:
        raise errors.Conflict(_("Nothing has failed that is not on its way already."))
    webhook.rests_until = None
    webhook.save(update_fields=["rests_until"])
    drain.configure(lock=f"webhook:{webhook.pk}").defer(hook=webhook.pk)
    return _about(webhook, count=count)


def _about(webhook: Webhook, **facts: object) -> Happened:
    return Happened(story_of_integration(webhook.integration), data={"webhook": webhook.pk, **facts})


def _address(url: str) -> str:
    url = url.strip()
    try:
        outgoing.resolved(url, settings.CANDIA.webhook_networks)
    except outgoing.Unsent as wrong:
        sentence = (
            _("This address lies within a network that the city does not allow, or is not https.")
            if wrong.code == "forbidden"
            else _("Nobody answers to this name. Give an address such as https://example.gr/candia.")
        )
        raise errors.Refused(sentence, url=sentence) from wrong
    return url


def _patterns(patterns: Sequence[str]) -> list[str]:
    found = sorted({pattern.strip() for pattern in patterns if pattern.strip()})
    known = [kind for kind in event_types() if not kind.startswith("people.")]
    strange = [one for one in found if not any(fnmatchcase(kind, one) for kind in known)]
    if strange or not 0 < len(found) <= MOST_PATTERNS:
        sentence = _(
            "No event is called that: %(names)s. Write kinds such as core.alert_opened or dialogue.*"
        ) % {"names": ", ".join(strange)[:200] or "–"}
        raise errors.Refused(sentence, patterns=sentence)
    return found
