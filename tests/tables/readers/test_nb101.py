"""The published files of NAS-Bench-101 cells: records, budgets, EC-NAS, and TFRecord."""

import gzip

import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.add import read_tables
from bench.tables.nb101_cells import from_triangle
from bench.tables.readers.nb101_tfrecord import NB101Tfrecord
from tests.attacks.targets import INCEPTION, NB101_HASH, SAMPLES, framed, nb101_record


@pytest.fixture
def sample(tmp_path):
    """Return the valid file of a reader, with some of its text replaced."""

    def write(reader, *changes):
        path = SAMPLES[reader](tmp_path)[0]
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return path

    return write


def tables(path):
    return {table.name: table for table in read_tables(path)}


def lines_of(path, count):
    with gzip.open(path, "rt") as file:
        return "".join(line for _, line in zip(range(count), file, strict=False))


def test_records_become_a_table_of_all_cells_and_one_of_the_uniform_ones(sample):
    found = tables(sample("nb101-records-csv"))
    assert set(found) == {
        f"nb101/cifar10/{truth}@{release}@1-of-423624"
        for truth in ("test/108ep", "valid/108ep", "valid/108ep-halfway")
        for release in ("evaluated", "uniform")
    }
    valid = found["nb101/cifar10/valid/108ep@uniform@1-of-423624"]
    np.testing.assert_allclose(valid.accuracy, [[90, 91, 92]], rtol=1e-6)
    assert valid.costs["params"].tolist() == [2_694_282]


def test_a_file_without_uniform_cells_has_no_table_of_them(sample):
    found = tables(sample("nb101-records-csv", (",2694282,1,", ",2694282,0,")))
    assert {name.split("@")[1] for name in found} == {"evaluated"}


@pytest.mark.slow
def test_the_first_real_records_are_those_of_the_benchmark(real_data, tmp_path):
    path = tmp_path / "part.csv"
    path.write_text(lines_of(real_data / "nb101_151644.csv.gz", 301))
    table = tables(path)["nb101/cifar10/valid/108ep@evaluated@300-of-423624"]
    assert (table.space.costs(table.genes)["params"] == table.costs["params"]).all()
    first = table.rows(np.array([table.space.parse(FIRST)], dtype=np.int8))[0][0]
    np.testing.assert_allclose(table.accuracy[first], [92.4179, 92.4579, 93.0489], rtol=1e-6)


FIRST = (
    "0100110/0010000/0001001/0000010/0000010/0000001/0000000:"
    "conv3x3-bn-relu+maxpool3x3+conv3x3-bn-relu+conv3x3-bn-relu+conv1x1-bn-relu"
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_recorded_parameters_are_those_of_the_channel_rule(real_data):
    """All 151,644 cells; hashes are compared by the reader, too slowly for every test."""
    import csv

    from bench.spaces.nb101 import NB101

    with gzip.open(real_data / "nb101_151644.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    genes = NB101().parse_all([f"{row['adjacency']}:{row['operations']}" for row in rows], "records")
    assert len(genes) == 151_644
    assert NB101().costs(genes)["params"].tolist() == [float(row["params"]) for row in rows]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((NB101_HASH, "0" * 32), rf"line 2: the hash '{'0' * 32}' is not that of its graph .*, which is {NB101_HASH}"),
        (("0.90", "90"), r"line 2: accuracy 9000 of seed 0 is outside 0..100 percent"),
        ((",1,0.90", ",x,0.90"), r"line 2: uniform is 'x'; allowed: 0 or 1; correct the cell"),
        (("0111010/", "1111010/"), r"line 2: .*edge 0->0 does not go forward.*; correct the architecture"),
        (("maxpool3x3", "maxpool5x5"), r"line 2: .*unknown operation 'maxpool5x5'; allowed: conv3x3"),
    ],
)
def test_a_record_that_is_wrong_is_named(sample, change, told):
    with pytest.raises(DataError, match=told):
        read_tables(sample("nb101-records-csv", change))


def test_budgets_are_correct_answers_of_9984_images(sample):
    found = tables(sample("nb101-budgets-csv"))
    assert list(found) == [f"nb101/cifar10/valid/{e}ep@nasbench-vis@1-of-423624" for e in (4, 12, 36, 108)]
    last = found["nb101/cifar10/valid/108ep@nasbench-vis@1-of-423624"]
    assert last.mean[0] == pytest.approx(100 * 9290 / 9984)


def test_a_budget_of_more_images_than_there_are_is_refused(sample):
    with pytest.raises(DataError, match=r"line 2: accuracy 100\.1\d* of seed one is outside 0..100"):
        read_tables(sample("nb101-budgets-csv", ("9290", "9999")))


@pytest.mark.slow
def test_the_first_real_budgets_are_read(real_data, tmp_path):
    path = tmp_path / "part.csv"
    path.write_text(lines_of(real_data / "nb101_30001.csv.gz", 201))
    table = tables(path)["nb101/cifar10/valid/108ep@nasbench-vis@200-of-423624"]
    assert (table.space.costs(table.genes)["params"] == table.costs["params"]).all()
    first = table.rows(np.array([table.space.parse(FIRST)], dtype=np.int8))[0][0]
    assert table.mean[first] == pytest.approx(93.048876, abs=1e-5)


@pytest.mark.parametrize(
    ("triangle", "vertices", "told"),
    [
        ("11001", "4", "row 2 of the matrix"),
        ("1100111", "4", "row 3 of the matrix"),
        ("1", "x", "'x vertices'"),
        ("1", "9" * 5_001, r"5,001 characters"),
    ],
)
def test_a_triangle_that_is_none_is_refused_by_the_space(triangle, vertices, told):
    from bench.spaces.nb101 import NB101

    with pytest.raises(DataError, match=told):
        NB101().parse(from_triangle(triangle, "00", vertices))


@pytest.mark.slow
def test_ec_nas_repeats_are_the_seeds_of_each_budget(sample):
    found = tables(sample("ec-nas-csv"))
    table = found["nb101/cifar10/test/12ep@ec-nas-csv@1-of-423624"]
    assert table.seeds == ("0", "1")
    np.testing.assert_allclose(table.accuracy, [[40, 41]], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("4V,", "6V,"), r"line 2: space is '6V'; allowed: 4V, 5V"),
        ((",4,0,", ",4.5,0,"), r"line 2: epochs is '4\.5'; allowed: a whole number"),
    ],
)
def test_an_ec_nas_row_that_is_wrong_is_named(sample, change, told):
    with pytest.raises(DataError, match=told):
        read_tables(sample("ec-nas-csv", change))


def test_a_tfrecord_becomes_tables_of_all_splits_and_of_the_state_halfway(tmp_path):
    path = SAMPLES["nb101-tfrecord"](tmp_path)[0]
    found = tables(path)
    names = [f"nb101/cifar10/{s}/108ep{half}" for s in ("test", "train", "valid") for half in ("", "-halfway")]
    assert list(found) == names
    np.testing.assert_allclose(found["nb101/cifar10/test/108ep"].accuracy, [[70, 71, 72]], rtol=1e-6)
    assert found["nb101/cifar10/test/108ep"].costs["params"].tolist() == [2_694_282]
    assert NB101Tfrecord().release(path) == "nasbench"


@pytest.mark.slow
def test_the_real_ec_nas_tfrecord_gives_the_values_of_its_csv(real_data, tmp_path):
    record, part = real_data / "ecnas_energy_4V9E.tfrecord", tmp_path / "part.csv"
    part.write_text(lines_of(real_data / "ecnas_4v_5v.csv.gz", 1 + 91 * 4 * 3))  # those of four vertices come first
    found, listed = tables(record), tables(part)
    assert NB101Tfrecord().release(record) == "ec-nas"
    assert len(found) == 12
    for name, table in found.items():
        other = listed[name.replace("@ec-nas@", "@ec-nas-csv@")]
        np.testing.assert_array_equal(table.genes, other.genes)
        np.testing.assert_allclose(table.accuracy, other.accuracy, atol=1e-5)
    valid, test = (found[f"nb101/cifar10/{split}/108ep@ec-nas@91-of-423624"] for split in ("valid", "test"))
    assert [round(float(mean), 4) for mean in (valid.mean.mean(), test.mean.mean())] == [89.9537, 89.4178]
    assert round(float(test.mean.max()), 2) == 93.35


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            nb101_record(epochs=108, accuracies=(0.9, 0.8, 0.7), own_hash="0" * 32),
            r"record 1: the hash '0+' is not that",
        ),
        (
            nb101_record(epochs=108, accuracies=(0.9, 0.8, 0.7))
            + nb101_record(epochs=108, accuracies=(0.9, 0.8, 0.7), own_hash="0" * 32),
            r"record 2: the hash '0+' is not that of the same graph in record 1",
        ),
        (
            nb101_record(epochs=108, accuracies=(90.0, 80.0, 70.0)),
            r"record 1: accuracy 7000 of seed 0 is outside 0..100",
        ),
        (nb101_record(epochs=108, accuracies=(0.9, 0.8)), r"record 1 is no training of a cell: an evaluation has acc"),
        (framed(b"[1, 2]"), r"record 1 is no training of a cell: expected a JSON list of hash, epochs, matrix"),
        (framed(b'["x", 4, "111", "a", ""]'), r"record 1 is no training .*: a matrix of 3 digits; expected the square"),
        (framed(b'["x", 4, "0100", "input,output", ""]'), r"record 1 is no training of a cell: 0 evaluations"),
        (b"", r"is empty; copy the file again"),
    ],
)
def test_a_record_of_a_tfrecord_that_is_wrong_is_named(tmp_path, content, told):
    path = tmp_path / "some.tfrecord"
    path.write_bytes(content)
    with pytest.raises(DataError, match=told):
        read_tables(path)


def test_the_inception_cell_is_written_as_its_triangle():
    triangle = "".join(row[vertex + 1 :] for vertex, row in enumerate(INCEPTION.split("/")))
    assert from_triangle(triangle, "10002", "7").startswith(INCEPTION)
