"""A number as a stranger tells it is one that the records can be asked for, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candia.core.numbers import number_of


@pytest.mark.parametrize("told", ["", None, "x", "-1", "1.5", " 7", "٣", "²", "7\n", "9" * 19, "9" * 5000])
def test_what_can_be_no_row_is_none(told):
    assert number_of(told) == 0
    assert number_of(told, -1) == -1


@given(st.integers(0, 10**18 - 1))
def test_what_can_be_one_is_read_as_it_is(number):
    assert number_of(str(number), -1) == number
