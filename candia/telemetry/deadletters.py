"""Dead letters: messages that could not be taken, with the reason, until it is mended and they are replayed."""

from __future__ import annotations

import asyncio
import codecs
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from candia.telemetry.reason import Reason, because, load, printable
from candia.telemetry.stream import DEADLETTERS, RECEIVED, ROOM, Message, Stream, StreamAway, first_received

REASON, SUBJECT, ID = "Candia-Reason", "Candia-Subject", "Nats-Msg-Id"
# The reason once more, so that it can be said in other languages.
TOLD = "Candia-Reason-Told"
SAFE = " '!\"#$&()*+,-./:;<=>?@[]^_`{|}~"
AT_ONCE, TOGETHER = 1000, 100
# A subject that stands in a header as it is; another one is quoted, after a sign that no subject begins with.
_plain = re.compile(r"[\x21-\x7e]{1,1000}")
QUOTED, LONGEST_SUBJECT = "=", 1000
# What is kept of a message that can't be kept in any other way.
LEAST = 16 * 1024
# What makes one reason differ from the next of its kind, where a letter has its sentence alone: a quoted word,
# an entity, a number.
_particulars = re.compile(
    r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|\b[a-z_]+\.[a-z_]+:\S+?(?=[.,;:]?(?:\s|$))|-?\d[\d.,e+-]*\d|-?\d"
)
_more = re.compile(r" \(\d+ more of its observations were refused\.\)$")


@dataclass(frozen=True)
class DeadLetter:
    """A message as it came, why it could not be taken, and its number among the dead letters.

    `reason` is the English sentence; `told` what it was made of, which letters from before that was kept lack.
    """

    number: int
    device: str
    subject: str
    reason: str
    received: int
    payload: bytes
    told: Reason | None = None

    @property
    def kind(self) -> str:
        """The reason without what is particular to this message, by which letters are counted."""
        return self.told.words if self.told else _particulars.sub("[…]", _more.sub("", self.reason))


async def bury(stream: Stream, refused: Sequence[tuple[Message, Reason]]) -> None:
    """Keep messages with their reasons; one that comes twice within the hour is kept once."""
    for start in range(0, len(refused), AT_ONCE):
        await asyncio.gather(*(_bury(stream, *one) for one in refused[start : start + AT_ONCE]))


async def _bury(stream: Stream, message: Message, reason: Reason) -> None:
    headers = {
        REASON: quote(str(reason), safe=SAFE),
        TOLD: quote(reason.dump(), safe=SAFE),
        SUBJECT: _kept_subject(message.subject),
        RECEIVED: str(first_received(message)),
        ID: f"{message.sequence}-{message.received}",
    }
    # A message as large as the stream takes at all would not fit with its reason; its beginning tells enough.
    payload = message.payload[: stream.client.max_payload - ROOM]
    try:
        await stream.add(f"dead.{message.device}", payload, headers)
    except Exception:  # noqa: BLE001 — whatever is wrong with it
        # Where the stream is away this fails as well. Else it is this letter, and a part of it is better than none.
        short = because("The message can't be read, and its reason can't be kept.")
        least = {REASON: str(short), TOLD: quote(short.dump(), safe=SAFE), RECEIVED: headers[RECEIVED]}
        await stream.add(f"dead.{message.device}", payload[:LEAST], {**least, ID: headers[ID]})


def _kept_subject(subject: str) -> str:
    if _plain.fullmatch(subject):
        return subject
    return QUOTED + quote(subject[:LONGEST_SUBJECT], safe=SAFE)


def _subject(kept: str) -> str:
    return unquote(kept[len(QUOTED) :]) if kept.startswith(QUOTED) else kept


async def letters(
    stream: Stream,
    device: str = "",
    reason: str = "",
    kind: str = "",
    *,
    newest: int = 0,
    heads: bool = False,
) -> AsyncIterator[DeadLetter]:
    """All of them, oldest first; only this device's, of this kind, whose reason holds these words.

    With `newest` only the last so many of all are looked at; with `heads` they come without payloads.
    """
    try:
        config = await _config(stream, device, newest, heads=heads)
        info = await stream.context.add_consumer(DEADLETTERS, config)
        left = info.num_pending or 0
        reader = await stream.context.pull_subscribe_bind(consumer=info.name, stream=DEADLETTERS)
        while left > 0:
            try:
                told = await reader.fetch(min(left, AT_ONCE), timeout=2)
            except nats.errors.TimeoutError:
                break  # Somebody else threw the rest away meanwhile.
            left -= len(told)
            for one in told:
                letter = _letter(one.metadata.sequence.stream, one.subject, one.headers or {}, one.data)
                if reason.lower() in letter.reason.lower() and kind in {"", letter.kind}:
                    yield letter
        await reader.unsubscribe()
        await stream.context.delete_consumer(DEADLETTERS, info.name)
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away


async def last(stream: Stream, device: str, kind: str, many: int, *, newest: int) -> list[DeadLetter]:
    """The last so many letters of a device and kind, newest first; no other payload is fetched than theirs."""
    heads = letters(stream, device, kind=kind, newest=newest, heads=True)
    wanted: deque[DeadLetter] = deque(maxlen=many)
    async for letter in heads:
        wanted.append(letter)
    found = []
    for head in reversed(wanted):
        try:
            whole = await stream.context.get_msg(DEADLETTERS, head.number)
        except NotFoundError:
            continue  # Somebody threw it away meanwhile.
        except (OSError, nats.errors.Error) as away:
            raise StreamAway(f"The stream does not answer: {away}") from away
        found.append(replace(head, payload=whole.data or b""))
    return found


async def _config(stream: Stream, device: str, newest: int, *, heads: bool) -> ConsumerConfig:
    config = ConsumerConfig(
        filter_subject=f"dead.{device or '*'}",
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        inactive_threshold=30,
        headers_only=heads,
    )
    if newest:
        last = (await stream.context.stream_info(DEADLETTERS)).state.last_seq
        config.deliver_policy = DeliverPolicy.BY_START_SEQUENCE
        config.opt_start_seq = max(1, last - newest + 1)
    return config


async def counts(stream: Stream, newest: int) -> list[tuple[DeadLetter, int]]:
    """The last letter of each kind and device among the newest so many, and how many there are; most first."""
    found: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], DeadLetter] = {}
    async for letter in letters(stream, newest=newest, heads=True):
        found[letter.kind, letter.device] += 1
        last[letter.kind, letter.device] = letter
    return [(last[kind], count) for kind, count in found.most_common()]


async def replay(stream: Stream, device: str = "", reason: str = "", kind: str = "", *, most: int = 0) -> int:
    """Send the letters chosen on their way again, as they came and when they came; how many."""

    async def again(letter: DeadLetter) -> None:
        # Sent before it is deleted: a crash between sends it twice, which changes nothing.
        await stream.add(letter.subject, letter.payload, {RECEIVED: str(letter.received)})
        await discard(stream, letter)

    return await _each(letters(stream, device, reason, kind), again, most)


async def discard_all(stream: Stream, device: str, kind: str, *, most: int = 0) -> int:
    """Throw a device's letters of one kind away for good; how many."""
    return await _each(
        letters(stream, device, kind=kind, heads=True), lambda letter: discard(stream, letter), most
    )


async def _each(
    found: AsyncIterator[DeadLetter], do: Callable[[DeadLetter], Coroutine[None, None, None]], most: int
) -> int:
    """Do something to each letter, a hundred at once; how many there were, at most `most` if that is given."""
    count, together = 0, []
    async for letter in found:
        together.append(do(letter))
        count += 1
        if len(together) == TOGETHER or count == most:
            await asyncio.gather(*together)
            together = []
        if count == most:
            break
    await asyncio.gather(*together)
    return count


async def discard(stream: Stream, letter: DeadLetter) -> None:
    """Throw a letter away for good."""
    try:
        await stream.context.delete_msg(DEADLETTERS, letter.number)
    except NotFoundError:
        return
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away


async def count(stream: Stream) -> int:
    """How many there are."""
    try:
        return (await stream.context.stream_info(DEADLETTERS)).state.messages
    except (OSError, nats.errors.Error) as away:
        raise StreamAway(f"The stream does not answer: {away}") from away


def shown(payload: bytes, most: int = 200) -> str:
    """The beginning of a payload as text that does nothing to a terminal or a page; hexadecimal if it is none."""
    begin = payload[: 4 * most]
    try:
        # A letter that is cut in two at the end is no fault.
        text = codecs.getincrementaldecoder("utf-8")().decode(begin, final=begin == payload)
    except UnicodeDecodeError:
        text = payload[:most].hex(" ")
    plain = printable(text)
    return plain if len(plain) <= most else plain[:most] + "…"


def _letter(number: int, subject: str, headers: dict[str, str], payload: bytes) -> DeadLetter:
    return DeadLetter(
        number=number,
        device=subject.partition(".")[2],
        subject=_subject(headers.get(SUBJECT, "")) or subject.replace("dead.", "v1.", 1),
        reason=unquote(headers.get(REASON, "")),
        received=int(headers.get(RECEIVED, "0")),
        payload=payload,
        told=load(unquote(headers[TOLD])) if TOLD in headers else None,
    )
