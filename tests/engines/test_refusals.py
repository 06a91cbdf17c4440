"""A city that others could read or take over does not start, and is told why beforehand."""

import os
import re
import subprocess
import sys

import pytest

from candia.config import Config
from candia.engines.part import StartError
from candia.startup_checks import refuse_unsafe, unsafe
from tests.engines_once import free_port

OWN = 'name = "A"\nlanguages = ["en"]\ntimezone = "UTC"\ncentre = [25, 35]\nservices = []\n'


@pytest.fixture
def reasons(tmp_path):
    """Why a city of one's own with these settings is refused."""
    (tmp_path / "city.toml").write_text(OWN)
    (tmp_path / "cert.pem").write_text("a certificate")

    def reasons(sample=False, **settings):
        environ = {f"CANDIA_{name}": value for name, value in settings.items()}
        environ |= {"CANDIA_HOME": str(tmp_path)} | (
            {} if sample else {"CANDIA_CITY": str(tmp_path / "city.toml")}
        )
        return " ".join(unsafe(Config.read(environ), environ))

    reasons.file = str(tmp_path / "cert.pem")
    return reasons


OPEN = {"HOST": "0.0.0.0", "HTTPS": "yes"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"DEBUG": "yes"}, "no sample|not a sample"),
        (
            {"DEBUG": "yes", "sample": True, "HOST": "192.168.1.4"},
            "CANDIA_DEBUG .* CANDIA_HOST is 192.168.1.4",
        ),
        ({"DEBUG": "yes", "sample": True, "HTTPS": "yes"}, "CANDIA_DEBUG .* proxy"),
        ({"DEBUG": "yes", "sample": True, "HTTPS": "no", "PROXIES": "10.0.0.7"}, "CANDIA_DEBUG .* proxy"),
        ({"SECRET_KEY": "abc"}, "CANDIA_SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "abcabcab" * 8}, "CANDIA_SECRET_KEY can be guessed"),
        ({"ALLOWED_HOSTS": "city.gr,*"}, r"CANDIA_ALLOWED_HOSTS is \*"),
        ({"HOST": "0.0.0.0"}, "CANDIA_HOST .* by http"),
        ({"HOST": "::", "HTTPS": "no"}, "CANDIA_HOST .* by http"),
        ({**OPEN, "sample": True}, "CANDIA_HOST .* the sample"),
        ({"MQTT_HOST": "0.0.0.0"}, "CANDIA_MQTT_HOST .* certificate"),
        ({"MQTT_HOST": "10.0.0.1", "MQTT_PLAIN": "yes", "sample": True}, "CANDIA_MQTT_HOST .* the sample"),
    ],
)
def test_what_is_unsafe_is_refused_by_name(reasons, settings, named):
    assert re.search(named, reasons(**settings)), reasons(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sample": True},
        {"sample": True, "DEBUG": "yes", "HOST": "localhost"},
        {**OPEN, "ALLOWED_HOSTS": "city.gr"},
        {"HOST": "127.0.0.1", "HTTPS": "yes"},
        {"MQTT_HOST": "10.8.0.1", "MQTT_PLAIN": "yes"},
        {"MQTT_HOST": "0.0.0.0", "STREAM_URL": "nats://elsewhere"},
    ],
)
def test_what_is_safe_is_not(reasons, settings):
    assert reasons(**settings) == ""


def test_devices_of_elsewhere_are_shown_a_certificate(reasons):
    assert reasons(MQTT_HOST="0.0.0.0", MQTT_TLS_CERT=reasons.file, MQTT_TLS_KEY=reasons.file) == ""
    assert "go together" in reasons(MQTT_TLS_CERT=reasons.file)


def _candia(word, home, **settings):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CANDIA_")}
    own = {"HOME": home, "PORT": free_port(), "MQTT_PORT": free_port()} | settings
    environ |= {f"CANDIA_{name}": str(value) for name, value in own.items()}
    done = subprocess.run(
        [sys.executable, "-m", "candia.cli", word],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 GB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_check_says_all_of_it_and_run_does_not_begin(small_disk):
    home = small_disk / "home"
    wrong = {
        "DEBUG": "yes",
        "HOST": "0.0.0.0",
        "SECRET_KEY": "abc",
        "ALLOWED_HOSTS": "*",
        "MQTT_HOST": "0.0.0.0",
    }
    code, told = _candia("check", home, **wrong)
    assert code == 1
    sentences = told[told.index("✗") :]
    assert not [name for name in wrong if f"CANDIA_{name}" not in sentences]
    assert "MB left. Free at least" in sentences
    assert "Nothing is wrong" not in told
    code, told = _candia("run", home)
    assert code == 1
    assert "MB left. Free at least" in told
    assert "Traceback" not in told
    assert not (home / "postgres").exists()
    # Whatever a verb writes is for the owner alone.
    made = [home, *home.rglob("*")]
    assert len(made) > 2
    assert not [path for path in made if path.stat().st_mode & 0o077]


def test_a_refusal_is_an_error_of_the_start(tmp_path):
    environ = {"CANDIA_HOME": str(tmp_path), "CANDIA_SECRET_KEY": "abc"}
    with pytest.raises(StartError, match="CANDIA_SECRET_KEY"):
        refuse_unsafe(Config.read(environ), environ)
