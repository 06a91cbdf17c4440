"""Who asks, told by a proxy: believed from the city's own proxies, and worth nothing from anybody else."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.config import Config, ConfigError
from candia.doors.limits import parsed
from candia.doors.proxies import Proxied, visitor

OURS = (ip_network("127.0.0.1/32"), ip_network("10.0.3.0/24"), ip_network("2001:db8:9::/48"))
strangers = (
    st.ip_addresses()
    .map(lambda one: parsed(str(one)))
    .filter(lambda one: not any(one in net for net in OURS))
    .map(str)
)
written = st.lists(st.one_of(strangers, st.text(max_size=20), st.sampled_from(["127.0.0.1", "10.0.3.7"])))


async def asked(peer, headers, scheme="http"):
    """As whom, and by which scheme, the application sees this request."""
    seen = {}

    async def application(scope, _receive, _send):
        seen.update(scope)

    scope = {"type": "http", "client": (peer, 4711), "scheme": scheme, "headers": headers}
    await Proxied(application, OURS)(scope, None, None)
    return seen["client"][0], seen["scheme"]


@given(strangers, written)
async def test_what_a_stranger_writes_about_themselves_is_worth_nothing(peer, forwarded):
    headers = [
        (b"x-forwarded-for", ",".join(forwarded).encode()),
        (b"x-forwarded-proto", b"https"),
        (b"forwarded", b"for=127.0.0.1;proto=https"),
        (b"x-real-ip", b"127.0.0.1"),
    ]

    assert await asked(peer, headers) == (peer, "http")


@given(strangers, written, st.lists(st.sampled_from(["10.0.3.7", "10.0.3.250", "2001:db8:9::1"]), max_size=3))
def test_a_visitor_is_whom_the_outermost_proxy_saw_whatever_they_wrote_before(someone, wrote, passed):
    chain = ",".join([*wrote, someone, *passed])

    assert visitor("127.0.0.1", chain, OURS) == someone


@pytest.mark.parametrize(
    ("forwarded", "who"),
    [
        ("", "127.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::7]:4711, 10.0.3.7", "2001:db8::7"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, unknown, 10.0.3.7", "10.0.3.7"),
        ("127.0.0.1, 10.0.3.7", "127.0.0.1"),
    ],
)
def test_entries_are_read_from_the_right(forwarded, who):
    assert visitor("127.0.0.1", forwarded, OURS) == who


async def test_a_proxy_says_by_which_scheme_its_visitor_came():
    told = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-proto", b"https")]

    assert await asked("127.0.0.1", told) == ("203.0.113.9", "https")
    assert await asked("127.0.0.1", []) == ("127.0.0.1", "http")
    assert await asked("127.0.0.1", [*told, (b"x-forwarded-proto", b"http")]) == ("203.0.113.9", "http")
    assert await asked("127.0.0.1", [(b"x-forwarded-proto", b"gopher")]) == ("127.0.0.1", "http")


@pytest.mark.parametrize(
    ("settings", "proxies", "https"),
    [
        ({}, [], False),
        ({"CANDIA_PROXIES": "127.0.0.1, 10.0.3.0/24"}, ["127.0.0.1/32", "10.0.3.0/24"], True),
        ({"CANDIA_HTTPS": "true"}, ["127.0.0.0/8", "::1/128"], True),
        ({"CANDIA_PROXIES": "10.0.3.7", "CANDIA_HTTPS": "true"}, ["10.0.3.7/32"], True),
        ({"CANDIA_PROXIES": "10.0.3.7", "CANDIA_HTTPS": "false"}, ["10.0.3.7/32"], False),
    ],
)
def test_one_setting_says_that_there_is_a_proxy(tmp_path, settings, proxies, https):
    config = Config.read({"CANDIA_HOME": str(tmp_path), **settings})

    assert [str(network) for network in config.proxies] == proxies
    assert config.https is https
    # The parts of the city read the same.
    assert Config.read(config.environment()) == config


@pytest.mark.parametrize("text", ["somewhere", "0.0.0.0/0", "10.0.3.0/24,::/0", "300.1.1.1"])
def test_proxies_that_are_none_stop_the_start(tmp_path, text):
    with pytest.raises(ConfigError, match="CANDIA_PROXIES"):
        Config.read({"CANDIA_HOME": str(tmp_path), "CANDIA_PROXIES": text})
