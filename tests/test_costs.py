import dataclasses
import os

import h5py
import numpy as np
import pytest

from bench.costs import Costs, CostTable, costs_path, open_costs, read_costs, write_costs
from bench.errors import DataError, UnknownName
from bench.spaces.macro import Macro
from bench.spaces.nb201 import NB201

SPACE = NB201()
GENES = SPACE.enumerate()[:40]


def table(name="phone", column="latency", genes=GENES):
    values = np.arange(len(genes)) + 0.5
    return CostTable(
        name=name, space="nb201", genes=genes, columns={column: values}, source="a.csv", source_sha256="ab"
    )


def test_costs_of_the_space_and_of_a_table_are_found_by_name():
    costs = Costs(SPACE, (table(),))
    np.testing.assert_array_equal(costs.of("flops", GENES), SPACE.costs(GENES)["flops"])
    assert costs.of("latency", GENES[[3, 1, 3]]).tolist() == [3.5, 1.5, 3.5]
    assert costs.of("phone/latency", GENES[[2]]).tolist() == [2.5]
    assert costs.names[-1] == "phone/latency"
    assert costs.sha256("flops") is None
    assert costs.sha256("latency") == table().sha256


def test_a_column_of_two_tables_needs_its_tables_name():
    costs = Costs(SPACE, (table(), table("pad")))
    with pytest.raises(DataError, match="cost 'latency' is in 2 tables; name one of phone/latency, pad/latency"):
        costs.of("latency", GENES)
    assert costs.of("pad/latency", GENES[:1]).tolist() == [0.5]


def test_an_architecture_that_the_table_lacks_is_named_and_counted():
    with pytest.raises(DataError, match=r"'phone' has no latency for architecture \|nor_conv_3x3~0\|.* \(2 of 3 are"):
        Costs(SPACE, (table(),)).of("latency", np.array([[0] * 6, [3] * 6, [3] * 6], dtype=np.int8))


def test_an_unknown_value_is_as_bad_as_a_lacking_architecture():
    one = table()
    one.columns["latency"][2] = np.nan
    with pytest.raises(DataError, match="1 of 40 are missing"):
        Costs(SPACE, (one,)).of("latency", GENES)


def test_an_unknown_cost_is_named_with_how_to_add_it():
    with pytest.raises(UnknownName, match=r"did you mean 'flops'.*'supernet-bench data add FILE --costs nb201'"):
        Costs(SPACE).of("flop", GENES)
    assert Costs(Macro()).names == ["params", "flops"]


def test_a_stored_table_is_read_as_it_was_and_only_where_it_is_needed(tmp_path):
    path = costs_path("phone", "nb201", tmp_path)
    write_costs(table(), path)
    again = read_costs(path)
    assert again.sha256 == table().sha256
    assert open_costs(SPACE, tmp_path, ["latency"]).of("latency", GENES[:1]).tolist() == [0.5]
    path.write_bytes(b"")
    assert open_costs(SPACE, tmp_path, ["flops"]).names == list(SPACE.costs(GENES))
    with pytest.raises(DataError, match=r"phone.h5 cannot be read as a cost table \(truncated\?\)"):
        open_costs(SPACE, tmp_path, ["latency"])


def test_a_changed_table_is_noticed(tmp_path):
    path = costs_path("phone", "nb201", tmp_path)
    write_costs(table(), path)
    with h5py.File(path, "r+") as file:
        file["costs"][0] = 7
    with pytest.raises(DataError, match=r"phone.h5 was changed"):
        read_costs(path)


def test_a_foreign_file_is_named(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["genes"] = [1]
    with pytest.raises(DataError, match="has schema 'none' instead of 'supernet-bench costs 1'"):
        read_costs(tmp_path / "x.h5")


def test_costs_under_a_taken_name_stay_as_they_are(tmp_path):
    path = tmp_path / "mine.h5"
    assert write_costs(table(), path)
    before = path.read_bytes()
    assert not write_costs(dataclasses.replace(table(), source="others"), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["mine.h5"]
