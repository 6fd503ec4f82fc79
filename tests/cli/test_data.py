import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.cli.data import app
from bench.errors import BenchError, DataError, StoreError, UnknownName
from bench.places import SHIPPED
from bench.runs.published import store_published
from bench.sample.images import image_files
from bench.sample.images.image_files import by_hand, open_images
from bench.scores.join import Joined
from bench.spaces import SPACES
from bench.tables import fetch
from bench.tables.sources import load_sources
from bench.tables.table import Table

CSV = "arch,accuracy\n00000001,50\n00000000,40\n"
NAME = "macro/cifar10/valid/3ep"


@pytest.fixture
def run(tmp_path):
    def invoke(*arguments):
        result = CliRunner().invoke(app, [*arguments, "--data", str(tmp_path / "data")])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0
        return result.stdout

    return invoke


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(CSV)
    return str(path)


def test_an_added_table_is_listed_as_json_with_the_sources(run, csv):
    assert run("add", csv, "--name", NAME) == f"{NAME}: 2 of 6,561 architectures, seed mean\n"
    listed = json.loads(run("list", "--json"))
    (table,) = [table for table in listed["tables"] if table["name"] == NAME]
    assert (table["archs"], table["seeds"], table["source"]) == (2, ["mean"], "mine.csv")
    assert (table["coverage"], len(bytes.fromhex(table["sha256"]))) == ("2 of 6,561", 32)
    assert table["path"].endswith(f"{NAME}.h5")
    assert [source["name"] for source in listed["sources"]] == [source.name for source in load_sources()]
    assert all(source["sha256"] for source in listed["sources"])


def test_the_list_for_people_names_tables_and_how_to_get_published_ones(run, csv):
    run("add", csv, "--name", NAME)
    shown = run("list")
    assert NAME in shown
    assert "2 of 6,561" in shown
    assert "track1/cifar100/test/stand-alone" in shown
    assert "fetch track1" in " ".join(shown.split())


def test_published_sources_are_told_apart_by_whether_their_tables_are_stored(run, csv, monkeypatch):
    first, *_ = load_sources()
    many = tuple(f"macro/cifar10/valid/{epochs}ep" for epochs in range(3, 12))
    sources = [replace(first, name="here", tables=(NAME,)), replace(first, name="away", tables=many)]
    monkeypatch.setattr("bench.tables.sources.load_sources", lambda: sources)
    run("add", csv, "--name", NAME)
    lines = run("list").split("published sources that are not stored\n")[1].splitlines()
    assert [line.strip() for line in lines[-6:-1]] == [*many[1:5], "... (8 tables in all)"]
    assert lines[-1] == "published sources whose tables are all stored: here"
    assert not any(line.strip().startswith("here:") for line in lines)


def test_a_damaged_table_is_listed_with_its_reason(run, csv, tmp_path):
    run("add", csv, "--name", NAME)
    path = tmp_path / "data" / "tables" / "macro" / "cifar10" / "valid" / "4ep.h5"
    path.write_bytes(b"no table")
    shown = " ".join(run("list").split())
    assert NAME in shown
    assert "damaged:" in shown
    tables = {table["name"]: table["damage"] for table in json.loads(run("list", "--json"))["tables"]}
    assert tables[NAME] == ""
    assert "cannot be read as a table" in tables["macro/cifar10/valid/4ep"]


def test_the_environment_names_the_data_folder(csv, tmp_path):
    environment = {"SUPERNET_BENCH_DATA": str(tmp_path / "elsewhere")}
    assert CliRunner().invoke(app, ["add", csv, "--name", NAME], env=environment).exit_code == 0
    assert (tmp_path / "elsewhere" / "tables" / f"{NAME}.h5").is_file()


def test_an_image_archive_goes_to_the_image_sets(run, csv, tmp_path, monkeypatch):
    monkeypatch.setattr(image_files, "recognizes_images", lambda path: path.suffix == ".npz")
    monkeypatch.setattr(
        image_files,
        "add_images",
        lambda path, folder, name, track: SimpleNamespace(name=name, summary=f"{path.name} in {folder}"),
    )
    out = run("add", str(tmp_path / "pixels.npz"), "--name", "mine")
    assert out == f"mine: pixels.npz in {tmp_path / 'data'}\n"


def test_fetching_a_published_table_calls_for_its_source(run, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "fetch", lambda name, folder: [SimpleNamespace(name=name, summary=str(folder))])
    assert run("fetch", "track1") == f"track1: {tmp_path / 'data'}\n"


def test_fetching_images_downloads_them(run, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        image_files, "torchvision_images", lambda name, root, download: asked.append((name, root, download))
    )
    assert run("fetch", "cifar10") == f"cifar10: images in {tmp_path / 'data'}\n"
    assert asked == [("cifar10", tmp_path / "data", True)]


@pytest.mark.slow
def test_images_that_cannot_be_fetched_name_the_way_by_hand(run, monkeypatch):
    def offline(name, root, download):
        raise OSError("no route to host")

    monkeypatch.setattr(image_files, "torchvision_images", offline)
    with pytest.raises(DataError, match=r"cannot fetch the images of cifar100 .*no route to host; .*data add FILE.npz"):
        run("fetch", "cifar100")


def test_a_wrong_file_raises_what_the_root_command_prints(run, csv):
    with pytest.raises(DataError, match=r"does not say which table it is"):
        run("add", csv)


def test_of_many_files_each_is_tried_and_reported_and_the_others_are_stored(run, csv, tmp_path):
    cut = tmp_path / "cut.csv"
    cut.write_text("arch,accuracy\n00000001,50\n0000")
    with pytest.raises(BenchError, match=r"^2 of 3 files failed, as said above; the others are stored$"):
        run("add", str(tmp_path / "none.csv"), str(cut), csv, "--name", NAME)
    (table,) = [table for table in json.loads(run("list", "--json"))["tables"] if table["name"] == NAME]
    assert table["archs"] == 2


def test_of_many_files_of_costs_each_is_tried_and_reported(tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("arch,latency\n00000001,50\n")
    bad.write_text("arch,latency\nnone,50\n")
    words = ["add", str(bad), str(good), "--costs", "macro", "--data", str(tmp_path / "data")]
    told = CliRunner().invoke(app, words)
    assert str(told.exception) == "1 of 2 files failed, as said above; the others are stored"
    assert "macro/good: 1 costs (latency) of 1 of 6,561 architectures" in told.output


@pytest.mark.timeout(20)
def test_a_pipe_is_not_read(run, tmp_path):
    for name in ("pipe.csv", "pipe.h5", "pipe.npz"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(BenchError, match=r"pipe.* is a device or a pipe; write what it gives to a file"):
            run("add", str(tmp_path / name), "--name", NAME)


def test_the_files_that_failed_are_named_with_their_reasons(csv, tmp_path):
    missing = tmp_path / "none.csv"
    result = CliRunner().invoke(app, ["add", str(missing), csv, "--name", NAME, "--data", str(tmp_path / "data")])
    assert f"error: {missing} does not exist" in result.stderr
    assert result.stdout == f"{NAME}: 2 of 6,561 architectures, seed mean\n"
    assert isinstance(result.exception, BenchError)  # the root command prints it and exits 2


def test_a_release_and_the_unit_are_the_users_to_say(run, tmp_path):
    path = tmp_path / "low.csv"
    path.write_text("arch,accuracy\n00000001,0.5\n00000000,0.4\n")
    out = run("add", str(path), "--name", "macro/cifar10/test/50ep", "--release", "mine", "--percent")
    told = "macro/cifar10/test/50ep@mine: 2 of 6,561 architectures, seed mean"
    assert out == f"{told}; 2 accuracies of at most 1 read as percent, not as fractions\n"


def test_the_list_names_image_sets_built_in_stored_and_damaged(run, tmp_path):
    folder = tmp_path / "data" / "images"
    (folder / "cifar-10-batches-py").mkdir(parents=True)
    np.savez(folder / "mine.npz", x_train=np.zeros((12, 8, 8, 3), np.uint8), x_test=np.zeros((5, 8, 8, 3), np.uint8))
    np.savez_compressed(folder / "packed.npz", train_labels=np.zeros(7), test_labels=np.zeros(3))
    np.savez(folder / "other.npz", x_train=np.zeros(3), x_test=np.zeros(3))
    (folder / "cut.npz").write_bytes((folder / "mine.npz").read_bytes()[:-20])
    images = {one["name"]: one for one in json.loads(run("list", "--json"))["images"]}
    assert list(images) == ["cifar10", "cut", "digits", "mine", "other", "packed"]
    assert images["mine"]["summary"] == "12 training and 5 test images, 8x8"
    assert images["packed"]["summary"] == "7 training and 3 test images, packed JPEG"
    assert images["digits"]["paths"] == []
    assert "cannot be read as an image archive" in images["cut"]["damage"]
    assert "has no x_train and x_test of images" in images["other"]["damage"]
    shown = " ".join(run("list").split())
    assert "12 training and 5 test images" in shown
    assert "damaged:" in shown


def test_the_listed_numbers_of_digits_are_those_of_the_images(run):
    images = open_images("digits", Path())
    told = f"{len(images.x_train)} training and {len(images.x_test)} test images, 8x8, built in"
    assert told in json.loads(run("list", "--json"))["images"][0]["summary"]


@pytest.fixture
def remove(tmp_path):
    def invoke(name, *options, answer=""):
        where = ("--data", str(tmp_path / "data"), "--results", str(tmp_path / "results"))
        result = CliRunner().invoke(app, ["remove", name, *options, *where], input=answer)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout

    return invoke


def test_a_table_is_removed_once_its_loss_is_told_and_agreed(run, csv, tmp_path, remove):
    run("add", csv, "--name", NAME)
    path = tmp_path / "data" / "tables" / f"{NAME}.h5"
    assert f"{NAME}: kept" in remove(NAME, answer="n\n")
    assert path.is_file()
    with pytest.raises(BenchError, match=rf"{NAME} was not removed: no answer; --yes removes it without asking"):
        remove(NAME)
    told = remove(NAME, answer="y\n")
    assert f"to remove: {path}" in told
    assert f"data add FILE --name {NAME}" in told
    assert not path.exists()
    with pytest.raises(UnknownName, match=r"unknown table or image set .*; 'supernet-bench data list' shows all"):
        remove(NAME, "--yes")


def test_what_no_longer_works_is_told(tmp_path, remove):
    genes, accuracy = SPACES.get("track1")().extremes(), np.full((2, 1), 50, dtype=np.float32)
    made = Table(name="track1/cifar100/test/stand-alone", genes=genes, accuracy=accuracy, seeds=("1",), source="a test")
    truth = "track1/cifar100/test/stand-alone"
    path = tmp_path / "data" / "tables" / f"{truth}.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    joined = Joined(name="theirs", prediction=np.arange(2.0), present=np.ones(2, dtype=bool))
    store_published("theirs", joined, made, "them", "", tmp_path / "results")
    told = remove(truth, "--yes")
    assert "no longer scored, plotted or reported: runs of 5 studies (architecture-batch, channel-methods, " in told
    assert "of stored predictions" in told
    assert "theirs" in told
    assert "supernet-bench data fetch track1" in told


def test_images_are_removed_with_all_their_files(tmp_path, remove):
    folder = tmp_path / "data" / "images"
    (folder / "cifar-10-batches-py").mkdir(parents=True)
    (folder / "cifar-10-python.tar.gz").write_bytes(b"")
    np.savez(folder / "cifar10.npz", x_train=np.zeros((1, 8, 8, 3), np.uint8), x_test=np.zeros((1, 8, 8, 3), np.uint8))
    told = remove("cifar10", "--yes")
    assert "no longer trained, continued or asked by predict, at preset 'laptop': " in told
    assert "preset 'smoke'" not in told
    assert "'supernet-bench data fetch cifar10'" in told
    assert list(folder.iterdir()) == []


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", ["digits", "nb201/digits/test/30ep"])
def test_what_ships_with_the_project_is_not_removed(name):
    for folder in ((), ("--data", str(SHIPPED))):  # a clone's data folder has the embedded tables inside
        ran = CliRunner().invoke(app, ["remove", name, "--yes", *folder])
        assert str(ran.exception) == f"'{name}' ships with the project and cannot be removed"


def test_a_table_that_hides_an_embedded_one_uncovers_it(tmp_path, remove):
    path = tmp_path / "data" / "tables" / "nb201" / "digits" / "test" / "30ep.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    told = remove("nb201/digits/test/30ep", "--yes")
    assert "from then on 'nb201/digits/test/30ep' is the table that ships with the project" in told
    assert not path.exists()


def test_a_file_that_cannot_be_removed_is_named(run, csv, remove, monkeypatch):
    def read_only(self):
        raise OSError(30, "Read-only file system")

    run("add", csv, "--name", NAME)
    monkeypatch.setattr(Path, "unlink", read_only)
    with pytest.raises(StoreError, match=r"cannot remove .*3ep.h5 \(Read-only file system\); check its permissions"):
        remove(NAME, "--yes")


@pytest.mark.parametrize("verb", ["add", "list", "fetch", "remove"])
def test_help_opens_with_three_examples_to_copy(verb):
    shown = CliRunner().invoke(app, [verb, "--help"]).stdout
    assert shown.count("supernet-bench data ") == 3
    assert shown.index("supernet-bench data ") < shown.index("Options")


def test_what_cannot_be_fetched_is_told_with_its_address_and_its_layout(tmp_path):
    told = by_hand("cifar10", tmp_path)
    assert "cifar-10-python.tar.gz" in told
    assert str(tmp_path / "cifar-10-batches-py" / "data_batch_1") in told
    assert "x_train, y_train, x_test, y_test, images of uint8 [image, side, side, colour]" in told
