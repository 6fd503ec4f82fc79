"""What is said of a file of predictions beside its scores."""

import numpy as np
import pytest

from bench.places import data_folder
from bench.population import Population
from bench.scores.file_notes import accuracy_note, missing_note
from bench.scores.join import Joined
from bench.tables.catalog import open_table


@pytest.fixture(scope="module")
def table():
    return open_table("nb201/digits/test/30ep", data_folder())


def told(table, column, values):
    """Return the note on predictions that repeat `values`."""
    prediction = np.resize(np.asarray(values, dtype=float), len(table.genes))
    joined = Joined(name="mine", prediction=prediction, present=np.ones(len(prediction), dtype=bool))
    return accuracy_note(column, joined, table, Population("all", table.space, table.genes))


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("accuracy", [40.0, 60.0], "mine: mean accuracy 50.0 - chance 10 = 40.0 %"),
        ("accuracy", [8.0, 9.0], "its supernet is at chance or below"),
        ("accuracy", [0.4, 0.6], "mine: the accuracies are at most 1; write percent"),
        ("accuracy", [0.4, 60.0], "accuracies look like fractions beside others of up to 60"),
        ("accuracy", [-3.0, 60.0], ""),
        ("score", [40.0, 60.0], ""),
    ],
)
def test_the_mean_of_accuracies_stands_beside_chance(table, column, values, said):
    note = told(table, column, values)
    assert said in note
    assert bool(said) == bool(note)


def test_missing_architectures_are_counted_in_the_population(table):
    population = Population("connected-500", table.space, table.genes)
    present = ~population.among(table.genes)
    known = int((~present).sum())
    present[np.flatnonzero(~present)[:2]] = True
    joined = Joined(name="mine", prediction=np.zeros(len(present)), present=present)
    assert missing_note(joined, table, population) == (
        f"mine: {known - 2:,} of {known:,} architectures of population 'connected-500' are missing"
    )
    whole = Joined(name="mine", prediction=np.zeros(len(present)), present=np.ones(len(present), dtype=bool))
    assert missing_note(whole, table, population) == ""
