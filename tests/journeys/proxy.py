"""A real nginx with TLS before a web of its own: docs/run.md's configuration with other names, ports and paths."""

import os
import shutil
import ssl
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPSConnection
from pathlib import Path
from typing import NamedTuple

from candia.engines.supervisor import tie
from tests.engines_once import free_port, wait_for

ROOT = Path(__file__).parents[2]
nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


class Answer(NamedTuple):
    """What came back through nginx."""

    status: int
    headers: Message
    text: str


@dataclass
class Proxy:
    """A city behind nginx: its https address, its certificate, and the port behind nginx."""

    base: str
    certificate: Path
    behind: int

    def asks(self, path, *, source="127.0.0.1", method="GET", body=None, **headers):
        """What somebody at this address of the machine is answered: status, headers and body."""
        trust = ssl.create_default_context(cafile=self.certificate)
        line = HTTPSConnection(
            "localhost",
            int(self.base.rpartition(":")[2]),
            source_address=(source, 0),
            context=trust,
            timeout=20,
        )
        with closing(line):
            line.request(
                method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = line.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())


@contextmanager
def behind_nginx(city, folder):
    """A second web over the same home, which trusts nginx and is reached through it."""
    behind, plain, secure = free_port(), free_port(), free_port()
    told = (folder / "told").open("wb")
    environ = city.environ | {"CANDIA_PORT": str(behind), "CANDIA_PROXIES": "127.0.0.1"}
    commands = [
        ([sys.executable, "-m", "candia.cli", "part", "web"], environ),
        ([nginx, "-p", folder, "-c", _configured(folder, behind, plain, secure)], os.environ),
    ]
    running = [
        subprocess.Popen(
            words,
            env=env,
            stdout=told,
            stderr=told,
            preexec_fn=tie(9, os.getpid()),  # noqa: PLW1509
        )
        for words, env in commands
    ]
    proxy = Proxy(f"https://localhost:{secure}", folder / "city.pem", behind)
    try:
        wait_for(lambda: proxy.asks("/healthz").status == 200, 60)
        yield proxy
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(20)
        told.close()


def _configured(folder, behind, plain, secure):
    """The example with this test's ports and paths, in a file; what it says of traffic stays as it is."""
    _certify(folder)
    text = (ROOT / "examples" / "proxy" / "nginx.conf").read_text("utf-8")
    own = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    places = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in own)
    for was, becomes in {
        "events {": f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{",
        "http {": f"http {{\n    access_log off;\n{places}",
        "server 127.0.0.1:8000": f"server 127.0.0.1:{behind}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "listen 443": f"listen 127.0.0.1:{secure}",
        "city.example;": "localhost;",
        "/etc/ssl/city.example": f"{folder}/city",
    }.items():
        assert was in text
        text = text.replace(was, becomes)
    # As root its workers would be another user, who can't write here.
    text = ("user root;\n" if os.geteuid() == 0 else "") + text
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def _certify(folder):
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "city.key", "-out", "city.pem"]
    subprocess.run([*words.split(), *names], cwd=folder, check=True, capture_output=True)
