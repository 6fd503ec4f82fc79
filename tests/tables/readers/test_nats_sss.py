"""The folder of NATS-Bench's size space: the format of the topology folder, other architectures."""

import pytest

from bench.errors import DataError
from bench.tables.add import read_tables
from bench.tables.readers.nats_sss import NatsSss
from bench.tables.readers.nats_tss import NatsTss

NETWORKS = ["8:8:8:8:8", "64:64:56:64:24", "8:16:24:32:40"]
NAMES = ("ori-test",)


@pytest.fixture
def entries(trial):
    """Return entries of two budgets and two data sets, as the benchmark's folder has them."""

    def entry(number):
        accuracy = 60.5 + number
        short = {("cifar10", 777): trial("cifar10", 12, accuracy - 20, NAMES)}
        long = {
            ("cifar10", 777): trial("cifar10", 90, accuracy, NAMES, params=0.01 * (number + 1)),
            ("cifar100", 777): trial("cifar100", 90, accuracy - 30, ("ori-test", "x-test", "x-valid")),
        }
        arch = NETWORKS[number]
        return {
            "12": {"arch_str": arch, "all_results": short},
            "90": {"arch_str": arch, "all_results": long},
        }

    return {number: entry(number) for number in (0, 1)}


def test_the_two_folders_of_the_benchmark_are_told_apart_by_their_lists(tmp_path, real_data, entries, write_nats):
    sizes = write_nats(tmp_path / "n", NETWORKS, entries)
    assert NatsSss().recognizes(sizes)
    assert not NatsTss().recognizes(sizes)
    cells = real_data / "nats-tss-sample"
    assert NatsTss().recognizes(cells)
    assert not NatsSss().recognizes(cells)
    assert not NatsSss().recognizes(tmp_path)


def test_every_budget_data_set_and_split_is_a_table(tmp_path, entries, write_nats):
    tables = {table.name: table for table in read_tables(write_nats(tmp_path / "n", NETWORKS, entries))}
    assert list(tables) == [
        *(f"nats-sss/cifar10/{split}/{budget}ep" for split in ("test", "train") for budget in (12, 90)),
        *(f"nats-sss/cifar100/{split}/90ep" for split in ("test", "train", "valid", "valtest")),
    ]
    table = tables["nats-sss/cifar10/test/90ep"]
    assert table.space.spell_all(table.genes) == ["8:8:8:8:8", "64:64:56:64:24"]
    assert (table.seeds, table.accuracy.ravel().tolist()) == (("777",), [60.5, 61.5])
    assert table.costs["params"].tolist() == [10_000, 20_000]


def test_widths_outside_the_grid_are_refused_with_their_entry(tmp_path, entries, write_nats):
    for results in entries[1].values():
        results["arch_str"] = "64:64:57:64:24"
    folder = write_nats(tmp_path / "n", [NETWORKS[0], "64:64:57:64:24"], entries)
    with pytest.raises(DataError, match=r"000001.pickle.pbz2: .*width '57' of layer 3; allowed: 8, 16"):
        read_tables(folder)


def test_an_entry_under_the_number_of_another_network_is_refused(tmp_path, entries, write_nats):
    with pytest.raises(DataError, match=r"000000.pickle.pbz2 holds the network '64:.*', but meta.pickle.pbz2 lists"):
        read_tables(write_nats(tmp_path / "n", NETWORKS, {0: entries[1]}))


def test_a_hostile_pickle_in_the_folder_is_refused_and_nothing_runs(tmp_path, write_nats, hostile, marker):
    folder = write_nats(tmp_path / "n", NETWORKS, {0: {"90": {"arch_str": [hostile]}}})
    with pytest.raises(DataError, match=r"000000.pickle.pbz2 asks to call '.*mkdir'.*nothing in it was run"):
        read_tables(folder)
    assert not marker.exists()
