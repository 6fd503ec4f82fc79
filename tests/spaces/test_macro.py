import pytest

from bench.errors import DataError
from bench.spaces.macro import Macro


def test_the_space_has_its_published_size():
    assert len(Macro().enumerate()) == Macro().size == 3**8 == 6_561


def test_a_string_of_another_length_is_refused():
    with pytest.raises(DataError, match="'2221220' has 7 digits, expected 8, one per block"):
        Macro().parse("2221220")


def test_a_digit_without_a_choice_is_refused():
    with pytest.raises(DataError, match="'22212203' has characters other than 0, 1, 2"):
        Macro().parse("22212203")


def test_costs_are_left_to_the_published_table():
    assert Macro().costs(Macro().enumerate()) == {}
