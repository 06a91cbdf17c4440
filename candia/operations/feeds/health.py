"""Health: how a feed does, in the words of whoever looks at it at the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.evidence import Evidence
from candia.core.feed import Feed
from candia.core.service import Service, feeds
from candia.devices.commands import operates
from candia.devices.reasons import sentence
from candia.operations.feeds.models import FeedState
from candia.telemetry.reason import load

FAILURES: Mapping[str, Any] = {
    "unknown": __("Nobody answers to the name in its address. Correct the address in city.toml."),
    "forbidden": __(
        "Its address leads into a network that the city does not allow. If it is meant, name the network in "
        "CANDIA_FEED_NETWORKS."
    ),
    "unreachable": __("Its address does not answer."),
    "slow": __("Its address did not answer whole in time."),
    "large": __("It sent more than is taken."),
    "hops": __("Its address leads on to somewhere that is not followed."),
    "packed": __("Its answer is packed in a way that can't be unpacked."),
    "stream": __("The city's own stream took nothing."),
}
# What a status asks of whoever reads it; others are the other side's own affair.
STATUSES = {
    401: __("Its address wants another secret (%(status)d). Set it in CANDIA_FEED_SECRETS."),
    403: __("Its address wants another secret (%(status)d). Set it in CANDIA_FEED_SECRETS."),
    404: __("There is nothing at its address any more (%(status)d). Correct the address in city.toml."),
    410: __("There is nothing at its address any more (%(status)d). Correct the address in city.toml."),
    429: __("Its address was asked too often (%(status)d)."),
}


@dataclass(frozen=True)
class Health:
    """A feed as the desk shows it; `state` is None where it was never fetched or is switched off."""

    name: str
    service: Service
    feed: Feed
    address: str
    state: FeedState | None

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.feed.title or self.feed.name)

    @property
    def host(self) -> str:
        """Whose server it is; the whole address may hold what is not everybody's."""
        return urlsplit(self.address).hostname or ""

    @property
    def is_on(self) -> bool:
        """Whether this city fetches it."""
        return bool(self.address)

    @property
    def failure(self) -> str:
        """Why the newest try brought nothing; empty where it did."""
        return failure(self.state) if self.state and self.is_on else ""

    @property
    def form(self) -> str:
        """What is wrong with what it brings; empty where nothing is."""
        if not (self.state and self.is_on):
            return ""
        if self.state.unread:
            return sentence(load(self.state.unread))
        gone = ", ".join(name.partition(".")[2] for name in self.state.vanished)
        return _("It used to bring %(names)s.") % {"names": gone} if gone else ""

    @property
    def badge(self) -> tuple[str, str]:
        """How it does in a word, and how that looks."""
        if not self.is_on:
            return _("off"), "quiet"
        if self.state is None or self.state.tried is None:
            return _("not fetched yet"), "info"
        if self.failure:
            return _("not answering"), "bad"
        if self.state.unread:
            return _("not understood"), "warn"
        return (_("another form"), "warn") if self.state.vanished else (_("in order"), "good")


def failure(state: FeedState) -> str:
    """Why the newest try of a feed brought nothing, with what to do; empty where it did."""
    if state.error == "status" and state.status:
        said = STATUSES.get(state.status, __("Its address answered with an error (%(status)d)."))
        return str(said) % {"status": state.status}
    return str(FAILURES.get(state.error, state.error))


def healths(names: Iterable[str] | None = None) -> list[Health]:
    """All feeds of these services, by default of all, each with how it does: one query."""
    wanted = None if names is None else set(names)
    states = {one.feed: one for one in FeedState.objects.all()}
    return [
        Health(name, service, feed, feed.address(service.name), states.get(name))
        for name, (service, feed) in feeds().items()
        if wanted is None or service.name in wanted
    ]


def evidence(alert: Alert, by: Person) -> Evidence:
    """What an alert about a feed is judged by: how it does now."""
    found = next((one for one in healths(operates(by)) if _stands_for(one, alert)), None)
    return (
        Evidence(template="operations/feeds/evidence.html", context={"one": found}) if found else Evidence()
    )


def _stands_for(one: Health, alert: Alert) -> bool:
    return one.state is not None and one.state.entity_id == alert.entity_id
