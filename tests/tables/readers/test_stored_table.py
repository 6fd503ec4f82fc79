"""Table files of this project are added as files of accuracies are."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.add import add, read_tables
from bench.tables.catalog import open_table
from bench.tables.readers.stored_table import StoredTable
from bench.tables.store import write_table


@pytest.fixture
def built(tmp_path, small_table):
    write_table(small_table, tmp_path / "out.h5")
    return tmp_path / "out.h5"


@pytest.fixture
def no_sources(tmp_path):
    """Return a list of published files that has none."""
    path = tmp_path / "sources.toml"
    path.write_text("")
    return path


def test_a_built_table_of_a_published_name_is_refused(built, tmp_path):
    with pytest.raises(DataError, match=r"out.h5 cannot be stored as 'macro/cifar10/test/50ep', the name of the publi"):
        add([built], tmp_path / "data")


def test_a_built_table_is_added_with_all_that_it_holds(built, tmp_path, small_table, no_sources):
    assert StoredTable().recognizes(built)
    [added] = add([built], tmp_path / "data", sources=no_sources)
    found = open_table(small_table.name, tmp_path / "data")
    assert added.name == small_table.name
    assert found.sha256 == small_table.sha256
    for part in ("seeds", "source", "citation", "source_sha256", "merged"):
        assert getattr(found, part) == getattr(small_table, part)
    np.testing.assert_array_equal(found.costs["params"], small_table.costs["params"])


def test_a_built_table_is_added_under_another_name_of_its_space(built, tmp_path):
    [added] = add([built], tmp_path / "data", "macro/cifar10/test/mine")
    assert added.name == open_table("macro/cifar10/test/mine", tmp_path / "data").name
    with pytest.raises(DataError, match=r"out.h5 holds a table of space 'macro', --name nb201/.* another space; leave"):
        read_tables(built, "nb201/cifar10/test/mine")


def test_a_changed_table_is_refused(built):
    with h5py.File(built, "r+") as file:
        file["accuracy"][0, 0] = 99
    with pytest.raises(DataError, match=r"out.h5 was changed: its content has sha256"):
        read_tables(built)


def test_a_table_of_architectures_outside_its_space_is_refused(small_table, tmp_path):
    write_table(replace(small_table, genes=small_table.genes + np.int8(5)), tmp_path / "out.h5")
    with pytest.raises(DataError, match=r"out.h5 holds architectures that space 'macro' has not; build it again"):
        read_tables(tmp_path / "out.h5")


def test_other_files_of_this_ending_are_not_recognized(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"no HDF5")
    assert not StoredTable().recognizes(tmp_path / "a.h5")
    assert not StoredTable().recognizes(tmp_path)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(DataError, match=r"b.h5 has schema 'none' instead of"):
        read_tables(tmp_path / "b.h5")
