"""Check: whether an observation can be taken; each refusal is a reason for the one who keeps the device."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from candia.telemetry import formats
from candia.telemetry.catalogue import Catalogue
from candia.telemetry.formats import Acknowledged, DecodeError, Unknown, by_source
from candia.telemetry.observation import EXCHANGE, Observation, Property, Source, Speaker
from candia.telemetry.reason import Reason, because
from candia.telemetry.stream import LARGEST, Message, first_received

MINUTE = 60_000
# A clock may go ahead a little; and no meter's memory reaches further back.
AHEAD, BACK = 10 * MINUTE, 3653 * 1440 * MINUTE
# So many refused names are remembered.
REMEMBERED = 20_000


class Check:
    """What the catalogue says, remembered until it is read anew."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.properties: dict[str, Property] = {}
        #: The number of the last message that was refused for something the catalogue does not know.
        self.missed = 0
        self._known: dict[tuple[str, str, str], Property] = {}
        self._unknown: dict[tuple[str, str, str], Reason] = {}
        self._sole: dict[str, str | None] = {}
        self._decoders: dict[str, Source | None] = {}
        self.forget()

    def forget(self) -> None:
        """Begin anew with what the catalogue says now."""
        self.properties = {
            f"{service}.{name}": declared
            for service, own in self._catalogue.properties.items()
            for name, declared in own.items()
        }
        self._known, self._unknown, self._sole, self._decoders = {}, {}, {}, {}
        self.missed = 0

    def speaker(self, message: Message) -> Speaker:
        """Who sent this message, and when; one that is replayed keeps the time of its first receipt."""
        device = message.device
        if device not in self._sole:
            self._sole[device] = self._catalogue.sole_entity(device)
        catalogue = self._catalogue
        return Speaker(
            device,
            first_received(message),
            self._sole[device],
            self.properties,
            catalogue.by_alias,
            catalogue.sources,
            message.sequence,
        )

    def decode(self, message: Message, speaker: Speaker) -> Iterable[Observation]:
        """What the message says, by the device's own decoder or the formats; raises DecodeError or Acknowledged."""
        if len(message.payload) > LARGEST:
            raise DecodeError("The message has more than {most} bytes.", most=LARGEST)
        device = speaker.device
        if device not in self._decoders:
            self._decoders[device] = self._catalogue.source_of(device)
        source = self._decoders[device]
        return (
            formats.decode(message.payload, speaker)
            if source is None
            else by_source(source, message.payload, speaker)
        )

    def note(self, wrong: DecodeError, speaker: Speaker) -> None:
        """Remember that something was not decoded for want of a newer catalogue."""
        if isinstance(wrong, Unknown):
            self.missed = max(self.missed, speaker.number)

    def unheard(self, word: Acknowledged, speaker: Speaker) -> Reason | None:
        """Why it is not believed what became of a downlink to a thing; None if it is."""
        found = self._stranger(speaker.device, word.entity)
        if found is not None:
            self.missed = max(self.missed, speaker.number)
        return found

    def refusal(self, seen: Observation, speaker: Speaker) -> Reason | None:
        """Why the observation can't be taken; None if it can."""
        key = (speaker.device, seen.entity, seen.property)
        declared = self._known.get(key) or self._find(key)
        if isinstance(declared, Reason):
            self.missed = max(self.missed, speaker.number)
            return declared
        if declared.derived is not None:
            return because(
                "{property} is computed from {sources}. Have the device leave it out.",
                property=seen.property,
                sources=", ".join(declared.derived.of),
            )
        if not speaker.received - BACK <= seen.time <= speaker.received + AHEAD:
            return _implausible_time(seen.time, speaker.received)
        return _of_value(seen, declared)

    def _find(self, key: tuple[str, str, str]) -> Property | Reason:
        """What the catalogue says; of what it does not know, no more is remembered than a device may invent."""
        found = self._unknown.get(key) or self._look_up(*key)
        if isinstance(found, Property):
            self._known[key] = found
        else:
            if len(self._unknown) >= REMEMBERED:
                self._unknown.clear()
            self._unknown[key] = found
        return found

    def _stranger(self, device: str, entity: str) -> Reason | None:
        """Why this device has nothing to say of this entity; None if it has."""
        if not self._catalogue.entity_known(entity):
            return because(
                "The city has no entity '{entity}'. Load it, or correct the name that the device sends.",
                entity=entity[:80],
            )
        if not self._catalogue.may_speak(device, entity):
            return because(
                "The device '{device}' may not speak for {entity}. Give it the entity, or correct the name.",
                device=device,
                entity=entity,
            )
        return None

    def _look_up(self, device: str, entity: str, name: str) -> Property | Reason:
        if wrong := self._stranger(device, entity):
            return wrong
        declared = self.properties.get(name)
        if declared is None or name.partition(".")[0] != entity.partition(".")[0]:
            known = ", ".join(self._of_service(entity.partition(".")[0])) or "–"
            return because(
                "{entity} has no property '{name}'. Known are: {known}.",
                entity=entity,
                name=name[:80],
                known=known,
            )
        return declared

    def _of_service(self, service: str) -> Mapping[str, Property]:
        return self._catalogue.properties.get(service, {})


def _of_value(seen: Observation, declared: Property) -> Reason | None:
    value = seen.value
    if value is None or seen.state is not None:
        return _state_refusal(seen, declared)
    # Written so that NaN is refused as well.
    if not -math.inf < value < math.inf:
        return _not_finite(seen)
    if (declared.low is not None and value < declared.low) or (
        declared.high is not None and value > declared.high
    ):
        return _out_of_bounds(seen, declared)
    return None


def _implausible_time(time: int, received: int) -> Reason:
    if time > received:
        return because(
            "The observation's time is {minutes} minutes ahead. Set the device's clock.",
            minutes=(time - received) // MINUTE,
        )
    return because("The observation is more than ten years old. Set the device's clock.")


def _not_finite(seen: Observation) -> Reason:
    return because("The value of {property} is not a finite number.", property=seen.property)


def _state_refusal(seen: Observation, declared: Property) -> Reason | None:
    if seen.state is None:
        return because("{property} has neither a number nor a state.", property=seen.property)
    if seen.state == EXCHANGE and declared.counter:
        if seen.value is None or not math.isfinite(seen.value):
            return because(
                "An exchange of {entity} needs the new meter's reading beside the state.", entity=seen.entity
            )
        return None
    told = {"property": seen.property, "state": seen.state[:40]}
    if not declared.states:
        return because("{property} is '{state}', where it must be a number.", **told)
    if seen.state not in declared.states:
        allowed = ", ".join(declared.states)
        return because("{property} is '{state}', where it must be one of {allowed}.", **told, allowed=allowed)
    return _not_finite(seen) if seen.value is not None and not math.isfinite(seen.value) else None


def _out_of_bounds(seen: Observation, declared: Property) -> Reason:
    unit = f" {declared.unit}" if declared.unit else ""
    told = {"property": seen.property, "value": seen.value, "unit": unit}
    bounds = {"low": declared.low, "high": declared.high}
    told |= {name: float(limit) for name, limit in bounds.items() if limit is not None}
    if declared.high is None:
        return because("{property} is {value}, where it must be at least {low}{unit}.", **told)
    if declared.low is None:
        return because("{property} is {value}, where it must be at most {high}{unit}.", **told)
    return because("{property} is {value}, where it must be at least {low} and at most {high}{unit}.", **told)
