"""The truth that this project trained itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.places import SHIPPED
from bench.sample.image_set import digits
from bench.scores import METRICS
from bench.scores.ceiling import ceiling
from bench.scores.population import population
from bench.spaces.nb201 import NB201
from bench.stand_alone import PROTOCOLS, train_network
from bench.tables.catalog import open_table

NAME = "nb201/digits/test/30ep"


@pytest.fixture
def table():
    return open_table(NAME, SHIPPED / "nowhere")


def test_it_holds_five_hundred_connected_cells_with_three_seeds_each(table) -> None:
    genes = NB201().enumerate()
    expected = genes[population("connected-500", NB201(), genes).selected]
    np.testing.assert_array_equal(table.genes, expected)
    assert table.seeds == ("0", "1", "2")
    assert np.isfinite(table.accuracy).all()


def test_its_ceiling_is_far_from_noise(table) -> None:
    tau = METRICS.get("kendall-tau-b")
    assert ceiling(table.accuracy, [tau], resamples=50)[tau.name].value > 0.5


def test_equal_networks_have_equal_accuracies(table) -> None:
    names = table.space.codes(table.space.canonical(table.genes))
    for code in np.unique(names):
        assert len(np.unique(table.accuracy[names == code], axis=0)) == 1


@pytest.mark.slow
def test_training_an_entry_again_gives_its_accuracy(table) -> None:
    """Bit for bit on the processor that built it; elsewhere rounding may move a few of 897 test images."""
    torch.set_num_threads(1)
    row = int(np.flatnonzero(table.space.codes(table.genes) % 97 == 5)[0])
    arch = table.space.spell(tuple(int(g) for g in table.space.canonical(table.genes[[row]])[0]))
    again = train_network(replace(PROTOCOLS[NAME]), arch, 1, digits())
    assert again.accuracy == pytest.approx(float(table.seed("1")[row]), abs=1.0)
