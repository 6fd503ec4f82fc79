import bz2
import shutil
import tracemalloc
import warnings

import numpy as np
import pytest

from bench.errors import DataError
from bench.spaces import SPACES
from bench.tables.add import read_tables
from bench.tables.readers.nats_tss import NatsTss

SPLITS = {"train-accuracy": "train", "valid-accuracy": "valid", "test-accuracy": "test", "valtest-accuracy": "valtest"}
DATASETS = ("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120")


@pytest.fixture
def sample(real_data):
    return real_data / "nats-tss-sample"


@pytest.fixture
def one(trial):
    def results(arch, trials):
        return {"arch_str": arch, "all_results": {key: trial(key[0], *rest) for key, rest in trials.items()}}

    return results


def test_its_reader_knows_the_folder_and_nothing_else(sample, real_data):
    assert NatsTss().recognizes(sample)
    assert not NatsTss().recognizes(real_data)
    assert not NatsTss().recognizes(real_data / "nats_bench.csv")


def test_every_number_of_the_real_entries_is_the_official_packages(sample, sampled):
    import nats_bench

    seen = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the entries name numpy.core, the old spelling
        official = nats_bench.create(str(sample), "tss", fast_mode=True, verbose=False)
        for number in (0, 11, 284):
            arch = np.array([SPACES.get("nb201")().parse(official.arch(number))], dtype=np.int8)
            for dataset in DATASETS:
                for epochs in ("12", "200"):
                    trials = official.query_meta_info_by_index(number, epochs)
                    for seed in trials.get_dataset_seeds(dataset):
                        info = official.get_more_info(number, dataset, hp=epochs, is_random=seed)
                        for kind in SPLITS.keys() & info.keys():
                            name = f"nb201/{dataset.lower()}/{SPLITS[kind]}/{epochs}ep"
                            table = sampled[name]
                            seen.add(name)
                            assert table.seed(str(seed))[table.rows(arch)[0]] == np.float32(info[kind])
    assert seen == set(sampled)


def test_costs_of_the_real_entries_are_those_of_the_space(sampled):
    table = sampled["nb201/cifar10/test/200ep"]
    computed = table.space.costs(table.genes)
    for cost in ("params", "flops"):
        np.testing.assert_array_equal(table.costs[cost], computed[cost])


def test_the_means_of_the_real_entries_are_those_of_the_published_csv(sampled, published):
    for name, csv in published.items():
        rows, found = csv.rows(sampled[name].genes)
        assert found.all()
        np.testing.assert_allclose(sampled[name].mean, csv.mean[rows], rtol=0, atol=1e-5)  # both are float32


def test_a_seed_that_one_cell_lacks_is_nan_and_a_cell_without_any_is_left_out(tmp_path, cells, one, write_nats):
    test = ("ori-test",)
    entries = {
        0: {"200": one(cells[0], {("cifar10", 777): (200, 50.0, test), ("cifar10", 888): (200, 51.0, test)})},
        1: {"200": one(cells[1], {("cifar10", 777): (200, 60.0, test)})},
        2: {"12": one(cells[2], {("cifar10", 777): (12, 30.0, test)})},
    }
    tables = {table.name: table for table in read_tables(write_nats(tmp_path / "n", cells, entries))}
    np.testing.assert_array_equal(tables["nb201/cifar10/test/200ep"].accuracy, [[50, 51], [60, np.nan]])
    np.testing.assert_array_equal(tables["nb201/cifar10/test/12ep"].accuracy, [[30]])


def test_where_seeds_disagree_on_the_costs_seed_888_is_believed(tmp_path, cells, one, write_nats):
    trials = {
        ("cifar10", seed): (200, 50.0, ("ori-test",), params) for seed, params in [(777, 0.1), (888, 0.2), (999, 0.3)]
    }
    folder = write_nats(tmp_path / "n", cells, {0: {"200": one(cells[0], trials)}})
    assert [table.costs["params"].tolist() for table in read_tables(folder)] == [[200_000]] * 2


def test_a_data_set_that_the_benchmark_does_not_name_keeps_its_own_splits(tmp_path, cells, one, write_nats):
    folder = write_nats(tmp_path / "n", cells, {0: {"90": one(cells[0], {("svhn", 1): (90, 50.0, ("extra",))})}})
    assert [table.name for table in read_tables(folder)] == ["nb201/svhn/extra/90ep", "nb201/svhn/train/90ep"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_entries(tmp_path, one, write_nats):
    space = SPACES.get("nb201")()
    archs = [space.spell(tuple(genes.tolist())) for genes in space.enumerate()[:12]]

    def peak(count):
        entries = {}
        for number in range(count):
            entry = one(archs[number], {("cifar10", 777): (200, 50.0, ("ori-test",))})
            entries[number] = {"200": entry | {"ballast": [float(value) for value in range(20_000)]}}
        folder = write_nats(tmp_path / str(count), archs, entries)
        tracemalloc.start()
        read_tables(folder)
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    peak(1)
    assert peak(12) < 1.3 * peak(2)


@pytest.mark.parametrize("name", ["meta.pickle.pbz2", "000001.pickle.pbz2"])
def test_a_hostile_pickle_in_the_folder_is_refused_and_nothing_runs(
    tmp_path, cells, one, write_nats, hostile, marker, name
):
    import pickle

    good = {"200": one(cells[0], {("cifar10", 777): (200, 50.0, ("ori-test",))})}
    folder = write_nats(tmp_path / "n", cells, {0: good})
    (folder / name).write_bytes(bz2.compress(pickle.dumps({"200": {"arch_str": [hostile]}})))
    with pytest.raises(DataError, match=rf"{name} asks to call '.*mkdir'.*nothing in it was run"):
        read_tables(folder)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["meta.pickle.pbz2", "000011.pickle.pbz2"])
@pytest.mark.parametrize("kept", [0, 1000, -1])
def test_a_truncated_real_entry_is_named(sample, tmp_path, name, kept):
    folder = tmp_path / "n"
    folder.mkdir()
    for path in sample.iterdir():
        shutil.copyfile(path, folder / path.name)
    (folder / name).write_bytes((folder / name).read_bytes()[:kept])
    with pytest.raises(DataError, match=rf"{name} is not (complete bz2 data|a complete pickle) \(truncated"):
        read_tables(folder)


def test_an_entry_under_the_number_of_another_cell_is_refused(tmp_path, cells, one, write_nats):
    entry = {"200": one(cells[1], {("cifar10", 777): (200, 50.0, ("ori-test",))})}
    with pytest.raises(DataError, match=r"000000.pickle.pbz2 holds the cell '.*', but meta.pickle.pbz2 lists"):
        read_tables(write_nats(tmp_path / "n", cells, {0: entry}))


def test_an_entry_without_a_part_is_named(tmp_path, cells, one, write_nats):
    entry = one(cells[0], {("cifar10", 777): (200, 50.0, ("ori-test",))})
    del entry["all_results"]["cifar10", 777]["epochs"]
    text = r"000000.pickle.pbz2: not the results of an architecture \(KeyError: 'epochs'\); copy the file again"
    with pytest.raises(DataError, match=text):
        read_tables(write_nats(tmp_path / "n", cells, {0: {"200": entry}}))


def test_an_entry_without_budgets_is_named(tmp_path, cells, write_nats):
    with pytest.raises(DataError, match=r"000000.pickle.pbz2 holds no results by budget"):
        read_tables(write_nats(tmp_path / "n", cells, {0: []}))


def test_a_folder_without_entries_is_named(tmp_path, cells, write_nats):
    with pytest.raises(DataError, match=r"holds meta.pickle.pbz2 but no entry such as 000000.pickle.pbz2"):
        read_tables(write_nats(tmp_path / "n", cells, {}))


def test_a_meta_file_without_the_list_of_cells_is_named(tmp_path, cells, write_nats):
    import pickle

    folder = write_nats(tmp_path / "n", cells, {})
    (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps([1])))
    with pytest.raises(DataError, match=r"meta.pickle.pbz2 has no 'meta_archs'"):
        read_tables(folder)


@pytest.mark.parametrize(
    ("listed", "name", "text"),
    [
        ([], "000000", r"meta.pickle.pbz2 lists no cell under 0, the number of 000000.pickle.pbz2"),
        ({}, "000000", r"meta.pickle.pbz2 has no 'meta_archs'"),
        (None, "000000", r"meta.pickle.pbz2 has no 'meta_archs'"),
        (["a"] * 3, "2x", r"2x.pickle.pbz2 is not named by a number, such as 000002.pickle.pbz2"),
    ],
)
def test_an_entry_that_the_meta_file_does_not_list_is_named(tmp_path, cells, one, write_nats, listed, name, text):
    import pickle

    folder = write_nats(
        tmp_path / "n", cells, {0: {"200": one(cells[0], {("cifar10", 777): (200, 50.0, ("ori-test",))})}}
    )
    (folder / "000000.pickle.pbz2").rename(folder / f"{name}.pickle.pbz2")
    (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps({"meta_archs": listed})))
    with pytest.raises(DataError, match=text):
        read_tables(folder)
