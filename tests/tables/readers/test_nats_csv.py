import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.add import read_tables
from bench.tables.readers.nats_csv import NatsCsv

HEADER = "CIFAR10TestAccuracy200Epochs,CIFAR100TestAccuracy200Epochs,ImageNetTestAccuracy200Epochs,ArchitectureString"


def test_each_column_of_accuracies_becomes_a_table_of_means(tmp_path, cells):
    path = tmp_path / "n.csv"
    path.write_text(f"{HEADER}\n90,70,40,{cells[0]}\n91,71,41,{cells[1]}\n")
    assert NatsCsv().recognizes(path)
    tables = {table.name: table for table in read_tables(path)}
    genes = np.array([tables["nb201/cifar10/test/200ep"].space.parse(cell) for cell in cells[:2]], dtype=np.int8)
    found = {name: table.mean[table.rows(genes)[0]].tolist() for name, table in tables.items()}
    assert found == {
        "nb201/cifar10/test/200ep": [90, 91],
        "nb201/cifar100/test/200ep": [70, 71],
        "nb201/imagenet16-120/test/200ep": [40, 41],
    }
    assert {table.seeds for table in tables.values()} == {("mean",)}
    assert "CIFAR100TestAccuracy200Epochs: mean over" in tables["nb201/cifar100/test/200ep"].source


@pytest.mark.slow
def test_all_cells_of_the_real_file_become_three_tables_with_the_known_optima(published):
    best = {name: round(float(table.mean.max()), 2) for name, table in published.items()}
    assert best == {
        "nb201/cifar10/test/200ep": 94.37,
        "nb201/cifar100/test/200ep": 73.51,
        "nb201/imagenet16-120/test/200ep": 47.31,
    }
    for table in published.values():
        assert (len(table.genes), table.seeds, table.merged) == (15625, ("mean",), 0)
        np.testing.assert_array_equal(table.genes, table.space.enumerate())


FOUND = {
    # cell that a published search ends at: CIFAR-10, CIFAR-100 and ImageNet16-120 as printed, and how many are better
    "distribution-consistent NAS": (
        "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
        (94.22, 73.17, 46.48),
        10,
    ),
    "DARTS": (
        "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|",
        (54.30, 15.61, 16.32),
        None,
    ),
    "DrNAS": (
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
        (94.36, 73.51, 46.34),
        2,
    ),
}


@pytest.mark.parametrize("method", FOUND)
def test_cells_that_published_searches_found_have_their_printed_accuracies(published, method):
    cell, printed, better = FOUND[method]
    names = ("cifar10", "cifar100", "imagenet16-120")
    tables = [published[f"nb201/{name}/test/200ep"] for name in names]
    [row], [known] = tables[0].rows(tables[0].space.parse_all([cell], "here"))
    assert known
    assert tuple(round(float(table.mean[row]), 2) for table in tables) == printed
    assert better is None or np.count_nonzero(tables[0].mean > tables[0].mean[row]) == better


@pytest.mark.parametrize(("accuracy", "place"), [(94.29, 9), (93.53, 380), (87.64, 11_703)])
def test_a_printed_accuracy_has_its_place_among_all_cells(published, accuracy, place):
    mean = published["nb201/cifar10/test/200ep"].mean
    assert np.count_nonzero(mean > accuracy) + 1 == place


def test_disconnected_cells_are_at_chance_in_the_real_file(published):
    table = published["nb201/cifar10/test/200ep"]
    cut = ~table.space.connected(table.genes)
    assert cut.sum() == 341
    np.testing.assert_array_equal(table.mean[cut], 10)


def test_a_missing_column_is_named(tmp_path, cells):
    path = tmp_path / "n.csv"
    path.write_text(HEADER.replace("CIFAR100Test", "C100Test") + f"\n90,70,40,{cells[0]}\n")
    with pytest.raises(DataError, match=r"n.csv has no column 'CIFAR100TestAccuracy200Epochs'; it has CIFAR10"):
        read_tables(path)


def test_an_unknown_cell_names_its_line(tmp_path, cells):
    path = tmp_path / "n.csv"
    path.write_text(f"{HEADER}\n90,70,40,{cells[0]}\n91,71,41,|x~0|\n")
    with pytest.raises(DataError, match=r"n.csv, line 3: '\|x~0\|' has 1 nodes"):
        read_tables(path)


def test_a_file_cut_within_a_line_names_the_line(tmp_path, cells):
    path = tmp_path / "n.csv"
    path.write_text(f"{HEADER}\n90,70,40,{cells[0]}\n91,71,4")
    with pytest.raises(DataError, match=r"n.csv, line 3: 3 cells, but the header names 4 columns; correct the row"):
        read_tables(path)


def test_a_file_with_only_its_header_holds_no_architecture(tmp_path):
    path = tmp_path / "n.csv"
    path.write_text(HEADER + "\n")
    with pytest.raises(DataError, match=r"n.csv holds no architecture"):
        read_tables(path)
