import pytest

from bench.errors import DataError
from bench.registry import load_plugin
from bench.tables.add import add
from bench.tables.catalog import list_tables, open_table
from bench.tables.readers import READERS

NAME = "macro/cifar10/valid/3ep"
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
    assert (added.name, added.summary) == (NAME, "2 architectures, seed mean, 1 repeated rows merged")
    table = open_table(NAME, folder)
    assert (table.mean.tolist(), table.merged) == ([40, 50], 1)


def test_the_same_content_again_is_already_there(csv, folder):
    add([csv], folder, NAME)
    stored = list_tables(folder)[0].path
    before = stored.stat().st_mtime_ns
    (again,) = add([csv], folder, NAME)
    assert again.summary == f"already there: {stored}, from mine.csv"
    assert stored.stat().st_mtime_ns == before


def test_a_table_never_changes_under_its_name(csv, folder):
    add([csv], folder, NAME)
    csv.write_text("arch,accuracy\n00000001,51\n00000000,40\n")
    with pytest.raises(DataError, match=r"3ep.h5 with other content, and a stored table never changes; remove"):
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
    for name in READERS.names():
        assert READERS.get(name).form in str(caught.value)


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
    add([tmp_path / "a.words"], folder)
    assert open_table("macro/cifar10/words/1ep", folder).mean.tolist() == [40, 50]
