"""Of an HDF5 file only plain arrays in the file itself are read, and only small ones."""

import os
import shutil
import zlib

import h5py
import numpy as np
import pytest

from bench.errors import DataError, StoreError
from bench.places import PROJECT, SHIPPED
from bench.predict.predictions import Predictions
from bench.runs.predictions_file import read_predictions, write_predictions
from bench.tables.store import read_info, read_table, write_table
from bench.tables.table import Table
from bench.untrusted import limits
from bench.untrusted.hdf5 import open_hdf5


@pytest.fixture
def predictions(tmp_path):
    path, values = tmp_path / "predictions.h5", np.ones(3, np.float32)
    found = Predictions(
        genes=np.zeros((3, 6), np.int8), accuracy=values, negative_cross_entropy=values, images=8, split="x"
    )
    write_predictions(found, path)
    return path


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.h5"
    content = Table(
        name="nb201/mine/test/30ep",
        genes=np.array([[0] * 6, [1] * 6], np.int8),
        accuracy=np.ones((2, 1), np.float32),
        seeds=("0",),
        costs={"params": np.ones(2)},
        source="by hand",
    )
    write_table(content, path)
    return path


def loop(file, name):
    file[name] = h5py.SoftLink(f"/{name}")


def soft(file, name):
    file["elsewhere"] = np.zeros(3, np.float32)
    file[name] = h5py.SoftLink("/elsewhere")


def external_link(file, name):
    other = f"{file.filename}.other"
    shutil.copy(file.filename, other)
    file[name] = h5py.ExternalLink(other, f"/{name}")


def external_data(file, name):
    file.create_dataset(name, shape=(3,), dtype="f4", external=[("/etc/passwd", 0, 12)])


def virtual(file, name):
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3,))
    file.create_virtual_dataset(name, layout)


def huge(file, name):
    file.create_dataset(name, shape=(2**42,), dtype="f4", chunks=(1024,))


def huge_rows(file, name):
    file.create_dataset(name, shape=(2**62, 0), dtype="f4", maxshape=(None, None), chunks=(1, 1))


def bomb(file, name):
    data = file.create_dataset(name, shape=(3,), dtype="f4", chunks=(3,), compression="gzip")
    data.id.write_direct_chunk((0,), zlib.compress(bytes(50_000_000)))


def twice(file, name):
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_chunk((3,))
    settings.set_deflate(1)
    settings.set_deflate(1)
    h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((3,)), settings)


def group(file, name):
    file.create_group(name)


def text(file, name):
    file[name] = ["a", "b", "c"]


def fields(file, name):
    file[name] = np.zeros(3, [("a", "f4")])


def empty(file, name):
    file[name] = h5py.Empty("f4")


def other_length(file, name):
    file[name] = np.zeros(7, np.float32)


def missing(file, name):
    pass


ATTACKS = [loop, soft, external_link, external_data, virtual, huge, huge_rows, bomb, twice]
ATTACKS += [group, text, fields, empty, other_length, missing]


@pytest.mark.quick_cases(0, 5, 10, 15, 20, 25, 30, 35, 40)
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", ["genes", "accuracy", "negative_cross_entropy"])
def test_hostile_predictions_are_refused_in_one_line(attack, name, predictions):
    with h5py.File(predictions, "r+") as file:
        del file[name]
        attack(file, name)
    with pytest.raises(StoreError, match=r"predictions.h5 is not readable \(.*restore it, or delete its folder"):
        read_predictions(predictions)


@pytest.mark.quick_cases(0, 5, 10, 15, 20, 25, 30, 35, 40)
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", ["genes", "accuracy", "costs/params"])
def test_a_hostile_table_is_refused_in_one_line(attack, name, table):
    if attack is missing and name == "costs/params":
        pytest.skip("a table needs no costs")
    with h5py.File(table, "r+") as file:
        del file[name]
        attack(file, name)
    with pytest.raises(DataError, match=r"table.h5 (cannot be read as a table|lacks a part|was changed)"):
        read_table(table)
    with h5py.File(table) as file:
        assert file.attrs["name"] == "nb201/mine/test/30ep"


@pytest.mark.parametrize("attack", [loop, external_link, group, missing, empty])
def test_listing_a_hostile_table_is_refused_too(attack, table):
    with h5py.File(table, "r+") as file:
        del file["genes"]
        attack(file, "genes")
    with pytest.raises(DataError, match=r"table.h5 (cannot be read as a table|lacks a part)"):
        read_info(table)


def test_a_group_that_lies_in_another_file_is_not_followed(table, tmp_path):
    other = tmp_path / "other.h5"
    shutil.copy(table, other)
    with h5py.File(table, "r+") as file:
        del file["costs"]
        file["costs"] = h5py.ExternalLink(other.name, "/costs")
    with pytest.raises(DataError, match=r"'costs/params' is a link to elsewhere"):
        read_table(table)


@pytest.mark.quick_cases(0, 5, 10, 15, 20, 25, 30, 35)
@pytest.mark.parametrize("name", ["name", "seeds", "source", "sha256", "merged", "schema"])
@pytest.mark.parametrize("value", [np.zeros(3), 2**62, h5py.Empty("f4"), b"\xff", "x" * 60_000, None], ids=repr)
def test_a_hostile_attribute_is_refused_in_one_line(name, value, table):
    with h5py.File(table, "r+") as file:
        del file.attrs[name]
        if value is not None:
            file.attrs[name] = value
    if name in ("source", "merged") and (isinstance(value, str | int) and (name == "source") == isinstance(value, str)):
        pytest.skip("valid, if odd")
    with pytest.raises(DataError, match=r"table.h5 ") as caught:
        read_table(table)
    assert len(str(caught.value)) <= 1000


def test_a_table_larger_than_its_file_may_expand_to_is_refused(table, monkeypatch):
    monkeypatch.setattr(limits, "FREE", 3)
    monkeypatch.setattr(limits, "RATIO", 0)
    with pytest.raises(DataError, match=r"has shape .* more than 3 bytes"):
        read_table(table)


def heap_of(path):
    """Return where the texts of a file begin, and the bytes of the file."""
    content = path.read_bytes()
    return content.index(b"GCOL") + 16, bytearray(content)


@pytest.mark.parametrize("length", [0, 2**64 - 16, 2**63], ids=["none", "minus sixteen", "huge"])
@pytest.mark.parametrize("used", [True, False], ids=["used", "free"])
def test_texts_whose_sizes_lead_nowhere_are_refused_before_hdf5_follows_them(table, used, length):
    if used and not length:
        pytest.skip("an empty text has the bytes of its header")
    begin, content = heap_of(table)
    content[begin : begin + 2] = (1).to_bytes(2, "little") if used else bytes(2)
    content[begin + 8 : begin + 16] = length.to_bytes(8, "little")
    table.write_bytes(content)
    with pytest.raises(DataError, match=f"table.h5 cannot be read as a table.*begins a text of {length:,} bytes"):
        read_info(table)


def test_a_text_of_no_known_kind_is_refused_before_hdf5_crashes(table):
    content = bytearray(table.read_bytes())
    place = content.index(b"\x19\x01\x01\x00", content.index(b"source_sha256\0"))  # the type of its text
    content[place + 1] = 0xDE
    table.write_bytes(content)
    with pytest.raises(DataError, match="attribute 'source_sha256' is TypeVlenID, neither text nor a whole number"):
        read_table(table)


def test_the_texts_of_every_stored_file_are_followed(table):
    checked = [table, *(PROJECT / "results").rglob("seed-0/predictions.h5"), *SHIPPED.rglob("*.h5")]
    for path in checked[:50]:
        with open_hdf5(path) as file:
            assert len(file) > 0


def test_a_file_with_other_sizes_of_addresses_is_refused(tmp_path):
    settings = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    settings.set_sizes(4, 4)
    h5py.h5f.create(str(tmp_path / "old.h5").encode(), fcpl=settings).close()
    with pytest.raises(ValueError, match="lengths of 4 and 4 bytes, expected 8"), open_hdf5(tmp_path / "old.h5"):
        pass


def test_an_attribute_that_is_a_list_in_place_of_a_text_is_refused_unread(table):
    with h5py.File(table, "a") as file:
        file.attrs["name"] = ["a", "b"]
    with pytest.raises(DataError, match=r"attribute 'name' has shape \(2,\)"):
        read_info(table)


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "table.h5")
    with pytest.raises(DataError, match=r"table.h5 .*it is a device or a pipe"):
        read_table(tmp_path / "table.h5")
