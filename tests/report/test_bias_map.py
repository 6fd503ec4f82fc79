"""The bias of a ranking as a table of whole numbers and shades."""

import numpy as np
import pytest

from bench.places import data_folder
from bench.report.bias_map import SHADES, bias_map
from bench.scores.join import join
from bench.tables.catalog import open_table
from bench.tables.table import Table


@pytest.fixture(scope="module")
def table() -> Table:
    return open_table("nb201/digits/test/30ep", data_folder())


def test_a_ranking_that_is_the_truth_has_no_bias(table: Table) -> None:
    found = bias_map("truth", [join("truth", table.genes, table.mean, table)], table)
    assert found is not None
    assert {cell for _, cells in found.lines for cell in cells} == {("0", 0)}


def test_a_choice_that_is_ranked_too_high_is_positive_and_has_the_darkest_shade(table: Table) -> None:
    pooled = (table.genes == table.space.choices[0].index("avg_pool_3x3")).sum(axis=1)
    two = [join("pool", table.genes, table.mean + seed + 5 * pooled, table) for seed in (0, 1)]
    found = bias_map("pool", two, table)
    assert found is not None
    assert (found.seeds, found.n) == (2, int(table.space.connected(table.genes).sum()))
    assert len(found.decisions) == table.space.decisions
    lines = dict(found.lines)
    errors = {name: [int(text) for text, _ in cells if text] for name, cells in lines.items()}
    [pool] = [name for name in lines if "pool" in name.lower()]
    assert min(errors[pool]) > 0
    assert np.mean(errors[pool]) == max(np.mean(one) for one in errors.values())
    assert max(abs(shade) for cells in lines.values() for _, shade in cells) == SHADES


def test_fewer_architectures_than_an_additive_error_has_numbers_have_none(table: Table) -> None:
    few = np.flatnonzero(table.space.connected(table.genes))[::1500]
    assert bias_map("few", [join("few", table.genes[few], table.mean[few], table)], table) is None
