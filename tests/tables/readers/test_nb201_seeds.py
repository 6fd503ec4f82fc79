"""NAS-Bench-201 seed by seed: what is read, what may be absent, and the ceiling that it gives."""

import gzip

import numpy as np
import pytest

from bench.errors import DataError
from bench.scores.ceiling import ceiling
from bench.scores.metrics import METRICS
from bench.tables.add import read_tables
from bench.tables.readers.nb201_seeds import NB201Seeds

HEADER = "index,arch,c10_n,c10_test_a,c10_test_b,c10_test_c"


def written(path, cells, header=HEADER, ends=("", "", "")):
    values = ("3,90,90.5,91", "2,91,92,", "1,80,,")
    lines = [f"{k},{cell},{value}{end}" for k, (cell, value, end) in enumerate(zip(cells, values, ends, strict=True))]
    text = "\n".join([header, *lines]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["seeds.csv", "seeds.csv.gz"])
def test_a_cell_keeps_the_seeds_that_it_has(tmp_path, cells, name):
    path = written(tmp_path / name, cells)
    assert NB201Seeds().recognizes(path)
    [table] = read_tables(path)
    assert table.name == "nb201/cifar10/test/200ep"
    assert NB201Seeds().release(path) == "v1.1-seeds"
    assert table.seeds == ("first", "second", "third")
    rows = table.rows(table.space.parse_all(cells, "test"))[0]
    np.testing.assert_array_equal(table.accuracy[rows], [[90, 90.5, 91], [91, 92, np.nan], [80, np.nan, np.nan]])


def test_columns_that_you_bring_are_read_where_they_are(tmp_path, cells):
    header = f"{HEADER},c100_test_mean_v11,c10_test_e12"
    path = written(tmp_path / "more.csv", cells, header, (",70,60", ",,61", ",72,"))
    tables = {table.name: table for table in read_tables(path)}
    names = ("cifar10/test/200ep", "cifar100/test/200ep", "cifar10/test/12ep")
    assert set(tables) == {f"nb201/{name}" for name in names}
    assert tables["nb201/cifar100/test/200ep"].mean.tolist() == [70, 72]
    assert "GPL" in tables["nb201/cifar100/test/200ep"].source


def test_what_is_no_number_names_its_line(tmp_path, cells):
    path = written(tmp_path / "bad.csv", cells)
    path.write_text(path.read_text().replace("90.5", "x"))
    with pytest.raises(DataError, match=r"bad.csv, line 2: c10_test_b is 'x', not a number"):
        read_tables(path)


@pytest.mark.slow
def test_one_seed_of_the_real_file_ranks_as_the_mean_of_the_others_with_tau_919(real_data):
    tables = {table.name: table for table in read_tables(real_data / "nb201.csv.gz")}
    table = tables["nb201/cifar10/test/200ep"]
    count = np.isfinite(table.accuracy).sum(axis=1)
    assert [int((count == seeds).sum()) for seeds in (3, 2, 1)] == [7961, 5439, 2225]
    whole = table.accuracy[count == 3]
    top = METRICS.get("kendall-tau-b/top-50")
    found = ceiling(whole, [METRICS.get("kendall-tau-b"), top], resamples=20)
    assert found["kendall-tau-b"].value == pytest.approx(0.919, abs=0.0005)
    assert found["kendall-tau-b"].n == 7961
    assert 0.2 < found[top.name].value < 0.6  # the top 50 of one seed are far from those of the others
    assert len(tables) == 13
