"""A simulated device: hears its orders by MQTT as a real one does, and obeys, refuses, lags, sleeps or lies."""

import json
import threading
import time

import paho.mqtt.client as mqtt


class SimulatedDevice:
    """One device that subscribes its orders and keeps its session while it sleeps.

    `manner` is what it does with an order: obey, refuse, fail, receive (and say no more), mute (say nothing), lie
    (say done and do nothing). `carried_out` are the orders it did, each once, as docs/devices.md asks of it.
    """

    def __init__(self, port, name, secret, manner="obey", *, lag=0.0, report=True):
        self.name, self.manner, self.lag, self.report = name, manner, lag, report
        self.heard, self.carried_out, self.states = [], [], {}
        self._port, self._secret = port, secret
        self._done, self._awake = {}, threading.Event()
        self.wake()

    def wake(self):
        """Connect, with the session it had before."""
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self.name, clean_session=False)
        client.username_pw_set(self.name, self._secret)
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda client, *_told: client.subscribe(f"orders/v1/{self.name}/+", 1)
        client.on_subscribe = lambda *told: self._awake.set() if told[3][0].value < 128 else None
        client.on_message = self._told
        self._awake.clear()
        client.connect("127.0.0.1", self._port)
        client.loop_start()
        self._client = client
        assert self._awake.wait(40), f"{self.name} may not hear its orders"

    def sleep(self):
        """Hang up; what is ordered meanwhile waits."""
        self._client.disconnect()
        self._client.loop_stop()

    def _told(self, _client, _data, message):
        order = json.loads(message.payload)
        self.heard.append(order)
        if self.manner != "mute":
            threading.Timer(self.lag, self._deal, [order]).start() if self.lag else self._deal(order)

    def _deal(self, order):
        id = order["order"]
        # An order that comes twice is done once, and answered as before.
        if id not in self._done:
            self._done[id] = self._carry_out(order)
        for answer in self._done[id]:
            self.answer(id, *answer)

    def _carry_out(self, order):
        if self.manner == "refuse":
            return [("refused", "the valve is locked by hand")]
        if self.manner == "fail":
            return [("received",), ("failed", "the motor does not turn")]
        if self.manner == "receive":
            return [("received",)]
        if self.manner != "lie":
            self.carried_out.append(order)
            self.states[order["entity"], order["capability"]] = order["value"]
        if self.report and isinstance(order["value"], int | float):
            value = order["value"] if self.manner != "lie" else 1 + (order["value"] + 50) % 99
            self.say({"entity": order["entity"], "time": time.time(), order["capability"]: value})
        return [("received",), ("done",)]

    def answer(self, id, state, why=""):
        """Say what became of an order."""
        self._client.publish(
            f"answers/v1/{self.name}", json.dumps({"order": id, "state": state, "why": why}), 1
        )

    def say(self, told):
        """Send an observation."""
        self._client.publish(f"v1/{self.name}", json.dumps(told), 1)
