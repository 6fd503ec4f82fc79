"""The truth that this project trained itself."""

import numpy as np
import pytest
import torch

from bench.places import SHIPPED
from bench.population import Population
from bench.sample.images.image_set import digits
from bench.scores.ceiling import ceiling
from bench.scores.metrics import METRICS
from bench.spaces.nb201 import NB201
from bench.stand_alone.build import build
from bench.stand_alone.journal import Journal
from bench.stand_alone.protocols import protocol
from bench.stand_alone.together import train_together
from bench.tables.catalog import open_table

NAME = "nb201/digits/test/30ep"


@pytest.fixture
def table():
    return open_table(NAME, SHIPPED / "nowhere")


def chosen(table, name):
    return Population(name, table.space).among(table.genes)


def canonical(table):
    return table.space.canonical(table.genes)


def test_it_holds_every_cell(table) -> None:
    np.testing.assert_array_equal(table.genes, NB201().enumerate())


def test_every_cell_has_a_seed_and_the_named_ones_three(table) -> None:
    assert table.seeds == ("0", "1", "2")
    assert np.isfinite(table.seed("0")).all()
    for name in ("random-1000", "connected-500"):
        assert np.isfinite(table.accuracy[chosen(table, name)]).all()


@pytest.mark.parametrize("name", ["random-1000", "connected-500"])
def test_its_ceiling_is_far_from_noise(table, name) -> None:
    tau = METRICS.get("kendall-tau-b")
    assert ceiling(table.accuracy[chosen(table, name)], [tau], resamples=50)[tau.name].low > 0.6


def test_equal_networks_have_equal_accuracies(table) -> None:
    _, first, owner = np.unique(canonical(table), axis=0, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(table.accuracy, table.accuracy[first[owner]])


def test_the_disconnected_cells_guess(table) -> None:
    connected = chosen(table, "connected")
    assert table.mean[~connected].max() < 15
    assert table.mean[connected].min() > 15


@pytest.mark.slow
def test_a_build_that_knows_the_table_trains_nothing_and_gives_it_again(table, tmp_path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.know(table)
    archs = table.space.spell_all(table.genes)
    again = build(NAME, archs, (0, 1, 2), journal, workers=1, data=tmp_path, partial=True)
    np.testing.assert_array_equal(again.accuracy, table.accuracy)
    assert again.sha256 == table.sha256
    assert len(journal.networks) == np.isfinite(table.accuracy[(canonical(table) == table.genes).all(axis=1)]).sum()
    assert not journal.path.exists()


def test_it_was_trained_on_the_digits_by_this_project(table) -> None:
    assert table.source_sha256 == digits().sha256
    assert table.source == f"trained by supernet-bench: test accuracy after the last of {protocol(NAME).epochs} epochs"


@pytest.mark.slow
def test_training_entries_again_gives_their_accuracies(table) -> None:
    """Equal on the processor that built them; elsewhere 30 epochs amplify rounding (sd 1.5 %, between seeds 1.9)."""
    torch.set_num_threads(1)
    rows = np.arange(5, len(table.genes), 1999)
    archs = table.space.spell_all(canonical(table)[rows])
    again = np.array([network.accuracy for network in train_together(protocol(NAME), archs, 0, digits())])
    difference = again - table.seed("0")[rows]
    assert np.abs(difference).max() < 8
    assert abs(difference.mean()) < 2
