"""Retention: how full the stream of observations is; makes room of what is stored, and shuts it in a moment."""

from __future__ import annotations

from math import ceil

from candia.telemetry.line import PREFIX
from candia.telemetry.stream import OBSERVATIONS, Stream

#: Of the bytes that the stream may hold, beyond this share the oldest go that are stored, down to that.
FULL, TRIMMED = 0.9, 0.8
# Every message of MQTT is larger than this with its headers.
SHUT = 1


async def shut(stream: Stream) -> None:
    """Have the stream refuse what anybody sends from this moment on, whatever connections stand."""
    await _take(stream, SHUT)


async def open_again(stream: Stream) -> None:
    """Have the stream take what comes."""
    await _take(stream, -1)


async def _take(stream: Stream, largest: int) -> None:
    config = (await stream.context.stream_info(OBSERVATIONS)).config
    if config.max_msg_size != largest:
        await stream.context.update_stream(config.evolve(max_msg_size=largest))


async def trim(stream: Stream) -> float:
    """Make room where the stream is nearly full, of what ingest has acknowledged; the share that is full then.

    What ingest has not acknowledged stays; of the rest the oldest go.
    """
    info = await stream.context.stream_info(OBSERVATIONS)
    state, most = info.state, info.config.max_bytes or -1
    if most <= 0:
        return 0.0
    if state.bytes > FULL * most:
        # As if all were of the same size; the next look makes up for what they are not.
        share = 1 - TRIMMED * most / state.bytes
        below = min(await _stored(stream, state.last_seq) + 1, state.first_seq + ceil(share * state.messages))
        if below > state.first_seq:
            await stream.context.purge_stream(OBSERVATIONS, seq=below)
            state = (await stream.context.stream_info(OBSERVATIONS)).state
    return state.bytes / most


async def _stored(stream: Stream, last: int) -> int:
    """The last message that ingest has acknowledged; none, where the stream lost what it had acknowledged."""
    readers = await stream.context.consumers_info(OBSERVATIONS)
    floors = [one.ack_floor.stream_seq for one in readers if one.name.startswith(PREFIX) and one.ack_floor]
    found = max(floors, default=0)
    return found if found <= last else 0
