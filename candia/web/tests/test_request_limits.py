"""One client may ask for whatever it likes: there is room for the others, and nothing waits without end."""

import asyncio
from collections import Counter

import pytest

from candia.core.errors import CandiaError
from candia.doors.problems import Overloaded, TooOften
from candia.web import bounds, fair_queue, request_limits

ONE, ANOTHER = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(bounds, "PAUSE", 0)


class Client:
    """One request, as a server hands it on."""

    def __init__(self, who=ONE, path="/", body=(b"",)):
        self.scope = {"type": "http", "method": "GET", "path": path, "headers": [], "client": (who, 1)}
        self.said, self.went, self.answered = [], asyncio.Event(), asyncio.Event()
        self._body = list(body)

    async def receive(self):
        if self._body:
            piece = self._body.pop(0)
            if piece is None:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": piece, "more_body": bool(self._body)}
        await self.went.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.said.append(message)
        self.answered.set()

    async def asks(self, application):
        await application(self.scope, self.receive, self.send)

    @property
    def status(self):
        return self.said[0]["status"] if self.said else None


class Pages:
    """An application that reads, computes until it may end, and answers; it counts what it computes at once."""

    def __init__(self):
        self.may_end, self.at_work, self.most, self.done = asyncio.Event(), Counter(), Counter(), []

    async def __call__(self, scope, receive, send):
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more = message["more_body"]
        who = scope["client"][0]
        self.at_work[who] += 1
        self.most |= self.at_work + Counter(all=self.at_work.total())
        await self.may_end.wait()
        self.at_work[who] -= 1
        self.done.append(who)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})


async def settled():
    """Everything that can go on has gone on."""
    for _round in range(50):
        await asyncio.sleep(0)


async def test_one_address_leaves_room_for_another():
    pages = Pages()
    application = fair_queue.Turns(pages, fair_queue.Line(at_once=4, of_one=2))
    flood = [Client(ONE) for _request in range(20)]
    asked = [asyncio.ensure_future(client.asks(application)) for client in flood]
    await settled()

    other = Client(ANOTHER)
    asked.append(asyncio.ensure_future(other.asks(application)))
    await settled()

    assert pages.at_work == {ONE: 2, ANOTHER: 1}
    pages.may_end.set()
    await asyncio.gather(*asked)
    assert {client.status for client in [*flood, other]} == {200}
    assert pages.done.index(ANOTHER) < 4
    assert pages.most[ONE] == 2


async def test_turns_go_round_by_address():
    pages = Pages()
    application = fair_queue.Turns(pages, fair_queue.Line(at_once=1, of_one=1))
    who = [*[ONE] * 5, ANOTHER, "192.0.2.3"]
    pages.may_end.set()

    await asyncio.gather(*(Client(one).asks(application) for one in who))

    # The first had its turn before anybody else was there; from then on nobody has two while another waits.
    assert sorted(pages.done[1:4]) == [ONE, ANOTHER, "192.0.2.3"]


async def test_a_page_whose_reader_went_away_is_not_computed():
    pages = Pages()
    application = fair_queue.Turns(pages, fair_queue.Line(at_once=1, of_one=1))
    first, gone, last = Client(), Client(), Client()
    asked = [asyncio.ensure_future(client.asks(application)) for client in (first, gone, last)]
    await settled()

    gone.went.set()
    await settled()
    pages.may_end.set()
    await asyncio.gather(*asked)

    assert (first.status, gone.status, last.status) == (200, None, 200)
    assert len(pages.done) == 2


async def test_more_than_can_wait_are_told_to_come_later():
    pages = Pages()
    application = fair_queue.Turns(pages, fair_queue.Line(at_once=1, of_one=1))
    flood = [Client() for _request in range(fair_queue.WAITING_OF_ONE + 3)]
    asked = [asyncio.ensure_future(client.asks(application)) for client in flood]
    await settled()

    refused = [client for client in flood if client.status]

    assert [client.status for client in refused] == [429, 429]
    assert all((b"retry-after", b"5") in client.said[0]["headers"] for client in refused)
    pages.may_end.set()
    await asyncio.gather(*asked)


async def test_who_waits_too_long_for_a_turn_is_told_so(monkeypatch):
    monkeypatch.setattr(fair_queue, "WAIT", 0.01)
    pages = Pages()
    application = fair_queue.Turns(pages, fair_queue.Line(at_once=1, of_one=1))
    first, second = Client(path="/"), Client(path="/en/")
    asked = asyncio.ensure_future(first.asks(application))
    await settled()

    await second.asks(application)

    assert second.status == 503
    assert "Too much is asked" in second.said[1]["body"].decode()
    pages.may_end.set()
    await asked


async def test_a_page_that_takes_too_long_is_answered_and_keeps_its_turn_until_it_ends(monkeypatch):
    monkeypatch.setattr(fair_queue, "LONGEST", 0.01)
    pages = Pages()
    application = fair_queue.Turns(pages, fair_queue.Line(at_once=1, of_one=1))
    slow, next_ = Client(), Client()
    asked = [asyncio.ensure_future(client.asks(application)) for client in (slow, next_)]
    await asyncio.wait_for(slow.answered.wait(), 5)

    assert slow.status == 503
    assert pages.at_work[ONE] == 1
    pages.may_end.set()
    await asyncio.gather(*asked)
    assert [message["type"] for message in slow.said] == ["http.response.start", "http.response.body"]
    assert next_.status == 200


async def test_a_mistake_in_a_page_gives_its_turn_back():
    async def broken(_scope, receive, _send):
        await receive()
        raise RuntimeError

    application = fair_queue.Turns(broken, fair_queue.Line(at_once=1, of_one=1))

    for _request in range(3):
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(Client().asks(application), 5)


async def test_live_updates_hold_no_turn_and_are_so_many_of_one_address(monkeypatch):
    monkeypatch.setattr(request_limits, "LIVE_OF_ONE", 3)
    over = asyncio.Event()

    async def stream(_scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"retry: 3000", "more_body": True})
        await over.wait()

    application = request_limits.Traffic(fair_queue.Turns(stream, fair_queue.Line(at_once=1, of_one=1)))
    listeners = [Client(path="/live") for _page in range(4)]
    page, other = Client(), Client(ANOTHER, path="/live")

    asked = [asyncio.ensure_future(one.asks(application)) for one in (*listeners, page, other)]
    await settled()

    assert [one.status for one in listeners] == [200, 200, 200, 429]
    assert (page.status, other.status) == (200, 200)
    over.set()
    await asyncio.gather(*asked)


async def test_so_many_requests_of_one_address_are_open_and_no_more(monkeypatch):
    monkeypatch.setattr(request_limits, "OF_ONE", 2)
    pages = Pages()
    application = request_limits.Traffic(pages)
    flood, other = [Client() for _request in range(3)], Client(ANOTHER)
    asked = [asyncio.ensure_future(one.asks(application)) for one in (*flood, other)]
    await settled()

    assert [one.status for one in flood] == [None, None, 429]
    pages.may_end.set()
    await asyncio.gather(*asked)
    assert other.status == 200
    again = Client()
    await again.asks(application)
    assert again.status == 200


@pytest.mark.parametrize(("path", "word"), [("/people/me/", "πολύ αργά"), ("/en/people/me/", "too slowly")])
async def test_a_body_that_dawdles_is_not_waited_for(monkeypatch, path, word):
    monkeypatch.setattr(request_limits, "PATIENCE", 0.01)
    dawdler = Client(path=path, body=(b"a", None))

    await dawdler.asks(request_limits.Traffic(Pages()))

    assert dawdler.status == 408
    assert word in dawdler.said[1]["body"].decode()
    assert (b"connection", b"close") in dawdler.said[0]["headers"]


async def test_a_large_body_has_the_time_that_it_needs(monkeypatch):
    monkeypatch.setattr(request_limits, "PATIENCE", 0.2)
    monkeypatch.setattr(request_limits, "PACE", 1)
    pages = Pages()
    pages.may_end.set()
    steady = Client(body=(b"as much as a minute is worth of it" * 2, b"", b"end"))

    await steady.asks(request_limits.Traffic(pages))

    assert steady.status == 200


async def test_a_body_that_is_refused_is_taken_before_the_answer():
    large = Client(path="/people/me/", body=(b"a" * 1000, b"b" * 1000, b"end"))
    large.scope["headers"] = [(b"content-length", str(bounds.DESK + 1).encode())]

    await large.asks(request_limits.Traffic(bounds.Bounded(Pages())))

    assert large.status == 413
    assert not large._body


async def test_one_that_never_ends_is_not_taken_for_ever(monkeypatch):
    monkeypatch.setattr(request_limits, "DRAINED_WITHIN", 0.01)
    endless = Client(path="/people/me/", body=(b"a", None))
    endless.scope["headers"] = [(b"content-length", str(bounds.DESK + 1).encode())]

    await asyncio.wait_for(endless.asks(request_limits.Traffic(bounds.Bounded(Pages()))), 5)

    assert endless.status == 413


async def test_a_reader_who_takes_nothing_is_let_go(monkeypatch):
    monkeypatch.setattr(request_limits, "TAKEN_WITHIN", 0.01)

    class Stalled(Client):
        async def send(self, message):
            await super().send(message)
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

    pages, stalled = Pages(), Stalled()
    pages.may_end.set()

    await asyncio.wait_for(stalled.asks(request_limits.Traffic(pages)), 5)

    assert [message["type"] for message in stalled.said] == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize("error", [TooOften(), Overloaded()])
async def test_a_program_is_refused_with_a_problem(error: CandiaError):
    client = Client(path="/api/v1/entities")

    await bounds.refuse(client.scope, client.send, error)

    assert client.status == error.status
    assert (b"content-type", b"application/problem+json") in client.said[0]["headers"]
