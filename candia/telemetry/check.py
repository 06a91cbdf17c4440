"""Check: whether an observation can be taken; each refusal is a sentence for the one who keeps the device."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from candia.telemetry import formats
from candia.telemetry.catalogue import Catalogue
from candia.telemetry.formats import DecodeError, Unknown, by_source
from candia.telemetry.observation import EXCHANGE, Observation, Property, Source, Speaker
from candia.telemetry.stream import RECEIVED, Message

MINUTE = 60_000
# A clock may go ahead a little; and no meter's memory reaches further back.
AHEAD, BACK = 10 * MINUTE, 3653 * 1440 * MINUTE


class Check:
    """What the catalogue says, remembered until it is read anew."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.properties: dict[str, Property] = {}
        #: When (µs) the last message came that was refused for something the catalogue does not know.
        self.missed = 0
        self._known: dict[tuple[str, str, str], Property | str] = {}
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
        self._known, self._sole, self._decoders = {}, {}, {}
        self.missed = 0

    def speaker(self, message: Message) -> Speaker:
        """Who sent this message, and when; one that is replayed keeps the time of its first receipt."""
        device = message.device
        if device not in self._sole:
            self._sole[device] = self._catalogue.sole_entity(device)
        first = message.headers.get(RECEIVED, "") if message.headers else ""
        received = int(first) if first.isascii() and first.isdigit() else message.received // 1000
        catalogue = self._catalogue
        return Speaker(
            device,
            received,
            self._sole[device],
            self.properties,
            catalogue.by_alias,
            catalogue.sources,
            message.received,
        )

    def decode(self, message: Message, speaker: Speaker) -> Iterable[Observation]:
        """What the message says, by the device's own decoder or the formats; raises DecodeError."""
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
            self.missed = max(self.missed, speaker.taken)

    def refusal(self, seen: Observation, speaker: Speaker) -> str:
        """Why the observation can't be taken; empty if it can."""
        key = (speaker.device, seen.entity, seen.property)
        declared = self._known.get(key)
        if declared is None:
            declared = self._known[key] = self._look_up(*key)
        if isinstance(declared, str):
            self.missed = max(self.missed, speaker.taken)
            return declared
        if not speaker.received - BACK <= seen.time <= speaker.received + AHEAD:
            return _implausible_time(seen.time, speaker.received)
        value = seen.value
        if value is None or seen.state is not None:
            return _state_refusal(seen, declared)
        # Written so that NaN is refused as well.
        if not -math.inf < value < math.inf:
            return f"The value of {seen.property} is not a finite number."
        if (declared.low is not None and value < declared.low) or (
            declared.high is not None and value > declared.high
        ):
            return _out_of_bounds(seen, declared)
        return ""

    def _look_up(self, device: str, entity: str, name: str) -> Property | str:
        if not self._catalogue.entity_known(entity):
            return (
                f"The city has no entity {entity[:80]!r}. Load it, or correct the name that the device sends."
            )
        if not self._catalogue.may_speak(device, entity):
            return (
                f"The device {device!r} may not speak for {entity}. Give it the entity, or correct the name."
            )
        declared = self.properties.get(name)
        if declared is None or name.partition(".")[0] != entity.partition(".")[0]:
            known = self._of_service(entity.partition(".")[0])
            return f"{entity} has no property {name[:80]!r}. Known are: {', '.join(known) or 'none'}."
        return declared

    def _of_service(self, service: str) -> Mapping[str, Property]:
        return self._catalogue.properties.get(service, {})


def _implausible_time(time: int, received: int) -> str:
    if time > received:
        return (
            f"The observation's time is {(time - received) // MINUTE} minutes ahead. Set the device's clock."
        )
    return "The observation is more than ten years old. Set the device's clock."


def _state_refusal(seen: Observation, declared: Property) -> str:
    if seen.state is None:
        return f"{seen.property} has neither a number nor a state."
    if seen.state == EXCHANGE and declared.counter:
        if seen.value is None or not math.isfinite(seen.value):
            return f"An exchange of {seen.entity} needs the new meter's reading beside the state."
        return ""
    if seen.state not in declared.states:
        allowed = f"one of {', '.join(declared.states)}" if declared.states else "a number"
        return f"{seen.property} is {seen.state[:40]!r}, where it must be {allowed}."
    if seen.value is not None and not math.isfinite(seen.value):
        return f"The value of {seen.property} is not a finite number."
    return ""


def _out_of_bounds(seen: Observation, declared: Property) -> str:
    bounds = " and ".join(
        f"{word} {limit:g}"
        for word, limit in (("at least", declared.low), ("at most", declared.high))
        if limit is not None
    )
    return f"{seen.property} is {seen.value:g}, where it must be {bounds} {declared.unit}".rstrip() + "."
