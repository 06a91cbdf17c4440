"""Ingest and gateway as processes of their own over the test's records, and devices that speak to them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt

from candia.core.access import system
from candia.core.entity import Entity
from candia.devices import credentials
from candia.telemetry import deadletters
from candia.telemetry.store import Store
from candia.telemetry.stream import OBSERVATIONS, Stream
from tests.engines_once import wait_for


def soon(condition):
    """Wait for what several processes must do together, on a machine that may be busy."""
    return wait_for(condition, 40)


class Parts:
    """`candia part ingest` and `candia part gateway`; whoever kills one starts it again."""

    def __init__(self, config, database, **settings):
        self.config, self.store = config, Store(config.telemetry_url)
        url = urlsplit(config.database_url)._replace(path=f"/{database}").geturl()
        self._environ = {**os.environ, "CANDIA_DATABASE_URL": url, "CANDIA_HOME": str(config.home)}
        self._environ |= settings
        self._running = {}

    def start(self, *names):
        for name in names:
            with (self.config.home / f"told-{name}").open("ab") as told:
                words = [sys.executable, "-m", "candia.cli", "part", name]
                self._running[name] = subprocess.Popen(words, env=self._environ, stdout=told, stderr=told)
        for name in names:
            soon(lambda name=name: self._is_ready(name))

    def _is_ready(self, name):
        assert self._running[name].poll() is None, (self.config.home / f"told-{name}").read_text()
        return (self.config.home / "run" / f"{name}.ready").read_text() == str(self._running[name].pid)

    def kill(self, name):
        """As `kill -9` does."""
        self._running[name].kill()
        self._running[name].wait()

    def stop(self):
        """As the city does; with which codes they ended."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            process.wait(20)
        self.store.close()
        return {process.returncode for process in self._running.values()}

    def console(self, *words):
        """What a verb of `candia` answers over these records: its code, and what it says."""
        command = [sys.executable, "-m", "candia.cli", *words]
        done = subprocess.run(
            command, env=self._environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, " ".join(done.stderr.split())

    def rows(self, entity):
        """What is stored of an entity: (property, time in ms, value, state)."""
        found = self.store.ask(
            "SELECT property, toUnixTimestamp64Milli(time) AS time, value, state FROM observations FINAL "
            "WHERE entity = {entity:String} ORDER BY property, time",
            entity=entity,
        )
        return [tuple(row.values()) for row in found.to_pylist()]

    def count(self, entity):
        """How many observations are stored of an entity."""
        sql = "SELECT count() AS n FROM observations FINAL WHERE entity = {entity:String}"
        return self.store.ask(sql, entity=entity)["n"][0].as_py()

    def with_stream(self, ask):
        """What a coroutine answers that is given the stream."""

        async def go():
            stream = await Stream.connect(self.config.stream_url)
            try:
                return await ask(stream)
            finally:
                await stream.close()

        return asyncio.run(go())

    def subjects(self):
        """The subjects on which the stream holds something."""

        async def ask(stream):
            return list((await stream.context.stream_info(OBSERVATIONS, subjects_filter=">")).state.subjects)

        return self.with_stream(ask)

    def letters(self, device):
        """The dead letters of a device."""

        async def ask(stream):
            return [letter async for letter in deadletters.letters(stream, device)]

        return self.with_stream(ask)


class Device:
    """An MQTT 3.1.1 client that remembers what it was told."""

    def __init__(self, config, name, secret, client_id=None):
        self.name, self.answers, self.acknowledged, self.ended = name, [], set(), 0
        self._client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=client_id or f"{name}-{time.monotonic_ns()}"
        )
        self._client.username_pw_set(name, secret)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda *told: self.answers.append(str(told[3]))
        self._client.on_publish = lambda *told: self.acknowledged.add(told[2])
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = lambda *told: self.answers.append(str(told[3][0]))
        self._client.connect("127.0.0.1", config.mqtt_port)
        self._client.loop_start()

    def _disconnected(self, *_told):
        self.ended += 1

    def let_in(self):
        """Wait for the door's first answer; whether it is yes."""
        return soon(lambda: self.answers)[0] == "Success"

    def publish(self, told, topic=""):
        """Publish with QoS 1; the message's number."""
        payload = told if isinstance(told, bytes | str) else json.dumps(told)
        return self._client.publish(f"v1/{topic or self.name}", payload, qos=1).mid

    def say(self, told, topic=""):
        """Publish and wait until it is acknowledged."""
        number = self.publish(told, topic)
        soon(lambda: number in self.acknowledged)

    def subscribe(self, topic):
        self._client.subscribe(topic, 1)

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


def issue(name, **given):
    """A device of the city and its secret."""
    _device, secret = credentials.issue(system, name, **given)
    return secret


def thing(id, **fields):
    """An entity of the city."""
    return Entity.objects.create(id=id, kind_name=id.partition(":")[0], name=id, **fields)


def knock(port, names, secret, within=30):
    """As many MQTT connections as names, all at once; what each was answered (0: let in, None: nothing)."""

    async def one(name):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            texts = [name.encode(), name.encode(), secret(name).encode()]
            body = b"\x00\x04MQTT\x04\xc2\x00\x3c" + b"".join(len(t).to_bytes(2, "big") + t for t in texts)
            length = len(body)
            head = bytes([0x10, length]) if length < 128 else bytes([0x10, length % 128 | 128, length // 128])
            writer.write(head + body)
            answer = await asyncio.wait_for(reader.read(4), within)
            lines.append(writer)
            return answer[3] if len(answer) == 4 else None
        except (OSError, TimeoutError):
            return None

    lines = []

    async def all_of_them():
        answers = await asyncio.gather(*map(one, names))
        for line in lines:
            line.close()
        return answers

    return asyncio.run(all_of_them())
