"""What is kept of the devices that tell somebody: why, how long, and how it is handed over and erased."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from candia.accounts.push.models import PushSettings, Subscription
from candia.core.access import Person
from candia.core.personal import PersonalData


def export(person: Person) -> dict[str, Any]:
    """The browsers that tell somebody, and of what they do without."""
    chosen = PushSettings.objects.filter(person=person).first()
    return {
        "told": list(person.subscriptions.values("browser", "endpoint", "made", "last_success")),
        "without": chosen.without if chosen else [],
    }


def erase(person: Person) -> None:
    """None tells them anything any more."""
    Subscription.objects.filter(person=person).delete()
    PushSettings.objects.filter(person=person).delete()


record = PersonalData(
    name="devices",
    purpose=_(
        "Browsers that show you news: their names, the addresses at their makers' push services, and keys that "
        "let nobody else read it."
    ),
    term=_("until you sign out there, end it, or the browser gives it up"),
    export=export,
    erase=erase,
)
