import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bench.cli.data import app
from bench.errors import BenchError, DataError
from bench.sample.images import image_files
from bench.tables import fetch
from bench.tables.sources import load_sources

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
        lambda path, folder, name: SimpleNamespace(name=name, summary=f"{path.name} in {folder}"),
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
    assert out == "macro/cifar10/test/50ep@mine: 2 of 6,561 architectures, seed mean\n"


@pytest.mark.parametrize("verb", ["add", "list", "fetch"])
def test_help_opens_with_three_examples_to_copy(verb):
    shown = CliRunner().invoke(app, [verb, "--help"]).stdout
    assert shown.count("supernet-bench data ") == 3
    assert shown.index("supernet-bench data ") < shown.index("Options")
