"""The published accuracies of NATS-Bench's size space on CIFAR-10."""

import gzip

import numpy as np
import pytest
from scipy.stats import kendalltau

from bench.errors import DataError
from bench.tables.add import add, read_tables

NAME = "nats-sss/cifar10/test/90ep"
TEXT = "arch,c10_test_90\n8:8:8:8:16,82.56\n8:8:8:8:8,79.79\n"


@pytest.fixture
def write(tmp_path):
    def written(text, name="n.csv.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return written


@pytest.mark.slow
def test_the_real_file_has_its_known_optimum_and_trivial_predictor(real_data):
    (table,) = read_tables(real_data / "nats_sss_c10.csv.gz")
    assert (table.name, len(table.genes), table.seeds) == (NAME, 32_768, ("0",))
    best = int(table.mean.argmax())
    assert table.space.spell(tuple(table.genes[best].tolist())) == "64:64:56:64:24"
    assert (table.mean.max(), table.mean.min()) == pytest.approx((93.65, 79.79), abs=1e-4)
    widths = table.space.costs(table.genes)["sum-of-widths"]
    assert kendalltau(widths, table.mean).statistic == pytest.approx(0.785, abs=6e-4)


@pytest.mark.slow
def test_the_real_file_takes_the_plain_name_of_its_table(real_data, tmp_path):
    [added] = add([real_data / "nats_sss_c10.csv.gz"], tmp_path)
    assert (added.name, added.summary) == (NAME, "32,768 architectures, seed 0")


@pytest.mark.parametrize("name", ["n.csv.gz", "n.csv"])
def test_a_part_of_it_is_read_compressed_or_not(write, name):
    (table,) = read_tables(write(TEXT, name))
    assert (table.space.spell_all(table.genes), table.coverage) == (["8:8:8:8:8", "8:8:8:8:16"], "2 of 32,768")
    np.testing.assert_array_equal(table.mean, np.float32([79.79, 82.56]))


def test_a_changed_file_does_not_take_the_published_name(write, tmp_path):
    with pytest.raises(DataError, match=r"has the form of the published nats_sss_c10.csv.gz but not its sha256"):
        add([write(TEXT)], tmp_path / "data")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT + "8:8:8:8:17,80\n", r"line 4: '8:8:8:8:17': width '17' of layer 5; allowed: 8, 16, .*"),
        (TEXT + "8:8:8:8:24,many\n", r"line 4: c10_test_90 is 'many', not a number"),
        (TEXT + "8:8:8:8:8,80\n", r"line 4: architecture '8:8:8:8:8' has accuracy 80, but line 3 gives it 79.79"),
        (TEXT.replace("82.56", "0.8256").replace("79.79", "0.7979"), r"fraction"),
    ],
)
def test_a_wrong_row_is_named(write, text, message):
    with pytest.raises(DataError, match=message):
        read_tables(write(text))


def test_a_truncated_file_is_named(write):
    path = write(TEXT * 50)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DataError, match=r"n\.csv\.gz cannot be decompressed \(truncated\?\)"):
        read_tables(path)
