"""The CSV files of DARTS cells: two publications, two truths."""

import gzip

import numpy as np
import pytest
from scipy.stats import kendalltau

from bench.errors import DataError
from bench.spaces.darts import Darts
from bench.tables.add import add, read_tables
from bench.tables.readers.darts_csv import DartsCsv

CELL = "sep_conv_3x3@0 skip_connect@1 dil_conv_5x5@2 none@0 max_pool_3x3@1 avg_pool_3x3@3 sep_conv_5x5@4 none@2"
HEADER = "normal,reduce,c10_valid_200ep"


@pytest.fixture
def read(tmp_path):
    def write_and_read(*lines, header=HEADER):
        path = tmp_path / "cells.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        assert DartsCsv().recognizes(path)
        return read_tables(path)

    return write_and_read


@pytest.fixture(scope="module")
def tables(real_data):
    found = [table for name in ("yang214", "swap1000") for table in read_tables(real_data / f"darts_{name}.csv.gz")]
    return {table.name: table for table in found}


def test_the_real_files_have_their_known_numbers_and_share_no_architecture(tables):
    ours, swap = tables["darts/cifar10/test/600ep"], tables["darts/cifar10/valid/200ep"]
    assert (len(ours.genes), len(swap.genes)) == (214, 1000)
    assert round(float(ours.mean.mean()), 2) == 97.03
    assert round(float(ours.mean.std(ddof=1)), 2) == 0.23
    assert round(float(swap.mean.mean()), 2) == 79.18
    assert [round(float(end), 2) for end in (swap.mean.min(), swap.mean.max())] == [10.22, 86.61]
    space = Darts()
    assert not np.isin(space.keys(space.canonical(ours.genes)), space.keys(space.canonical(swap.genes))).any()


def test_only_the_214_are_genotypes_of_distinct_inputs_without_none(tables):
    derived = Darts(mask=("none",), inputs="distinct")
    assert derived.contains(tables["darts/cifar10/test/600ep"].genes).all()
    assert not derived.contains(tables["darts/cifar10/valid/200ep"].genes).all()


def test_parameters_rank_the_real_cells_as_known(tables):
    """tau-b computed once from the files alone, with scipy."""
    found = {
        name: round(float(kendalltau(Darts().costs(table.genes)["params"], table.mean).statistic), 3)
        for name, table in tables.items()
    }
    assert found == {"darts/cifar10/test/600ep": 0.168, "darts/cifar10/valid/200ep": 0.619}


def test_the_real_files_are_stored_under_their_plain_names(real_data, tmp_path):
    (found,) = add([real_data / "darts_yang214.csv.gz"], tmp_path)
    assert found.name == "darts/cifar10/test/600ep"


def test_a_cut_file_has_no_plain_name(real_data, tmp_path):
    lines = gzip.decompress((real_data / "darts_yang214.csv.gz").read_bytes()).decode().splitlines()
    path = tmp_path / "cut.csv"
    path.write_text("\n".join(lines[:50]) + "\n")
    with pytest.raises(DataError, match=r"has the form of the published darts_yang214.csv.gz but not its sha256"):
        add([path], tmp_path)


def test_the_column_says_which_truth_it_is(read):
    (table,) = read(f"{CELL},{CELL},85.5")
    assert (table.name, table.seeds, table.mean.tolist()) == ("darts/cifar10/valid/200ep", ("0",), [85.5])
    (other,) = read(f"{CELL},{CELL},96.5", header="normal,reduce,c10_test_600ep")
    assert other.name == "darts/cifar10/test/600ep"


def test_fractions_are_refused(read):
    with pytest.raises(DataError, match=r"the largest accuracy is 0.855, so these are fractions"):
        read(f"{CELL},{CELL},.855")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            f"{CELL.replace('dil_conv_5x5', 'conv')},{CELL},85",
            r"line 2: the normal cell's pair 3, 'conv@2': unknown",
        ),
        (
            f"{CELL},{CELL.replace('@4', '@9')},85",
            r"line 2: the reduction cell's pair 7, 'sep_conv_5x5@9': no input",
        ),
        (f"{CELL},{CELL} none@0,85", r"line 2: the reduction cell has 9 pairs op@input, expected 8"),
        (f"{CELL},,85", r"line 2: the reduction cell has 0 pairs"),
        (f"{CELL} | {CELL},{CELL},85", r"line 2: '.*' has 3 cells joined by '\|'"),
        (f"{CELL},{CELL},good", r"line 2: c10_valid_200ep is 'good', not a number"),
        (f"{CELL},{CELL},", r"line 2: no accuracy"),
        (f"{CELL},{CELL},850", r"line 2: accuracy 850 of seed 0 is outside 0..100"),
    ],
)
def test_a_wrong_row_is_named(read, line, message):
    with pytest.raises(DataError, match=message):
        read(line)


def test_another_accuracy_column_is_refused(read):
    with pytest.raises(DataError, match=r"has no column 'c10_test_600ep'; it has normal, reduce, accuracy"):
        read(f"{CELL},{CELL},85", header="normal,reduce,accuracy")


def test_a_truncated_gzip_file_is_no_file_of_cells(tmp_path):
    path = tmp_path / "cells.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n{CELL},{CELL},85\n".encode())[:-9])
    with pytest.raises(DataError, match=r"cells.csv.gz"):
        read_tables(path)
