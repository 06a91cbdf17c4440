"""What an alert of a meter means for the household that holds it, and what they can do; in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from candia.core.alert import Alert
from candia.services.water import city

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Advice:
    """What it means, and the steps that help, in order."""

    means: str | Promise
    steps: tuple[str | Promise, ...] = ()


_leak_steps = (
    _("Close every tap and look at the meter: if its small wheel still turns, water runs somewhere."),
    _("Close the valve of the toilet cistern and look again. A running toilet is the commonest cause."),
    _(
        "Close the main valve behind the meter. If the wheel stops now, the leak is in your pipes: call a plumber."
    ),
    _("If it turns with the main valve closed, the leak lies before your house: tell the water service."),
)

by_rule: dict[str, Advice] = {
    "continuous_flow": Advice(
        _("It runs at night too, when nobody draws water: that is how a leak in the house looks."),
        _leak_steps,
    ),
    "burst": Advice(
        _("That is far more than a household draws. A pipe may have burst, or a tap stands open."),
        (_("Close the main valve behind the meter now."), *_leak_steps[:2], _("Tell the water service.")),
    ),
    "backflow": Advice(
        _("Water that flows back from a house can spoil the water of others."),
        (
            _("If you have a well, a tank or a pump, close its connection to the city's water."),
            _("The water service will get in touch; a non-return valve prevents it."),
        ),
    ),
    "stuck": Advice(
        _("Perhaps nobody is at home; perhaps it is stuck."),
        (_("If you used water in these days, tell the water service: the meter is then exchanged free."),),
    ),
    "silent": Advice(
        _("Your water runs as ever, and the meter keeps counting."),
        (_("You need to do nothing. The water service looks after it."),),
    ),
    "low_battery": Advice(
        _("The meter still counts."),
        (_("You need to do nothing. The water service exchanges it."),),
    ),
}
unknown = Advice(_("The water service looks after it."))


def on(rule: str) -> Advice:
    """The advice on an alert of this rule, `water.stuck` for example."""
    return by_rule.get(rule.partition(".")[2], unknown)


def so_far(alert: Alert) -> str:
    """How much of a leak has run away since when, by the flow of the last word, as it is when somebody reads."""
    told = alert.evidence
    hourly = told.get("least") or told.get("drawn", 0) / told.get("hours", 1)
    if not hourly:
        return ""
    lost = round(hourly * (alert.lasting / HOUR), -1)
    return gettext("About %(litres)s L so far, since %(since)s.") % {
        "litres": number_format(lost, 0, force_grouping=True),
        "since": date_format(localtime(alert.since), "SHORT_DATETIME_FORMAT"),
    }


def whom_to_call() -> str:
    """Where a household reaches the water service by telephone; empty where the city says none."""
    number = city.phone()
    return gettext("The water service answers at %(number)s.") % {"number": number} if number else ""


def words(alert: Alert) -> Iterator[str]:
    """What an alert means for a household, as a mail says it, line by line: how much, what to do, whom to call."""
    told = on(alert.rule)
    lines = (so_far(alert), str(told.means), *(f"{n}. {step}" for n, step in enumerate(told.steps, 1)))
    yield from filter(None, (*lines, whom_to_call()))
