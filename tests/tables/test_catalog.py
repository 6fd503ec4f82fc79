import os
from dataclasses import replace

import numpy as np
import pytest

from bench.errors import DataError, UnknownName
from bench.tables import catalog
from bench.tables.catalog import list_tables, open_table, remedy, table_path, truths
from bench.tables.store import write_table
from bench.tables.table import Table


@pytest.fixture(autouse=True)
def embedded(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "shipped" / "embedded"


def test_a_stored_table_opens_by_its_full_name(small_table, tmp_path):
    write_table(small_table, table_path(small_table.name, tmp_path))
    assert open_table("macro/cifar10/test/50ep", tmp_path).sha256 == small_table.sha256


def test_an_embedded_table_opens_from_any_folder(small_table, tmp_path, embedded):
    write_table(small_table, table_path(small_table.name, embedded))
    assert open_table(small_table.name, tmp_path / "nowhere").sha256 == small_table.sha256


def test_the_users_table_hides_the_embedded_one(small_table, tmp_path, embedded):
    for folder in (embedded, tmp_path):
        write_table(small_table, table_path(small_table.name, folder))
    assert [info.path for info in list_tables(tmp_path)] == [table_path(small_table.name, tmp_path)]


def test_an_unknown_table_names_the_close_one_and_how_to_add_it(small_table, tmp_path):
    write_table(small_table, table_path(small_table.name, tmp_path))
    expected = (
        "unknown table 'macro/cifar10/test/5ep'; did you mean 'macro/cifar10/test/50ep'? "
        "known: macro/cifar10/test/50ep; 'supernet-bench data add FILE --name macro/cifar10/test/5ep' stores your own; "
        "published for macro: macro/cifar10/test/50ep (get nas-bench-macro_cifar10.json from "
        "https://github.com/xiusu/NAS-Bench-Macro, then run 'supernet-bench data add nas-bench-macro_cifar10.json')"
    )
    with pytest.raises(UnknownName) as caught:
        open_table("macro/cifar10/test/5ep", tmp_path)
    assert str(caught.value) == expected


def test_a_published_table_that_is_not_stored_names_the_fetch_command(tmp_path):
    told = "known: none; 'supernet-bench data fetch nats-bench-csv' downloads it, 'data add nats_bench.csv' takes it$"
    with pytest.raises(UnknownName, match=told):
        open_table("nb201/cifar100/test/200ep", tmp_path)


def test_a_published_table_without_address_names_the_page_and_the_add_command(tmp_path):
    text = (
        r"get nas-bench-macro_cifar10.json from https://github.com/xiusu/NAS-Bench-Macro, then run 'supernet-bench data"
    )
    with pytest.raises(UnknownName, match=text):
        open_table("macro/cifar10/test/50ep", tmp_path)


def test_a_table_under_a_name_that_is_not_its_own_is_refused(small_table, tmp_path):
    path = table_path("macro/cifar10/test/12ep", tmp_path)
    write_table(small_table, path)
    with pytest.raises(DataError, match=r"12ep.h5 holds the table 'macro/cifar10/test/50ep'; move it back"):
        open_table("macro/cifar10/test/12ep", tmp_path)


def test_a_half_written_file_is_no_table(small_table, tmp_path):
    path = table_path(small_table.name, tmp_path)
    write_table(small_table, path)
    os.rename(path, path.with_name(f"{path.name}.00ff.tmp"))
    assert list_tables(tmp_path) == []


def test_a_damaged_table_is_listed_with_its_reason_beside_the_others(small_table, tmp_path):
    write_table(small_table, table_path(small_table.name, tmp_path))
    broken = table_path("macro/cifar10/test/12ep", tmp_path)
    broken.write_bytes(table_path(small_table.name, tmp_path).read_bytes()[:200])
    first, second = list_tables(tmp_path)
    assert (first.name, first.path, first.archs) == ("macro/cifar10/test/12ep", broken, 0)
    assert "12ep.h5 cannot be read as a table (truncated?)" in first.damage
    assert (second.name, second.archs, second.damage) == (small_table.name, len(small_table.genes), "")


def test_truths_are_those_of_the_files_whose_names_spell_one(small_table, tmp_path):
    write_table(small_table, table_path(small_table.name, tmp_path))
    write_table(small_table, table_path("macro/cifar10/test/My Own", tmp_path))
    assert truths(tmp_path) == [small_table.truth]


@pytest.fixture
def whole(small_table):
    """Return a table of all architectures under a name."""

    def make(name):
        genes = small_table.space.enumerate()
        accuracy = np.linspace(80, 90, len(genes), dtype=np.float32)[:, None]
        return Table(name=name, genes=genes, accuracy=accuracy, seeds=("0",), source="made by hand")

    return make


def test_a_plain_name_stands_for_the_only_whole_release_and_its_table_says_so(whole, tmp_path):
    table = whole("macro/cifar10/test/50ep@theirs")
    write_table(table, table_path(table.name, tmp_path))
    assert open_table("macro/cifar10/test/50ep", tmp_path).name == "macro/cifar10/test/50ep@theirs"


def test_the_table_of_the_plain_name_comes_first(whole, tmp_path):
    for name in ("macro/cifar10/test/50ep@theirs", "macro/cifar10/test/50ep"):
        write_table(whole(name), table_path(name, tmp_path))
    assert open_table("macro/cifar10/test/50ep", tmp_path).name == "macro/cifar10/test/50ep"


def test_several_releases_are_told_apart_by_their_user(whole, tmp_path):
    for name in ("macro/cifar10/test/50ep@ours", "macro/cifar10/test/50ep@theirs"):
        write_table(whole(name), table_path(name, tmp_path))
    text = r"stored in several releases: macro/cifar10/test/50ep@ours, macro/.*@theirs; name one of them"
    with pytest.raises(UnknownName, match=text):
        open_table("macro/cifar10/test/50ep", tmp_path)


@pytest.mark.parametrize("release", ["@theirs", "@theirs@3-of-6561"])
def test_a_table_that_lacks_architectures_never_stands_for_the_whole_one(small_table, tmp_path, release):
    partial = replace(small_table, name=f"{small_table.name}{release}")
    write_table(partial, table_path(partial.name, tmp_path))
    assert list_tables(tmp_path)[0].coverage == "3 of 6,561"
    with pytest.raises(UnknownName, match=rf"did you mean '{partial.name}'"):
        open_table(small_table.name, tmp_path)
    assert open_table(partial.name, tmp_path).label == f"{partial.name} (3 of 6,561 architectures)"


def test_a_table_that_no_source_has_is_told_with_those_of_its_space():
    told = remedy("macro/cifar10/test/5ep")
    assert told.endswith(
        "stores your own; published for macro: macro/cifar10/test/50ep (get nas-bench-macro_cifar10.json from "
        "https://github.com/xiusu/NAS-Bench-Macro, then run 'supernet-bench data add nas-bench-macro_cifar10.json')"
    )
    released = remedy("nb101/cifar10/test/108ep")
    assert "published for nb101: nb101/cifar10/test/108ep@uniform@28963-of-423624 (" in released
    assert (
        remedy("mine/cifar10/test/5ep") == "'supernet-bench data add FILE --name mine/cifar10/test/5ep' stores your own"
    )


def test_a_missing_table_suggests_none_of_another_space(small_table, tmp_path):
    write_table(small_table, table_path(small_table.name, tmp_path))
    with pytest.raises(UnknownName) as caught:
        open_table("bits/cifar10/test/50ep", tmp_path)
    assert "did you mean" not in str(caught.value)
    assert small_table.name not in str(caught.value)
