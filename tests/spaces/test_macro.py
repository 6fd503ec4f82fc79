import json

import numpy as np
import pytest

from bench.errors import DataError
from bench.spaces.macro import Macro


def test_the_space_holds_three_operations_in_each_of_eight_blocks():
    assert len(Macro().enumerate()) == Macro().size == 3**8 == 6_561


def test_a_network_with_another_number_of_digits_is_refused():
    with pytest.raises(DataError, match="'2221220' has 7 digits, expected 8"):
        Macro().parse("2221220")


def test_an_unknown_operation_is_refused():
    with pytest.raises(DataError, match="characters other than 0, 1, 2"):
        Macro().parse("22212203")


def test_costs_are_the_recorded_ones_of_every_network(real_data):
    entries = json.loads((real_data / "nas-bench-macro_cifar10.json").read_bytes())
    genes = Macro().parse_all(list(entries), "here")
    assert len(genes) == 6_561
    computed = Macro().costs(genes)
    for cost in ("params", "flops"):
        np.testing.assert_array_equal(computed[cost], [entry[cost] for entry in entries.values()])


@pytest.mark.parametrize(
    ("arch", "params", "flops"),
    [
        ("22212202", 1_985_514, 85_164_544),
        ("00000000", 387_882, 7_713_280),
        ("11111111", 1_588_874, 53_246_464),
        ("22222222", 2_932_586, 105_660_928),
    ],
)
def test_costs_of_published_networks(arch, params, flops):
    found = Macro().costs(np.array([Macro().parse(arch)], dtype=np.int8))
    assert (found["params"][0], found["flops"][0]) == (params, flops)


def test_the_canonical_form_moves_identities_to_the_end_of_their_stage():
    given = ["00000000", "01001002", "12102012", "00120212"]
    genes = Macro().parse_all(given, "here")
    assert Macro().spell_all(Macro().canonical(genes)) == ["00000000", "01010020", "12120012", "00120212"]


def test_there_are_3969_different_networks_of_equal_costs_within_a_class():
    genes = Macro().enumerate()
    once = Macro().canonical(genes)
    assert len(np.unique(once, axis=0)) == 3_969
    for cost, values in Macro().costs(genes).items():
        np.testing.assert_array_equal(values, Macro().costs(once)[cost])
