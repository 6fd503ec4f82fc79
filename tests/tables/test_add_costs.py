import dataclasses
import gzip

import numpy as np
import pytest

from bench.costs import open_costs
from bench.errors import DataError
from bench.spaces.nb201 import NB201
from bench.tables.add_costs import add_costs, published_costs, read_cost_file

CELL = "|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|"


@pytest.fixture
def write(tmp_path):
    def one(text, name="phone.csv"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return one


def test_costs_are_read_by_string_or_by_code(write, tmp_path):
    by_string = read_cost_file(write(f"arch,latency,energy\n{CELL},1.5,\n"), NB201())
    by_code = read_cost_file(write("index,code,latency,energy\n9,010003,1.5,\n", "phone.csv.gz"), NB201())
    assert by_string.genes.tolist() == by_code.genes.tolist() == [[0, 1, 0, 0, 0, 3]]
    assert by_string.name == by_code.name == "phone"
    assert list(by_string.columns) == list(by_code.columns) == ["latency", "energy"]
    assert by_code.columns["latency"].tolist() == [1.5]
    assert np.isnan(by_code.columns["energy"]).all()
    told = add_costs(write("code,a,b\n310000,2,3\n010003,1.5,\n", "x.csv"), "nb201", tmp_path / "data")
    assert told.summary == "2 costs (a, b) of 2 of 15,625 architectures; without a value: 1 of b"
    assert open_costs(NB201(), tmp_path / "data", ["a"]).of("a", np.array([[3, 1, 0, 0, 0, 0]], dtype=np.int8)) == [2]


def test_a_stored_one_never_changes(write, tmp_path):
    data, path = tmp_path / "data", write("code,a\n010003,1.5\n", "x.csv")
    add_costs(path, "nb201", data)
    assert "already there" in add_costs(path, "nb201", data).summary
    write("code,a\n010003,1.6\n", "x.csv")
    with pytest.raises(DataError, match=r"x.h5 holds other costs, and a stored table never changes; remove"):
        add_costs(path, "nb201", data)


@pytest.mark.parametrize(
    ("text", "name", "error"),
    [
        ("code,a\n010009,1\n", "x.csv", "line 2: '010009' is no architecture of 'nb201'"),
        ("code,a\n01000,1\n", "x.csv", "line 2: code is '01000'; expected 6 digits"),
        ("code,a\n010003,1\n010003,1\n", "x.csv", "line 2 and line 3 are the same architecture"),
        ("code,a\n010003,x\n", "x.csv", "line 2: a is 'x', not a number"),
        ("code,a\n010003,inf\n", "x.csv", "line 2: a is inf; expected a finite number"),
        ("code,flops\n010003,1\n", "x.csv", "has a column 'flops', which space 'nb201' computes itself"),
        ("arch,a\n|none~0|,1\n", "x.csv", "line 2: .*; is it an architecture of 'nb201'?"),
        ("cell,a\n010003,1\n", "x.csv", "has no column 'arch'"),
        ("code\n010003\n", "x.csv", "has no costs"),
        ("code,a\n", "x.csv", "has no rows"),
        ("code,a,a\n010003,1,2\n", "x.csv", "2 columns 'a'"),
        ("", "x.csv", "is empty"),
        ("code,a\n", "x.txt", "x.txt is no CSV; allowed: .csv, .csv.gz"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(write, text, name, error):
    with pytest.raises(DataError, match=error.replace("?", r"\?")):
        read_cost_file(write(text, name), NB201())


def test_a_missing_or_damaged_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.csv does not exist"):
        read_cost_file(tmp_path / "gone.csv", NB201())
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"code,a\n010003,1\n" * 100)[:30])
    with pytest.raises(DataError, match=r"x.csv.gz"):
        read_cost_file(tmp_path / "x.csv.gz", NB201())


def test_the_costs_of_a_published_table_are_those_that_its_space_does_not_compute(small_table):
    small_table = dataclasses.replace(small_table, costs={"params": np.ones(3), "latency": np.arange(3.0)})
    costs = published_costs(small_table)
    assert (costs.space, list(costs.columns)) == ("macro", ["latency"]), "the space computes the parameters"
    assert costs.genes.tolist() == small_table.genes.tolist()
    assert costs.columns["latency"].tolist() == [0, 1, 2]
    assert published_costs(dataclasses.replace(small_table, costs={})) is None


@pytest.mark.slow
def test_the_published_hardware_costs_cover_the_space(real_data):
    table = read_cost_file(real_data / "nb201_hwnasbench.csv.gz", NB201())
    assert (len(table.genes), len(table.columns)) == (15_625, 30)
    row = table.genes.tolist().index([4, 2, 1, 2, 1, 1])
    assert table.columns["c10_pixel3_latency"][row] == 3.60585
