"""Capability: what a kind of thing can be told to do or to be, and what an order for it must keep to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from candia.core import errors

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from candia.core.entity import Entity

#: A momentary act lives at most so long; what is told later would surprise whoever stands beside it.
MOMENT = timedelta(minutes=1)
#: The bytes that a LoRaWAN downlink holds at every data rate in Europe.
ON_AIR = 51
Value = float | str | None


@dataclass(frozen=True)
class Capability:
    """Something that entities of the kind `on` can be told: a state to hold, or a momentary act.

    A state has either bounds (`low`, `high`, in `unit`) or the words of `options`; an act may have none. Of a state
    `state_property` names the service's property that reports it: an order that was done is confirmed when what is
    observed agrees within `tolerance`, and contradicted by what is observed `settles` after it was done. `lives` is
    how long an order is worth being carried out, `works` how long a device may take that has said it received it.
    `encode` (pure) makes of a value the few bytes that a device hears by LoRaWAN; without it none can be told so.
    """

    name: str
    on: type[Entity]
    title: str | Promise = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    state_property: str = ""
    tolerance: float = 0
    momentary: bool = False
    lives: timedelta = timedelta(days=30)
    works: timedelta = timedelta(minutes=10)
    settles: timedelta = timedelta(minutes=5)
    encode: Callable[[Value], bytes] | None = None

    @property
    def qualified(self) -> str:
        """The name under which orders keep it: `water.valve`."""
        return f"{self.on.kind.partition('.')[0]}.{self.name}"

    @property
    def takes_number(self) -> bool:
        """Whether a value is a number."""
        return not self.options and (self.low is not None or self.high is not None or not self.momentary)

    def checked(self, value: Any) -> Value:
        """The value as it is sent; raises Refused with a sentence for whoever asked."""
        if self.options:
            if value not in self.options:
                raise _wrong(_("Choose one of: %(options)s.") % {"options": ", ".join(self.options)})
            return str(value)
        if not self.takes_number:
            if value not in {None, ""}:
                raise _wrong(_("This act takes no value."))
            return None
        return self._number(value)

    def _number(self, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if isinstance(value, bool) or not math.isfinite(number) or not low <= number <= high:
            raise _wrong(self._bounds())
        return number

    def _bounds(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.low is None and self.high is None:
            return _("Give a number.")
        told = {"low": f"{self.low:g}" if self.low is not None else "−∞", "unit": unit}
        told["high"] = f"{self.high:g}" if self.high is not None else "∞"
        return _("Give a number from %(low)s to %(high)s%(unit)s.") % told

    def on_air(self, value: Value) -> bytes:
        """The value in as many bytes as a downlink holds; raises ValueError where it can't be told in them."""
        told = self.encode(value) if self.encode else b""
        if not 0 < len(told) <= ON_AIR:
            raise ValueError(
                f"{self.qualified} is told in {len(told)} bytes, where a downlink holds 1 to {ON_AIR}"
            )
        return told

    def agrees(self, wanted: Value, observed: float | str | None) -> bool:
        """Whether what is observed is what was wanted."""
        if isinstance(wanted, float | int) and isinstance(observed, float | int):
            return abs(wanted - observed) <= self.tolerance
        return wanted == observed


def _wrong(sentence: str) -> errors.Refused:
    return errors.Refused(sentence, value=sentence)
