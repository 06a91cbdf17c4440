"""The line brings what waits in the stream, however much that is; where it is cut for good, ingest ends."""

import asyncio

import pytest

from candia.telemetry import line
from candia.telemetry.catalogue import FixedCatalogue
from candia.telemetry.ingest import Ingest
from candia.telemetry.line import Line
from candia.telemetry.stream import OBSERVATIONS, Stream, StreamAway


async def test_a_backlog_of_several_full_batches_is_taken_on_one_line(monkeypatch, stream):
    # After an outage far more waits than one answer brings.
    monkeypatch.setattr(line, "MESSAGES", 20)
    sent = [await stream.publish("line-test", b"{}") for _ in range(70)]
    open_line = await Line.open(stream, OBSERVATIONS)
    taken = []
    try:
        while not taken or taken[-1].sequence < sent[-1]:
            taken += await open_line.take()
        await open_line.acknowledge(taken[-1])
    finally:
        await open_line.close()
    assert [one.sequence for one in taken] == sorted({one.sequence for one in taken})
    assert {one.sequence for one in taken} >= set(sent)


async def test_who_takes_ends_when_told_to_even_as_the_answer_comes(stream):
    open_line = await Line.open(stream, OBSERVATIONS)
    try:
        await open_line.take()
        taking = asyncio.create_task(open_line.take())
        await asyncio.sleep(0)  # it asks, and waits for the answer
        open_line._answered.set()
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
    finally:
        await open_line.close()


async def test_ingest_whose_connection_is_closed_ends_so_that_it_is_started_anew(engines, store):
    own = await Stream.connect(engines.config.stream_url)
    ingest = Ingest(store.alone(), own, FixedCatalogue({}, frozenset(), {}))
    running = asyncio.create_task(ingest.run())
    await own.client.flush()
    await own.client.close()
    with pytest.raises(StreamAway):
        await asyncio.wait_for(running, 30)
