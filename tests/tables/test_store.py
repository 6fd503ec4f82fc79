import os
import resource
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest

from bench.errors import DataError, StoreError
from bench.spaces import SPACES
from bench.tables.store import read_info, read_table, write_table
from bench.tables.table import Table

OLD = "416dacd9809fd663357f04f1d5bcec9bb0b935bb4b406ac9ec43de97fec21160"

MEMORY = """
import numpy, sys
from pathlib import Path
from bench.tables.store import read_table
def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
before = peak()
table = read_table(Path(sys.argv[1]))
assert len(table.mean) == 15625 and len(table.rows(table.genes)[0]) == 15625
print(peak() - before)
"""


@pytest.fixture
def whole_nb201() -> Table:
    genes = SPACES.get("nb201")().enumerate()
    accuracy = np.random.default_rng(0).uniform(10, 95, (len(genes), 3)).astype(np.float32)
    return Table(name="nb201/cifar10/test/200ep", genes=genes, accuracy=accuracy, seeds=("1", "2", "3"), source="drawn")


def test_a_table_comes_back_as_it_was_stored(small_table, tmp_path):
    path = tmp_path / "a" / "b.h5"
    write_table(small_table, path)
    stored = read_table(path)
    assert stored.sha256 == small_table.sha256
    np.testing.assert_array_equal(stored.accuracy, small_table.accuracy)
    assert (stored.accuracy.dtype, stored.genes.dtype) == (np.float32, np.int8)
    assert stored.costs["params"].tolist() == [1.0, 2.0, 3.0]
    for part in ("name", "seeds", "source", "citation", "source_sha256", "merged"):
        assert getattr(stored, part) == getattr(small_table, part)


def test_the_file_says_its_units_and_direction(small_table, tmp_path):
    write_table(small_table, tmp_path / "t.h5")
    with h5py.File(tmp_path / "t.h5") as file:
        assert (file.attrs["units"], file.attrs["direction"]) == ("percent", "higher is better")


def test_equal_tables_give_equal_bytes(small_table, tmp_path):
    write_table(small_table, tmp_path / "a.h5")
    write_table(small_table, tmp_path / "b.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_the_description_of_a_table_needs_no_accuracies(small_table, tmp_path):
    write_table(small_table, tmp_path / "t.h5")
    info = read_info(tmp_path / "t.h5")
    assert (info.name, info.archs, info.seeds, info.source) == (small_table.name, 3, ("0", "7"), "made by hand")


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_a_truncated_table_is_an_error_naming_file_and_remedy(small_table, tmp_path, kept):
    path = tmp_path / "t.h5"
    write_table(small_table, path)
    content = path.read_bytes()
    path.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    with pytest.raises(DataError, match=r"t\.h5 cannot be read as a table .*remove it and add its source again"):
        read_table(path)


def test_a_foreign_hdf5_file_is_an_error(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["weights"] = [1, 2, 3]
    with pytest.raises(DataError, match=r"t\.h5 has schema 'none' instead of"):
        read_table(tmp_path / "t.h5")


def test_a_table_without_accuracies_is_an_error(small_table, tmp_path):
    write_table(small_table, tmp_path / "t.h5")
    with h5py.File(tmp_path / "t.h5", "r+") as file:
        del file["accuracy"]
    with pytest.raises(DataError, match=r"t\.h5 lacks a part of a table: .*accuracy"):
        read_table(tmp_path / "t.h5")


def test_a_table_that_was_edited_is_an_error(small_table, tmp_path):
    write_table(small_table, tmp_path / "t.h5")
    with h5py.File(tmp_path / "t.h5", "r+") as file:
        file["accuracy"][0, 0] = 99
    with pytest.raises(DataError, match=r"t\.h5 was changed: its content has sha256"):
        read_table(tmp_path / "t.h5")


def test_a_full_disk_names_file_and_remedy_and_leaves_nothing(whole_nb201, tmp_path):
    path, limits = tmp_path / "t.h5", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"cannot write .*t\.h5 \(File too large\); free some space or name"):
            write_table(whole_nb201, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_table_appears_under_its_name_only_when_it_is_complete(small_table, tmp_path, monkeypatch):
    path, replace = tmp_path / "t.h5", os.replace
    arrived = []

    def watch(source, target):
        arrived.append((read_table(source).sha256, target, path.exists()))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watch)
    write_table(small_table, path)
    assert arrived == [(small_table.sha256, path, False)]


def test_a_full_disk_leaves_the_earlier_table_as_it_was(small_table, whole_nb201, tmp_path, monkeypatch):
    write_table(small_table, tmp_path / "t.h5")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left on device\); free some space"):
        write_table(whole_nb201, tmp_path / "t.h5")
    assert read_table(tmp_path / "t.h5").sha256 == small_table.sha256
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="peak memory is read from /proc")
def test_opening_all_of_nas_bench_201_adds_less_than_60_mb(whole_nb201, tmp_path):
    path = tmp_path / "t.h5"
    write_table(whole_nb201, path)
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 60


def test_a_cost_that_was_edited_is_an_error(small_table, tmp_path):
    """A trivial predictor comes from it."""
    write_table(small_table, tmp_path / "t.h5")
    with h5py.File(tmp_path / "t.h5", "r+") as file:
        file["costs/params"][0] = 99
    with pytest.raises(DataError, match=r"t\.h5 was changed: its content has sha256"):
        read_table(tmp_path / "t.h5")


def test_tables_with_other_costs_are_other_tables(small_table):
    halved = replace(small_table, costs={"params": small_table.costs["params"] / 2})
    renamed = replace(small_table, costs={"flops": small_table.costs["params"]})
    without = replace(small_table, costs={})
    assert len({one.sha256 for one in (small_table, halved, renamed, without)}) == 4


def test_the_digest_of_a_table_without_costs_is_that_of_earlier_versions(small_table):
    """Stored runs and published predictions record it."""
    without = replace(small_table, costs={})
    # Born from the code before costs were in the digest, on 2026-11-26.
    assert without.sha256 == small_table.sha256_without_costs == OLD


@pytest.fixture
def old_file(small_table, tmp_path):
    """Write the table as earlier versions did, its costs outside the digest."""
    path = tmp_path / "old.h5"
    write_table(small_table, path)
    with h5py.File(path, "r+") as file:
        file.attrs.update(schema="supernet-bench table 1", sha256=OLD)
    return path


def test_a_table_of_an_earlier_version_is_read_and_says_that_its_costs_are_unchecked(old_file, small_table, tmp_path):
    assert read_table(old_file).sha256 == small_table.sha256
    assert not read_info(old_file).costs_checked
    write_table(read_table(old_file), tmp_path / "new.h5")
    assert read_info(tmp_path / "new.h5").costs_checked


def test_a_table_of_an_earlier_version_that_was_edited_is_an_error(old_file):
    with h5py.File(old_file, "r+") as file:
        file["accuracy"][0, 0] = 99
    with pytest.raises(DataError, match=r"old\.h5 was changed"):
        read_table(old_file)


def test_the_description_says_how_much_of_the_space_a_table_has(small_table, whole_nb201, tmp_path):
    for table, covered in ((small_table, "3 of 6,561"), (whole_nb201, "")):
        write_table(table, tmp_path / "t.h5")
        assert (read_info(tmp_path / "t.h5").coverage, table.coverage) == (covered, covered)
