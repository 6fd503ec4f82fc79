"""Architectures in cells of files: strings of the space, never integers."""

import re

import pytest

from bench.errors import DataError
from bench.spaces import SPACES
from bench.tables.arch_cell import parse_arch

NB201, MACRO = SPACES.get("nb201")(), SPACES.get("macro")()
WHY = r"files number operations and architectures in different orders, and a wrong one turned a tau of .577 into -.008"


@pytest.mark.parametrize("cell", ["(3, 4, 0, 1, 2, 2)", "[3,4,0,1,2,2]", "340122", "3 4 0 1 2 2", "3-4-0-1-2-2"])
def test_text_of_integers_is_refused_with_the_reason(cell):
    with pytest.raises(
        DataError, match=rf"^'{re.escape(cell)}'; write an architecture as its string, such as .*{WHY}$"
    ):
        parse_arch(cell, NB201)


@pytest.mark.parametrize("cell", [[3, 4, 0, 1, 2, 2], 1462])
def test_integers_are_refused_with_the_reason_and_an_example(cell):
    with pytest.raises(DataError, match=rf"write an architecture in quotes as its string, such as '\|nor_conv.*{WHY}"):
        parse_arch(cell, NB201)


def test_a_string_of_digits_is_an_architecture_where_the_space_writes_them_so():
    assert parse_arch("22212202", MACRO) == (2, 2, 2, 1, 2, 2, 0, 2)
    with pytest.raises(DataError, match=r"has 3 digits, expected 8, one per block$"):
        parse_arch("222", MACRO)


def test_an_error_stays_one_short_line():
    for cell in ("x" * 1_000_000, "|none~0|+" * 100_000, ["x" * 1_000_000]):
        with pytest.raises(DataError) as caught:
            parse_arch(cell, NB201)
        assert len(str(caught.value)) < 700
        assert "\n" not in str(caught.value)
