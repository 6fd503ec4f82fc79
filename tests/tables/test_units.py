"""Fractions and percent are told apart or refused, never guessed."""

from pathlib import Path

import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.add import add
from bench.tables.check import FileRows, checked_table
from bench.tables.readers.user_file import UserFile

NAME = "macro/cifar10/valid/3ep"
ARCHS = ["00000000", "00000001", "00000002", "00000010"]


def table_of(accuracy, in_percent=False):
    values = np.array(accuracy, dtype=float).reshape(len(accuracy), -1)
    rows = FileRows(
        path=Path("in.csv"),
        keys=[f"line {row + 2}" for row in range(len(values))],
        archs=ARCHS[: len(values)],
        accuracy=values,
        seeds=tuple(f"s{seed}" for seed in range(values.shape[1])),
        in_percent=in_percent,
    )
    return checked_table(rows, NAME, source="test")


@pytest.mark.parametrize(
    ("accuracy", "told"),
    [
        ([0.91, 0.92, 93.5, 0.9], "line 2: accuracy 0.91 of seed s0"),
        ([91, 92, 0.935, 90], "line 4: accuracy 0.935 of seed s0"),
        ([91, 92, 0.97, 90], "line 4: accuracy 0.97 of seed s0"),  # the best one
        ([[91, 0.915], [92, 0.925]], "line 2: accuracy 0.915 of seed s1"),
        ([[91, np.nan], [np.nan, 0.92]], "line 3: accuracy 0.92 of seed s1"),
        ([[91, 91.5], [92, 0.925]], "line 3: accuracy 0.925 of seed s1"),
        ([10, 45, 0.1, 91], "line 4: accuracy 0.1 of seed s0"),
    ],
    ids=["all but one row", "one row", "the best row", "a seed", "a seed alone", "one cell", "chance"],
)
def test_fractions_among_percent_are_refused_with_their_place(accuracy, told):
    text = rf"in\.csv, {told} looks like a fraction beside accuracies up to .*; write every accuracy in percent"
    with pytest.raises(DataError, match=text):
        table_of(accuracy)


def test_chance_level_of_many_classes_is_no_fraction():
    assert table_of([100 / 120, 1.0, 47.3, 40]).mean.min() < 1


def test_zero_is_zero_in_either_unit():
    assert table_of([0, 91, 92, 90]).mean[0] == 0


@pytest.mark.parametrize("accuracy", [[0.8, 0.9, 1, 0.7], [0.1, 20, 30, 40]])
def test_who_says_percent_is_believed(accuracy):
    with pytest.raises(DataError, match=r"--percent"):
        table_of(accuracy)
    np.testing.assert_allclose(table_of(accuracy, in_percent=True).mean, accuracy, rtol=1e-6)


def test_a_users_file_takes_their_word(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("arch,accuracy\n00000000,0.1\n00000001,20\n")
    with pytest.raises(DataError, match=r"mine\.csv, line 2: .*--percent"):
        UserFile(name=NAME).read(path)
    assert len(UserFile(name=NAME, percent=True).read(path)[0].genes) == 2


def test_a_format_of_trainings_says_percent_itself(tmp_path, cells, trial, write_nats):
    from bench.tables.add import read_tables

    chance = trial("ImageNet16-120", 12, 0.83, ("x-test",))
    results = {"arch_str": cells[0], "all_results": {("ImageNet16-120", 777): chance}}
    tables = read_tables(write_nats(tmp_path / "nats", cells, {0: {"12": results}}))
    assert {float(table.mean[0].round(2)) for table in tables} == {0.83}


def test_what_cannot_be_told_is_said_when_a_table_is_added(tmp_path):
    path = tmp_path / "low.csv"
    path.write_text("arch,accuracy\n00000000,1.1\n00000001,0.9\n00000002,1.2\n00000010,0\n")
    [added] = add([path], tmp_path, NAME + "@mine")
    assert added.summary.endswith("; 1 accuracy of at most 1 read as percent, not as a fraction")


def test_a_fraction_near_the_accuracies_of_a_low_table_is_refused():
    with pytest.raises(DataError, match=r"line 4: accuracy 0\.011 of seed s0 looks like a fraction"):
        table_of([1.1, 1.2, 0.011, 0.9])
