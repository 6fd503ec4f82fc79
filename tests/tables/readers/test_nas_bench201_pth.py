import numpy as np
import pytest
import torch

from bench.errors import DataError
from bench.spaces import SPACES
from bench.tables.add import read_tables
from bench.tables.readers.nas_bench201_pth import NasBench201Pth

EVALUATED = {
    "cifar10-valid": ("x-valid", "ori-test"),
    "cifar10": ("ori-test",),
    "cifar100": ("x-valid", "x-test", "ori-test"),
    "ImageNet16-120": ("x-valid", "x-test", "ori-test"),
}
SPLITS = {"train-accuracy": "train", "valid-accuracy": "valid", "test-accuracy": "test", "valtest-accuracy": "valtest"}


@pytest.fixture
def official_archive(cells):
    """Make three cells in the official format, with the official classes and random accuracies."""
    from nas_201_api.api_utils import ArchResults, ResultsCount

    rng = np.random.default_rng(0)

    def results(number, epochs, seeds):
        cell = ArchResults(number, cells[number])
        for dataset, names in EVALUATED.items():
            for seed in seeds:
                curve = {epoch: float(rng.uniform(10, 95)) for epoch in range(epochs)}
                weights, params = {"weight": torch.zeros(2)}, 0.1 + number
                one = ResultsCount(dataset, weights, curve, curve, params, 20.5, {}, seed, epochs, None)
                curves = {f"{name}@{epoch}": np.float64(rng.uniform(10, 95)) for name in names for epoch in curve}
                one.update_eval(curves, curves, curves)
                one.update_latency([np.float64(0.1)])
                cell.update(dataset, seed, one)
        return cell.state_dict()

    def make(less=2, full=3):
        seeds = {0: (777, 888), 1: (777,), 2: (777, 888, 999)}
        return {
            "meta_archs": cells,
            "arch2infos": {n: {"less": results(n, less, (777,)), "full": results(n, full, seeds[n])} for n in seeds},
            "evaluated_indexes": set(seeds),
        }

    return make


@pytest.fixture
def archive(official_archive):
    return official_archive()


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("zipped", "less", "full"), [(True, 12, 200), (False, 2, 3)], ids=["zip", "legacy"])
def test_every_number_is_the_official_packages(official_archive, cells, tmp_path, zipped, less, full):
    from nas_201_api import NASBench201API

    path, archive = tmp_path / "NAS-Bench-201-v1_1.pth", official_archive(less, full)
    torch.save(archive, path, _use_new_zipfile_serialization=zipped)
    assert NasBench201Pth().recognizes(path)
    tables = {table.name: table for table in read_tables(path)}
    official, seen = NASBench201API(archive, verbose=False), set()
    for number, arch in enumerate(cells):
        genes = np.array([SPACES.get("nb201")().parse(arch)], dtype=np.int8)
        for dataset in EVALUATED:
            for budget, epochs in (("12", less), ("200", full)):
                results = official.query_meta_info_by_index(number, budget)
                costs = official.get_cost_info(number, dataset, hp=budget)
                for seed in results.get_dataset_seeds(dataset):
                    info = official.get_more_info(number, dataset, hp=budget, is_random=seed)
                    for kind in SPLITS.keys() & info.keys():
                        name = f"nb201/{dataset.lower()}/{SPLITS[kind]}/{epochs}ep"
                        table, row = tables[name], tables[name].rows(genes)[0][0]
                        seen.add(name)
                        assert table.seed(str(seed))[row] == np.float32(info[kind])
                        assert table.costs["params"][row] == pytest.approx(1e6 * costs["params"], abs=0.5)
                        assert table.costs["flops"][row] == pytest.approx(1e6 * costs["flops"], abs=0.5)
    assert seen == set(tables)
    assert np.isnan(tables[f"nb201/cifar10/test/{full}ep"].accuracy).sum() == 3


def test_numpy_scalars_under_the_name_of_numpy_1_are_read(archive, tmp_path):
    path = tmp_path / "old.pth"
    torch.save(archive, path, _use_new_zipfile_serialization=False)
    content = path.read_bytes().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    assert content != path.read_bytes()
    path.write_bytes(content)
    assert len(read_tables(path)) == 26


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_a_hostile_pickle_is_refused_by_name_and_nothing_runs(archive, hostile, marker, tmp_path, zipped):
    archive["arch2infos"][1]["full"]["all_results"]["cifar10", 777]["latency"] = [hostile]
    path = tmp_path / "bad.pth"
    torch.save(archive, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(DataError, match=r"bad.pth asks to call '(posix|nt|os)\.mkdir'.*nothing in it was run"):
        read_tables(path)
    assert not marker.exists()


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("kept", [10, 0.5, 0.999])
def test_a_truncated_file_is_named(archive, tmp_path, zipped, kept):
    path = tmp_path / "cut.pth"
    torch.save(archive, path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    with pytest.raises(DataError, match=r"cut.pth is not a complete torch file \(truncated\?\)"):
        read_tables(path)


def test_a_torch_file_of_something_else_is_named(tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / "net.pth")
    with pytest.raises(DataError, match=r"net.pth has no 'arch2infos'"):
        read_tables(tmp_path / "net.pth")


def test_a_cell_without_a_part_is_named(archive, tmp_path):
    del archive["arch2infos"][2]["full"]["arch_str"]
    torch.save(archive, tmp_path / "a.pth")
    with pytest.raises(DataError, match=r"a.pth, cell 2: not the results of an architecture \(KeyError: 'arch_str'\)"):
        read_tables(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("eval_acc1es", torch.zeros(3), "Tensor in the place of dict"),
        ("train_acc1es", torch.zeros(3), "Tensor in the place of dict"),
        ("train_acc1es", {2: torch.tensor(50.0)}, "Tensor in the place of a number"),
        ("params", torch.tensor(0.5), "Tensor in the place of a number"),
        ("flop", "20.5", "str in the place of a number"),
    ],
)
def test_a_tensor_or_a_text_is_not_taken_for_numbers(archive, tmp_path, part, value, told):
    archive["arch2infos"][2]["full"]["all_results"]["cifar10", 777][part] = value
    torch.save(archive, tmp_path / "a.pth")
    with pytest.raises(DataError, match=rf"a.pth, cell 2: not the results of an architecture \(TypeError: {told}\)"):
        read_tables(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("file", "release"), [("NAS-Bench-201-v1_1-096897.pth", "nb201-v1.1"), ("renamed.pth", "nb201")]
)
def test_its_tables_are_of_the_release_in_its_name(tmp_path, file, release):
    assert NasBench201Pth().release(tmp_path / file) == release


def test_torchs_advice_to_load_unsafely_is_not_passed_on(tmp_path):
    path = tmp_path / "NAS-Bench-201-v1_1-096897.pth"
    path.write_bytes(b"\x80\x02\xff\xff")
    with pytest.raises(DataError, match=r"is not a complete torch file .*; copy the file again") as told:
        read_tables(path)
    assert "weights_only" not in str(told.value)
    assert str(told.value).isprintable()


@pytest.mark.parametrize(("index", "budgets"), [("x", {}), (None, {}), (7, "results"), (7, None)])
def test_what_is_no_cell_by_its_number_is_named(archive, tmp_path, index, budgets):
    archive["arch2infos"][index] = budgets
    torch.save(archive, tmp_path / "a.pth")
    with pytest.raises(DataError, match=r"a.pth: 'arch2infos' holds what is no cell, .* under .*; expected"):
        read_tables(tmp_path / "a.pth")


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("arch_str", b"cell"),
        ("arch_str", 7),
        ("all_results", {("cifar10", "777"): {}}),
        ("all_results", {777: {}}),
        ("all_results", {("cifar10", 777): [[1]]}),
        ("all_results", {(7, 777): {}}),
    ],
)
def test_results_of_another_type_are_named(archive, tmp_path, part, value):
    archive["arch2infos"][2]["full"][part] = value
    torch.save(archive, tmp_path / "a.pth")
    with pytest.raises(DataError, match=r"a.pth, cell 2: not the results of an architecture \(TypeError: "):
        read_tables(tmp_path / "a.pth")


@pytest.mark.parametrize("results", [[[1]], torch.zeros(2), "results", None], ids=["list", "tensor", "text", "none"])
def test_results_that_are_no_mapping_are_named(archive, tmp_path, results):
    archive["arch2infos"][2]["full"] = results
    torch.save(archive, tmp_path / "a.pth")
    with pytest.raises(DataError, match=r"a.pth, cell 2: not the results of an architecture \(TypeError: "):
        read_tables(tmp_path / "a.pth")


def test_a_cost_beyond_all_floats_is_named(archive, tmp_path):
    archive["arch2infos"][2]["full"]["all_results"]["cifar10", 777]["params"] = 10**400
    torch.save(archive, tmp_path / "a.pth")
    with pytest.raises(DataError, match=r"a.pth, cell 2: not the results of an architecture \(OverflowError: "):
        read_tables(tmp_path / "a.pth")
