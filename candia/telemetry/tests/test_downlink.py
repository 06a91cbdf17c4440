"""What became of downlinks reaches the answers: one device's flood holds nobody up, and an outage loses nothing."""

import secrets

import pytest

from candia.telemetry import downlink
from candia.telemetry.downlink import ANSWERS, ENTRANCE, LORAWAN, WAITING
from candia.telemetry.formats.errors import Acknowledged
from candia.telemetry.stream import Message, Stream, StreamAway


def heard(device, number):
    """A message of a device with a word on a downlink, as ingest hands it on."""
    message = Message(f"v1.{device}", b"{}", number, 1_780_000_000_000_000 + number, {})
    return message, Acknowledged("dummy.lamp:1", "0016c001ff10a235", "a-ticket", heard=True)


async def test_a_device_with_too_many_answers_keeps_no_other_from_being_heard(stream):
    loud, quiet = (f"{name}-{secrets.token_hex(4)}" for name in ("loud", "quiet"))
    for _ in range(WAITING):
        await stream.client.publish(f"{ENTRANCE}{LORAWAN}{loud}", b"{}")
    await stream.client.flush()
    try:
        await downlink.pass_on(stream, [heard(loud, 1), heard(quiet, 2)])
        lain = await stream.context.get_last_msg(ANSWERS, f"{LORAWAN}{quiet}")
        assert b"a-ticket" in lain.data
    finally:
        for device in (loud, quiet):
            await stream.context.purge_stream(ANSWERS, subject=f"{LORAWAN}{device}")


async def test_what_the_stream_did_not_take_is_not_passed_over(engines):
    away = await Stream.connect(engines.config.stream_url)
    await away.close()
    with pytest.raises(StreamAway):
        await downlink.pass_on(away, [heard("any", 3)])
