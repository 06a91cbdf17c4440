"""Devices of elsewhere speak to a door that shows a certificate, and to no other."""

import socket
import ssl
import subprocess

import pytest

from candia.config import Config
from candia.engines import nats
from tests.engines_once import free_port, wait_for


@pytest.fixture
def door(tmp_path):
    """The port of a NATS with a certificate, and the certificate."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    told = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*words, "-keyout", key, "-out", cert, *told], check=True, capture_output=True)
    port = free_port()
    settings = {"HOME": tmp_path / "home", "MQTT_PORT": port, "MQTT_TLS_CERT": cert, "MQTT_TLS_KEY": key}
    config = Config.read({f"CANDIA_{name}": str(value) for name, value in settings.items()})
    part = nats.part(config)
    part.prepare()
    process = subprocess.Popen(part.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(part.ready, 30)
        yield port, cert
    finally:
        process.kill()
        process.wait()


CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04anna"


def test_the_door_shows_its_certificate_and_hears_nothing_in_the_clear(door):
    port, cert = door
    trusted = ssl.create_default_context(cafile=str(cert))
    with (
        socket.create_connection(("localhost", port), 10) as plain,
        trusted.wrap_socket(plain, server_hostname="localhost") as line,
    ):
        assert line.version() in {"TLSv1.2", "TLSv1.3"}
    with socket.create_connection(("localhost", port), 10) as line:
        line.sendall(CONNECT)
        # An answer of MQTT would begin with CONNACK.
        assert not line.recv(1).startswith(b"\x20")
