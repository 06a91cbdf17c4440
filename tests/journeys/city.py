"""A city of its own for the journeys: `candia run` with the sample, and visitors with a browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request

from candia.config import sample_city
from candia.engines.supervisor import tie
from tests.engines_once import free_port, wait_for

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
LOOK = (Path(__file__).parent / "look.js").read_text("utf-8")
IDLE = (Path(__file__).parent / "idle.js").read_text("utf-8")


@dataclass
class City:
    """A running city, known by its address and its home; tests touch it as anybody from outside would."""

    base: str
    home: Path
    environ: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def password(self) -> str:
        """The one password of the sample accounts."""
        return (self.home / "secrets" / "sample_password").read_text().strip()

    def candia(self, *words: str) -> str:
        """What `candia …` says in this city; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "candia.cli", *words],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def web(self) -> int:
        """The process that serves the pages, by its id."""
        return int((self.home / "run" / "web.json").read_text().strip("[").split(",")[0])

    def kill_web(self) -> None:
        """Kill the web process as `kill -9` does; the city starts another."""
        os.kill(self.web(), signal.SIGKILL)

    @contextmanager
    def hung_web(self):
        """The processes that answer take requests and say nothing, until the city notices or the block ends."""
        served = self.web()
        children = Path(f"/proc/{served}/task/{served}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGSTOP)
        try:
            yield
        finally:
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGCONT)


def smaller(folder: Path) -> Path:
    """The sample city with a tenth of its meters: there sooner, and otherwise the same."""
    shutil.copytree(sample_city.parent, folder)
    water = folder / "water.toml"
    water.write_text(re.sub(r"^meters = \d+", "meters = 300", water.read_text("utf-8"), flags=re.MULTILINE))
    return folder / "city.toml"


@contextmanager
def running():
    """A sample city over a temporary home, from its start to its end."""
    home = Path(tempfile.mkdtemp(prefix="candia-journeys-"))
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CANDIA_")}
    environ |= {
        "CANDIA_HOME": str(home),
        "CANDIA_PORT": str(port),
        "CANDIA_MQTT_PORT": str(free_port()),
        "CANDIA_CITY": str(smaller(home / "sample")),
        "CANDIA_REQUIRE_MFA": "false",
        "PYTHONWARNINGS": "default",
    }
    told = (home / "told").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "candia.cli", "run"],
        env=environ,
        stdout=told,
        stderr=told,
        preexec_fn=tie(signal.SIGTERM, os.getpid()),  # noqa: PLW1509
    )
    try:
        wait_for(lambda: (home / "run" / "up").exists() or process.poll() is not None, 300)
        assert process.poll() is None, (home / "told").read_text()[-3000:]
        yield City(f"http://127.0.0.1:{port}", home, environ, process)
    finally:
        process.terminate()
        process.wait(20)
        told.close()
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Visitor:
    """Somebody with a browser of their own: no cookie and no cache is shared with another."""

    city: City
    context: BrowserContext
    page: Page
    tiles: str
    asked: set[str] = field(default_factory=set)

    @classmethod
    def comes(cls, browser: Browser, city: City, *, tiles: str = "", **manner) -> "Visitor":
        """Open a browser window; who is asked beside the city is written down, and not reached by this browser.

        Nothing stands between browser and city (`route`): each answer would go through the test, and none be kept.
        """
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "el-GR", **manner})
        context.set_default_timeout(15_000)
        visitor = cls(city, context, context.new_page(), tiles)
        context.on("request", visitor._note)
        return visitor

    def _note(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and not request.url.startswith(self.city.base):
            self.asked.add(address.netloc)

    def never_gets(self, pattern: str) -> None:
        """Have addresses like this one fail to load from now on."""
        line = self.context.new_cdp_session(self.page)
        line.send("Network.enable")
        line.send("Network.setBlockedURLs", {"urls": [pattern]})

    def goes(self, path: str):
        """Open an address of the city."""
        return self.page.goto(self.city.base + path)

    def sees_map(self, path: str) -> None:
        """Open a page and wait until its first map, `drawn` in the page, has drawn all that it has."""
        self.page.add_init_script(IDLE)
        self.goes(path)
        self.page.locator("candia-map").first.scroll_into_view_if_needed()
        wait_for(lambda: self.page.evaluate("window.drawn !== undefined"), 20)
        self.page.evaluate(LOOK)

    def signs_in(self, email: str) -> None:
        """With the e-mail address and the password of the sample, by the form."""
        self.goes("/account/login/")
        self.page.fill("#id_login", email)
        self.page.fill("#id_password", self.city.password)
        self.page.press("#id_password", "Enter")
        self.page.wait_for_url(lambda url: "/account/login" not in url)

    def leaves(self) -> None:
        """Close the window; nobody but the city and the tile service may have been asked."""
        self.context.close()
        assert self.asked <= {self.tiles}, f"Others were asked: {self.asked}"
