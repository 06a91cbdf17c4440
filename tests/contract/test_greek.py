"""Greek is first: every msgid of the code and of the templates has its Greek, and only one."""

import re
from pathlib import Path

import pytest

from tests.contract.greek import candia, greek, homes, others, used

fields = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.mark.parametrize("home", homes, ids=lambda home: home.name)
def test_every_msgid_has_its_greek(home: Path) -> None:
    # All catalogues are one to Django, so a word may stand in any of them.
    known = {msgid for place in homes for msgid, forms in greek(place).items() if all(forms)}

    lacking = {msgid: path for msgid, path in used(home).items() if msgid not in known}

    assert not lacking


@pytest.mark.parametrize("home", others, ids=lambda home: home.name)
def test_words_outside_the_faces_and_services_are_greek_too(home: Path) -> None:
    known = {msgid for place in homes for msgid, forms in greek(place).items() if all(forms)}

    assert not used(home).keys() - known


def test_one_msgid_has_one_greek_for_all() -> None:
    """Django takes one of several at random, as it were; so there must not be several."""
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for home in homes:
        for msgid, forms in greek(home).items():
            found.setdefault(msgid, {})[forms] = home.name

    several = {msgid: forms for msgid, forms in found.items() if len(forms) > 1}

    assert not several


@pytest.mark.parametrize("home", homes, ids=lambda home: home.name)
def test_what_is_filled_in_is_filled_in_in_greek_as_well(home: Path) -> None:
    for msgid, forms in greek(home).items():
        wanted = sorted(fields.findall(msgid))
        for form in forms:
            # Greek may say "one" where English counts.
            assert set(fields.findall(form)) <= set(wanted), f"{msgid!r}: {form!r}"
        assert set(fields.findall(forms[-1])) >= set(wanted), f"{msgid!r} loses a part in {candia.name}"


@pytest.mark.parametrize("home", homes, ids=lambda home: home.name)
def test_greek_capitals_carry_no_tonos(home: Path) -> None:
    for msgid, forms in greek(home).items():
        for word in (word for form in forms for word in re.findall(r"[^\W\d_]{3,}", form)):
            assert not (word.isupper() and set(word) & set("ΆΈΉΊΌΎΏ")), f"{msgid!r}: {word}"
