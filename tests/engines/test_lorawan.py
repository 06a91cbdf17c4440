"""A downlink on the real stream: from a wish to ChirpStack, and what that says of it back through ingest."""

import asyncio
import contextlib
import secrets
import sys
import threading
from dataclasses import replace

import pytest
from django.utils import timezone

from candia.contract.dummy import installed
from candia.core.access import system
from candia.devices.commands import set_lorawan
from candia.devices.models import Order
from candia.devices.orders.chirpstack import ChirpStack
from candia.devices.orders.worker import Worker
from candia.devices.tests.chirpstack import TOKEN, FakeChirpStack
from candia.engines.part import StartError
from candia.parts import _jobs_and_orders
from tests.engines.parts import Device, issue, soon, thing
from tests.engines.test_orders import measured, state, want


@pytest.fixture(scope="module")
def parts(lasting_parts):
    return lasting_parts


@pytest.fixture
def network(parts, settings):
    """A ChirpStack and the worker of orders beside it, in this process so that it knows the dummy service."""
    made = FakeChirpStack()
    settings.CANDIA = replace(settings.CANDIA, chirpstack_url=made.url, chirpstack_token=TOKEN)
    client, loop, started = ChirpStack(made.url, TOKEN), asyncio.new_event_loop(), threading.Event()

    async def work():
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await Worker(parts.config.stream_url, 1000, client).run()

    with installed():
        thread = threading.Thread(target=loop.run_until_complete, args=(task := loop.create_task(work()),))
        thread.start()
        started.wait()
        yield made
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        # What a round has begun it ends.
        for one in threading.enumerate():
            if one.name.startswith("orders-"):
                one.join()
    loop.close()
    client.close()
    made.stop()


@pytest.mark.django_db(transaction=True)
def test_what_chirpstack_says_of_a_downlink_comes_in_among_the_observations(parts, network):
    eui, name = secrets.token_hex(8), secrets.token_hex(4)
    lamp = thing(f"dummy.lamp:{name}", alias=eui).id
    issue(f"node-{name}", entities=[lamp])
    set_lorawan(by=system, device=f"node-{name}", dev_eui=eui, f_port=10, device_class="A")
    want(lamp, 40)
    soon(lambda: Order.objects.filter(entity=lamp).exclude(ticket="").exists())
    (item,) = network.queues[eui]
    event = {"deviceInfo": {"devEui": eui}, "queueItemId": item.id}
    spy = Device(
        parts.config, f"spy-{name}", issue(f"spy-{name}", entities=[thing(f"dummy.lamp:s{name}").id])
    )
    ours = Device(parts.config, f"net-{name}", issue(f"net-{name}", kinds=["dummy.lamp"]))
    assert spy.let_in()
    assert ours.let_in()
    # Who may not speak for the lamp, and that a gateway has sent it, change nothing.
    spy.say({**event, "acknowledged": True})
    ours.say({**event, "downlinkId": 7, "gatewayId": "0016c001ff10a235"})
    ours.say({**event, "acknowledged": False})
    # What was lost is handed over again.
    anew = soon(lambda: _handed_over_after(item.id, lamp))
    assert state(lamp) == "sent"
    ours.say({**event, "queueItemId": anew, "acknowledged": True})
    soon(lambda: state(lamp) == "received")
    measured(lamp, 41)
    soon(lambda: state(lamp) == "confirmed")
    spy.close()
    ours.close()


def _handed_over_after(lost, lamp):
    """The downlink that took the place of a lost one, which need not wait for its pause here; empty until then."""
    orders = Order.objects.filter(entity=lamp)
    # On a busy machine it may be ChirpStack that did not answer in time, which is waited for longer.
    orders.filter(ticket="").update(due=timezone.now())
    ticket = orders.get().ticket
    return ticket if ticket != lost else ""


def test_a_city_without_the_extra_is_told_what_to_install(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "chirpstack_api", None)
    config = replace(settings.CANDIA, chirpstack_url="https://chirpstack.example")
    with pytest.raises(StartError, match=r"candia\[lorawan\]"):
        asyncio.run(_jobs_and_orders(config))
