import errno
import os
from dataclasses import replace

import h5py
import pytest

from bench.errors import BenchError, DataError, StoreError
from bench.files import file_sha256
from bench.registry import load_plugin
from bench.tables.add import add
from bench.tables.catalog import list_tables, open_table, table_path
from bench.tables.readers import READERS
from bench.tables.store import read_info, read_table, write_new_table, write_table

NAME = "macro/cifar10/valid/3ep"
DATASETS = ("cifar10", "cifar100", "imagenet16-120")
PLUGIN = """
from dataclasses import dataclass
import numpy as np
from bench.tables.check import FileRows, checked_table
from bench.tables.readers import Reader

@dataclass(frozen=True, kw_only=True)
class Words(Reader):
    form = "one architecture and accuracy per line"

    def recognizes(self, path):
        return path.suffix == ".words"

    def read(self, path):
        archs, values = zip(*[line.split() for line in path.read_text().splitlines()])
        accuracy = np.array([[float(value)] for value in values])
        rows = FileRows(path=path, keys=archs, archs=archs, accuracy=accuracy, seeds=("0",))
        return [checked_table(rows, "macro/cifar10/words/1ep", source="words")]
"""


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("arch,accuracy\n00000001,50\n00000000,40\n00000001,50\n")
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def test_a_file_becomes_a_table_that_opens_by_name(csv, folder):
    (added,) = add([csv], folder, NAME)
    assert (added.name, added.summary) == (NAME, "2 of 6,561 architectures, seed mean, 1 repeated rows merged")
    table = open_table(NAME, folder)
    assert (table.mean.tolist(), table.merged) == ([40, 50], 1)


def test_the_same_content_again_is_already_there(csv, folder):
    add([csv], folder, NAME)
    stored = next(info.path for info in list_tables(folder) if info.name == NAME)
    before = stored.stat().st_mtime_ns
    (again,) = add([csv], folder, NAME)
    assert again.summary == f"already there (2 of 6,561 architectures): {stored}, from mine.csv"
    assert stored.stat().st_mtime_ns == before


def test_a_table_never_changes_under_its_name(csv, folder):
    add([csv], folder, NAME)
    csv.write_text("arch,accuracy\n00000001,51\n00000000,40\n")
    with pytest.raises(DataError, match=r"3ep.h5 with other content, and a stored table never changes; 'data remove "):
        add([csv], folder, NAME)
    assert open_table(NAME, folder).mean.tolist() == [40, 50]


def test_every_name_in_the_users_folder_is_listed(csv, folder):
    for name in ("macro/cifar10/valid/3ep", "macro/cifar10/test/3ep"):
        add([csv], folder, name)
    assert [info.name for info in list_tables(folder) if info.path.is_relative_to(folder)] == [
        "macro/cifar10/test/3ep",
        "macro/cifar10/valid/3ep",
    ]


def test_a_published_format_takes_no_other_name(tmp_path, folder):
    path = tmp_path / "m.json"
    path.write_text('{"00000000": {"test_acc": [1, 2, 3], "params": 1, "flops": 1}}')
    with pytest.raises(
        DataError, match=rf"m.json is in a published format whose tables have fixed names; .* --name {NAME}"
    ):
        add([path], folder, NAME)


@pytest.mark.parametrize("name", ["empty.csv", "empty.json", "empty.pth", "empty.npz"])
def test_an_empty_file_is_named(tmp_path, folder, name):
    (tmp_path / name).touch()
    with pytest.raises(DataError, match=rf"{name} is empty; copy the file again"):
        add([tmp_path / name], folder, NAME)


def test_a_missing_file_is_named(tmp_path, folder):
    with pytest.raises(DataError, match=r"none.csv does not exist; give the path"):
        add([tmp_path / "none.csv"], folder, NAME)


def test_a_file_of_no_known_format_lists_the_formats(tmp_path, folder):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError) as caught:
        add([tmp_path / "notes.txt"], folder)
    assert "notes.txt is in no known format of tables; allowed" in str(caught.value)
    forms = [READERS.get(name) for name in READERS.names()]
    assert all(reader.form in str(caught.value) for reader in forms if not reader.names_itself)
    assert f"{sum(reader.names_itself for reader in forms)} published formats" in str(caught.value)


def test_a_folder_of_no_known_format_is_named(tmp_path, folder):
    with pytest.raises(DataError, match=r"is in no known format"):
        add([tmp_path], folder)


def test_long_conversions_report_their_progress(tmp_path, folder, cells, trial, write_nats):
    results = {"arch_str": cells[0], "all_results": {("cifar10", 777): trial("cifar10", 12, 50.0, ("ori-test",))}}
    seen = []

    def watch(files, description):
        seen.append((len(files), description))
        return files

    add([write_nats(tmp_path / "nats", cells, {0: {"12": results}})], folder, track=watch)
    assert seen == [(1, "reading nats")]


def test_a_reader_in_a_file_of_its_own_joins_in(tmp_path, folder, no_plugins):
    (tmp_path / "words.py").write_text(PLUGIN)
    load_plugin(tmp_path / "words.py")
    (tmp_path / "a.words").write_text("00000000 40\n00000001 50\n")
    (added,) = add([tmp_path / "a.words"], folder)
    assert added.name == "macro/cifar10/words/1ep@2-of-6561"
    assert open_table(added.name, folder).mean.tolist() == [40, 50]


def names(folder):
    return [info.name for info in list_tables(folder) if info.path.is_relative_to(folder)]


@pytest.fixture
def nats(tmp_path, cells, trial, write_nats):
    """A folder of trainings: one cell of 15,625, two tables."""
    results = {"arch_str": cells[0], "all_results": {("cifar10", 777): trial("cifar10", 200, 50.0, ("ori-test",))}}
    return write_nats(tmp_path / "nats", cells, {0: {"200": results}})


@pytest.fixture
def nats_csv(tmp_path, cells):
    """A file in the form of nats_bench.csv, cut after its first cell, and the cell's line."""
    columns = "CIFAR10TestAccuracy200Epochs,CIFAR100TestAccuracy200Epochs,ImageNetTestAccuracy200Epochs"
    path = tmp_path / "nats_bench.csv"
    path.write_text(f"{columns},ArchitectureString\n90,70,40,{cells[0]}\n")
    return path


@pytest.fixture
def sources(nats_csv, tmp_path):
    """A list of sources in which `nats_csv` is the published file."""
    path, tables = tmp_path / "sources.toml", [f"nb201/{name}/test/200ep" for name in DATASETS]
    path.write_text(
        f'[means]\npage = "p"\nfile = "nats_bench.csv"\nsha256 = "{file_sha256(nats_csv)}"\nsize = 1\n'
        f'licence = "l"\ncitation = "c"\ntables = {tables}\n'
    )
    return path


@pytest.mark.slow
def test_the_trainings_of_a_folder_are_stored_beside_the_published_means(nats, nats_csv, sources, folder):
    """In either order: a release and a coverage are part of a name."""
    means = [f"nb201/{name}/test/200ep" for name in DATASETS]
    trainings = ["nb201/cifar10/test/200ep@nats-tss@1-of-15625", "nb201/cifar10/train/200ep@nats-tss@1-of-15625"]
    added = add([nats], folder, sources=sources)
    assert [one.name for one in added] == trainings
    assert added[0].summary == "1 of 15,625 architectures, seed 777"
    add([nats_csv], folder, sources=sources)
    assert names(folder) == sorted(means + trainings)
    add([nats, nats_csv], folder, sources=sources)
    assert names(folder) == sorted(means + trainings)
    assert open_table(means[0], folder).seeds == ("mean",)
    assert open_table(trainings[0], folder).seeds == ("777",)


def test_a_published_file_that_was_cut_is_refused_unless_it_is_named_as_another_release(nats_csv, folder):
    text = (
        r"nats_bench\.csv has the form of the published nats_bench\.csv but not its sha256: \w{12} instead of "
        r"cb5d777ec336 \(3,024,008 bytes\), so it was cut or changed; copy it again \('supernet-bench data fetch "
        r"nats-bench-csv' downloads it\), or give it a release of its own: --release mine stores "
        r"'nb201/cifar10/test/200ep@mine'"
    )
    with pytest.raises(DataError, match=text):
        add([nats_csv], folder)
    assert names(folder) == []
    assert add([nats_csv], folder, release="mine")[0].name == "nb201/cifar10/test/200ep@mine@1-of-15625"


def test_a_changed_file_is_refused_under_any_file_name(nats_csv, folder):
    other = nats_csv.rename(nats_csv.with_name("other.csv"))
    with pytest.raises(DataError, match=r"other\.csv has the form of the published nats_bench\.csv but not its sha256"):
        add([other], folder)


def test_a_listed_file_is_known_by_its_content_under_any_name(nats_csv, sources, folder):
    other = nats_csv.rename(nats_csv.with_name("other.csv"))
    assert add([other], folder, sources=sources)[0].name == "nb201/cifar10/test/200ep"


def test_the_name_of_a_published_table_is_not_a_users_to_take(csv, folder):
    text = r"mine\.csv cannot be stored as 'macro/cifar10/test/50ep', the name of the published nas-bench-macro_.*@mine"
    with pytest.raises(DataError, match=text):
        add([csv], folder, "macro/cifar10/test/50ep")
    (added,) = add([csv], folder, "macro/cifar10/test/50ep@mine")
    (other,) = add([csv], folder, "macro/cifar10/test/50ep", release="other")
    assert names(folder) == [added.name, other.name] == [f"macro/cifar10/test/50ep@{own}" for own in ("mine", "other")]


def test_two_releases_for_one_table_are_refused(csv, folder):
    with pytest.raises(DataError, match=r"--name .*@mine and --release other name two releases; keep one of them"):
        add([csv], folder, f"{NAME}@mine", release="other")


def test_a_coverage_in_a_name_is_the_tables_own(csv, folder):
    with pytest.raises(
        DataError, match=rf"mine\.csv has 2 of 6,561 architectures; .*otherwise, write {NAME}@2-of-6561"
    ):
        add([csv], folder, f"{NAME}@3-of-6561")
    with pytest.raises(DataError, match=r"mine\.csv has 2 of 6,561 architectures"):
        add([csv], folder, f"{NAME}@3-of-6561", release="mine")
    assert add([csv], folder, f"{NAME}@2-of-6561")[0].name == f"{NAME}@2-of-6561"


def test_other_content_under_a_taken_name_can_be_kept_beside_it(csv, folder):
    add([csv], folder, NAME)
    csv.write_text("arch,accuracy\n00000001,51\n00000000,40\n")
    with pytest.raises(DataError, match=rf"keep both with --release mine, which stores '{NAME}@mine', or use another"):
        add([csv], folder, NAME)
    add([csv], folder, NAME, release="mine")
    assert names(folder) == [NAME, f"{NAME}@mine"]


def test_a_file_whose_last_table_collides_stores_none(nats, folder):
    first, last = add([nats], folder)
    kept = table_path(last.name, folder)
    write_table(replace(read_table(kept), costs={}), kept)
    table_path(first.name, folder).unlink()
    with pytest.raises(DataError, match=rf"table '{last.name}' is already stored .* nothing of .*nats was stored"):
        add([nats], folder)
    assert names(folder) == [last.name]


def test_a_file_whose_last_table_cannot_be_written_stores_none(nats, folder, monkeypatch):
    def full(table, path):
        if "train" in table.name:
            raise StoreError("no space left")
        return write_new_table(table, path)

    monkeypatch.setattr("bench.tables.add.write_new_table", full)
    with pytest.raises(StoreError, match="no space left"):
        add([nats], folder)
    assert names(folder) == []


def test_adding_the_source_again_puts_the_costs_of_an_earlier_version_into_the_digest(nats, folder):
    (name, *_) = [one.name for one in add([nats], folder)]
    path = table_path(name, folder)
    with h5py.File(path, "r+") as file:
        file.attrs.update(schema="supernet-bench table 1", sha256=read_table(path).sha256_without_costs)
    assert not read_info(path).costs_checked
    add([nats], folder)
    assert read_info(path).costs_checked


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, r"mine\.csv cannot be read \(Permission denied\); change its permissions"),
        (errno.EIO, r"mine\.csv cannot be read \(Input/output error\); copy it again"),
        (errno.EMFILE, r"cannot read .*mine\.csv \(Too many open files\); close some files"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_cause(csv, folder, monkeypatch, number, said):
    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(BenchError, match=said):
        add([csv], folder, NAME)
