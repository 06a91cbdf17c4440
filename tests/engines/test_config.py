"""What an operator writes is understood, or refused with the name of what is wrong."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.config import City, Config, ConfigError, push_key, sample_city, settings

FACTS = {
    "name": '"Δήμος"',
    "languages": '["el"]',
    "timezone": '"Europe/Athens"',
    "centre": "[25.1, 35.3]",
    "services": '["water"]',
}


@pytest.fixture
def city(tmp_path):
    def read(rest="", **facts):
        lines = [f"{key} = {value}" for key, value in (FACTS | facts).items() if value]
        path = tmp_path / "city.toml"
        path.write_text("\n".join([*lines, rest]), "utf-8")
        return City.read(path)

    return read


def test_each_setting_is_a_field_and_is_told_in_the_docs():
    assert {setting.name.lower() for setting in settings} == {item.name for item in fields(Config)}
    told = Path(__file__).parents[2].joinpath("docs", "run.md").read_text("utf-8")
    rows = re.findall(r"^\| `CANDIA_(\w+)`[^|]*\| (.*?) ?\| (.*) \|$", told, re.MULTILINE)
    assert {name: meaning for name, _, meaning in rows} == {item.name: item.meaning for item in settings}
    defaults = {item.name: f"`{item.default}`" if item.default else "" for item in settings}
    assert {name: default for name, default, _ in rows if name != "CITY"} == {
        name: default for name, default in defaults.items() if name != "CITY"
    }


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    environ = {"CANDIA_HOME": str(tmp_path), "CANDIA_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert Config.read(environ).secret_key == "from a file"
    with pytest.raises(ConfigError, match="CANDIA_SECRET_KEY and CANDIA_SECRET_KEY_FILE are both set"):
        Config.read(environ | {"CANDIA_SECRET_KEY": "x"})
    with pytest.raises(ConfigError, match=r"CANDIA_SECRET_KEY_FILE names .*missing"):
        Config.read(environ | {"CANDIA_SECRET_KEY_FILE": str(tmp_path / "missing")})


def test_a_key_is_made_once(tmp_path):
    first, again = (Config.read({"CANDIA_HOME": str(tmp_path)}) for _twice in range(2))
    for name in ("secret_key", "push_key"):
        assert len(getattr(first, name)) > 30
        assert getattr(again, name) == getattr(first, name)
        assert getattr(first, name) not in repr(first)
        assert (tmp_path / "secrets" / name).stat().st_mode & 0o077 == 0
    push_key.private(first.push_key)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://here"),
        ("TELEMETRY_URL", "here:8123"),
        ("CITY", "/nowhere/city.toml"),
        ("BINARIES", "mine"),
        ("STREAM_SYNC", "often"),
        ("BACKUP_TO", "ftp://elsewhere"),
        ("BACKUP_AT", "25:00"),
        ("BACKUP_KEEP", "for ever"),
        ("BACKUP_RECIPIENT", "AGE-SECRET-KEY-1"),
        ("WEB_WORKERS", "0"),
        ("PUSH_KEY", "AAAA"),
        ("PUSH_KEY", "A" * 43),
        ("PROT", "8000"),
    ],
)
def test_a_wrong_setting_is_named_and_a_secret_is_not_shown(tmp_path, name, value):
    with pytest.raises(ConfigError, match=f"CANDIA_{name}") as refused:
        Config.read({"CANDIA_HOME": str(tmp_path), f"CANDIA_{name}": value})
    if name.endswith("URL"):
        assert value not in str(refused.value)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_port_is_understood_or_refused_by_name(tmp_path_factory, text):
    home = tmp_path_factory.getbasetemp() / "any-port"
    try:
        port = Config.read({"CANDIA_HOME": str(home), "CANDIA_PORT": text}).port
    except ConfigError as refused:
        assert "CANDIA_PORT" in str(refused)
    else:
        assert 0 < port < 65536


def test_the_settings_travel_to_a_part_unchanged(tmp_path):
    environ = {"CANDIA_HOME": str(tmp_path), "CANDIA_DEBUG": "yes", "CANDIA_ALLOWED_HOSTS": "a.gr, b.gr"}
    config = Config.read(environ)
    assert Config.read(config.environment()) == config


@pytest.mark.parametrize(("sample", "asked"), [("true", False), ("false", True)])
def test_a_second_factor_is_asked_for_unless_the_citys_file_says_that_it_is_a_sample(
    city, tmp_path, sample, asked
):
    city(sample=sample)

    told = {"CANDIA_HOME": str(tmp_path / "home"), "CANDIA_CITY": str(tmp_path / "city.toml")}

    assert Config.read(told).require_mfa is asked
    assert Config.read({**told, "CANDIA_REQUIRE_MFA": "yes"}).require_mfa


def test_the_sample_city_is_read():
    city = City.read(sample_city)
    assert city.languages == ("el", "en")
    assert city.zones.exists()
    assert city.basemap_origin.startswith("https://")


def test_thresholds_are_tables_of_rules(city):
    assert city("[thresholds.water.night_flow]\nratio = 1.4").thresholds == {
        "water": {"night_flow": {"ratio": 1.4}}
    }
    with pytest.raises(ConfigError, match=r"thresholds\.<service>\.<rule>"):
        city("[thresholds]\nratio = 1.4")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("languages", '["fr"]'),
        ("languages", "[]"),
        ("timezone", '"Europe/Heraklion"'),
        ("centre", "[35.3]"),
        ("centre", "[250, 35]"),
        ("zoom", "40"),
        ("zones", '"missing.geojson"'),
        ("basemap", '"tiles"'),
        ("services", '["water", "water"]'),
        ("colour", '"blue"'),
        ("name", ""),
    ],
)
def test_a_wrong_key_of_the_city_is_named(city, key, value):
    with pytest.raises(ConfigError, match=f"city.toml (has|lacks) .*{key}"):
        city(**{key: value})


def test_all_that_is_wrong_with_a_city_is_said_at_once(city):
    with pytest.raises(ConfigError) as refused:
        city(timezone='"here"', zoom='"near"', colour='"blue"')
    assert len(str(refused.value).splitlines()) == 3
