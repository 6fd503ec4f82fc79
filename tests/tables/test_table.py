from dataclasses import replace

import numpy as np
import pytest

from bench.errors import DataError


def test_one_seed_is_one_column_with_nan_where_it_is_absent(small_table):
    np.testing.assert_array_equal(small_table.seed("7"), [51.5, np.nan, 93.5])


def test_the_mean_is_over_the_seeds_that_are_present(small_table):
    np.testing.assert_array_equal(small_table.mean, [50.75, 60.25, 93.25])


def test_a_seed_that_the_table_lacks_is_an_error_naming_those_it_has(small_table):
    with pytest.raises(DataError, match=r"table 'macro/cifar10/test/50ep' has no seed '888'; it has 0, 7"):
        small_table.seed("888")


def test_rows_are_found_in_any_order_and_absent_architectures_are_flagged(small_table):
    asked = np.concatenate([small_table.genes[::-1], np.zeros((1, 8), dtype=np.int8)])
    rows, found = small_table.rows(asked)
    assert rows[found].tolist() == [2, 1, 0]
    assert found.tolist() == [True, True, True, False]


def test_costs_of_the_source_replace_those_of_the_space_which_are_counted_once(small_table, monkeypatch):
    counted, costs = [], type(small_table.space).costs
    monkeypatch.setattr(type(small_table.space), "costs", lambda space, genes: counted.append(1) or costs(space, genes))
    table = replace(small_table, costs={"params": np.arange(len(small_table.genes), dtype=np.float64)})
    assert table.known_costs["params"].tolist() == list(range(len(table.genes)))
    assert table.known_costs["flops"].tolist() == costs(table.space, table.genes)["flops"].tolist()
    assert counted == [1]
