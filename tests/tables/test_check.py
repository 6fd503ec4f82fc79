from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import DataError, UnknownName
from bench.spaces import SPACES
from bench.spaces.macro import Macro
from bench.tables.check import FileRows, checked_table, space_of

MACRO = "macro/cifar10/test/50ep"


def rows(archs, accuracy, **costs):
    accuracy = np.array(accuracy, dtype=float)
    if accuracy.ndim == 1:
        accuracy = accuracy[:, None]
    return FileRows(
        path=Path("in.csv"),
        keys=[f"line {row + 2}" for row in range(len(archs))],
        archs=archs,
        accuracy=accuracy,
        seeds=tuple(f"s{seed}" for seed in range(accuracy.shape[1])),
        costs={cost: np.array(values, dtype=float) for cost, values in costs.items()},
    )


def table_of(*arguments, name=MACRO, **costs):
    return checked_table(rows(*arguments, **costs), name, source="test")


@pytest.mark.slow
@given(st.permutations(list(range(20))))
def test_a_table_does_not_depend_on_the_order_of_the_rows(order):
    space = SPACES.get("macro")()
    archs = [space.spell(tuple(genes.tolist())) for genes in space.enumerate()[::300][:20]]
    straight = table_of(archs, range(50, 70))
    shuffled = table_of([archs[row] for row in order], [50 + row for row in order])
    assert shuffled.sha256 == straight.sha256


def test_rows_are_sorted_by_architecture_with_their_accuracies_and_costs():
    table = table_of(["22222222", "00000000"], [[90, 91], [50, np.nan]], params=[9, 5])
    assert table.genes[:, 0].tolist() == [0, 2]
    np.testing.assert_array_equal(table.accuracy, [[50, np.nan], [90, 91]])
    assert table.costs["params"].tolist() == [5, 9]


def test_repeated_rows_with_equal_accuracies_are_merged_and_counted():
    table = table_of(
        ["00000001", "00000000", "00000001", "00000001"], [[60, np.nan], [50, 51], [60, np.nan], [60, np.nan]]
    )
    assert len(table.genes) == 2
    assert table.merged == 2


def test_a_repeated_architecture_with_another_accuracy_names_both_rows():
    text = "in.csv, line 4: architecture '00000001' has accuracy 61, but line 2 gives it 60; keep one of the two rows"
    with pytest.raises(DataError, match=text):
        table_of(["00000001", "00000000", "00000001"], [60, 50, 61])


def test_a_repeat_that_differs_only_in_an_absent_seed_is_no_equal_repeat():
    with pytest.raises(DataError, match=r"has accuracy 60 / nan, but line 2 gives it 60 / 61"):
        table_of(["00000001", "00000001"], [[60, 61], [60, np.nan]])


def test_an_unknown_operation_names_row_value_and_allowed_ones(cells):
    bad = cells[1].replace("skip_connect", "skipconnect")
    with pytest.raises(
        DataError, match=r"in.csv, line 3: .*unknown operation 'skipconnect'; allowed: none, .*; correct"
    ):
        table_of([cells[0], bad], [50, 60], name="nb201/cifar10/test/200ep")


def test_a_wrong_number_of_edges_names_the_row(cells):
    bad = cells[0].replace("|none~0|none~1|nor_conv_3x3~2|", "|none~0|none~1|")
    with pytest.raises(DataError, match=r"in.csv, line 2: .*node 3 has 2 edges, expected 3"):
        table_of([bad], [50], name="nb201/cifar10/test/200ep")


@pytest.mark.parametrize("value", [-0.5, 100.5, np.inf])
def test_an_accuracy_outside_0_to_100_names_row_and_seed(value):
    with pytest.raises(DataError, match=rf"in.csv, line 3: accuracy {value:g} of seed s1 is outside 0..100 percent"):
        table_of(["00000000", "00000001"], [[50, 51], [60, value]])


def test_an_architecture_without_any_accuracy_names_the_row():
    with pytest.raises(DataError, match=r"in.csv, line 3: no accuracy \(NaN for every seed\); give a value or remove"):
        table_of(["00000000", "00000001"], [[50, 51], [np.nan, np.nan]])


def test_fractions_are_not_taken_for_percent():
    with pytest.raises(DataError, match=r"in.csv: the largest accuracy is 0.94, so these are fractions; .* by 100"):
        table_of(["00000000", "00000001"], [0.5, 0.94])


def test_a_file_without_rows_is_an_error():
    with pytest.raises(DataError, match=r"in.csv holds no architecture"):
        table_of([], np.empty((0, 1)))


@pytest.mark.parametrize(
    "name",
    [
        "nb201/cifar10/test",
        "nb201/a/b/c/d",
        "nb201/a/b/c\n",
        "nb201/../test/200ep",
        "/nb201/cifar10/test",
        "NB201/a/b/c",
    ],
)
def test_a_table_name_has_four_plain_parts(name):
    with pytest.raises(DataError, match=r"must be space/dataset/split/budget"):
        space_of(name)


def test_a_table_name_begins_with_a_known_space():
    with pytest.raises(UnknownName, match=r"unknown space 'nb2o1'; did you mean 'nb201'"):
        space_of("nb2o1/cifar10/test/200ep")


@dataclass(frozen=True, kw_only=True)
class NotAllIdentity(Macro):
    """Architectures of NAS-Bench-Macro with a block that is not the identity."""

    def valid(self, genes):
        return (genes > 0).any(axis=1)


def test_an_architecture_that_is_not_valid_names_its_row(monkeypatch):
    monkeypatch.setattr("bench.tables.check.space_of", lambda name: NotAllIdentity())
    table_of(["00000001", "00000002"], [50, 60])
    text = (
        "in.csv, line 3: '00000000' is not a valid architecture of space 'not-all-identity'; delete the row, or correct"
    )
    with pytest.raises(DataError, match=text):
        table_of(["00000001", "00000000"], [50, 60])


@pytest.mark.parametrize("seed", ["0,1", "", "a b", "0\n1", "x" * 41, "../x", "/"])
def test_a_seed_that_a_stored_table_could_not_give_back_is_refused(seed):
    with pytest.raises(DataError, match=r"in.csv names a seed '.*'; allowed: letters, digits"):
        checked_table(replace(rows(["00000000"], [50]), seeds=(seed,)), MACRO, source="test")


def test_an_accuracy_just_above_100_is_told_with_its_digits():
    with pytest.raises(DataError, match=r"in.csv, line 2: accuracy 100\.0001 of seed s0 is outside 0..100 percent"):
        table_of(["00000000"], [100.0001])
