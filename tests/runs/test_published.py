"""Predictions of others as a row beside the stored runs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.analysis.results_table import reference_rows
from bench.cli import app
from bench.cli.results_table import cells
from bench.errors import StoreError
from bench.files import file_sha256
from bench.places import data_folder
from bench.population import Population
from bench.runs.predictions_file import write_predictions
from bench.runs.published import damaged_published, published_of, read_published, store_published
from bench.scores.join import join
from bench.tables.catalog import open_table
from bench.truth import Truth
from tests.full_disk import no_file_above

TRUTH, CHANNELS = "nb201/digits/test/30ep", "track1/cifar100/test/stand-alone"

pytestmark = pytest.mark.usefixtures("few_resamples")


@pytest.fixture(scope="module")
def table():
    return open_table(TRUTH, data_folder())


def sample(table):
    return Population("connected-500", table.space, table.genes)


@pytest.fixture
def theirs(table):
    """Return the truth in reverse, for every second architecture."""
    genes = table.genes[::2]
    return join("theirs", genes, -table.mean[::2], table)


def test_what_is_stored_comes_back_with_its_source(table, theirs, tmp_path):
    assert read_published("them", tmp_path) is None
    folder = store_published("them", theirs, table, "A et al. (2026)", "abc", tmp_path)
    found = read_published("them", tmp_path)
    assert (found.name, found.source) == ("them", "A et al. (2026)")
    np.testing.assert_array_equal(found.predictions.genes, table.genes[::2])
    np.testing.assert_array_equal(found.predictions.accuracy, -table.mean[::2])
    about = json.loads((folder / "about.json").read_text())
    assert about.pop("predictions_sha256") == file_sha256(folder / "predictions.h5")
    assert about == {"source": "A et al. (2026)", "source_sha256": "abc", "table": TRUTH, "table_sha256": table.sha256}


@pytest.mark.parametrize("scale", [1e61, 1e-61, 1e-6])
def test_stored_scores_rank_as_those_of_the_file_whatever_their_size(table, tmp_path, scale):
    """In single precision 1e61 is infinite, 1e-61 zero, and 7 + 1e-6 is 7 + 2e-6."""
    rng = np.random.default_rng(0)
    values = (7 if scale == 1e-6 else 0) + scale * rng.permutation(60)
    joined = join("theirs", table.genes[:60], values, table)
    store_published("them", joined, table, "x", "y", tmp_path)
    stored = read_published("them", tmp_path).joined(table)
    np.testing.assert_array_equal(stored.prediction, joined.prediction)


def test_scores_stored_in_single_precision_are_read_as_they_are(table, theirs, tmp_path):
    folder = store_published("them", theirs, table, "x", "y", tmp_path)
    single = theirs.prediction[theirs.present].astype(np.float32)
    found = read_published("them", tmp_path).predictions
    write_predictions(replace(found, accuracy=single), folder / "predictions.h5")
    about = json.loads((folder / "about.json").read_text())
    del about["predictions_sha256"]  # as versions of that time wrote it
    (folder / "about.json").write_text(json.dumps(about))
    read = read_published("them", tmp_path).predictions
    assert read.accuracy.dtype == np.float32
    np.testing.assert_array_equal(read.by("accuracy"), single.astype(float))


def test_a_full_disk_leaves_nothing_that_later_commands_stumble_over(table, theirs, tmp_path):
    with no_file_above(300), pytest.raises(StoreError, match=r"cannot write .*them/predictions\.h5 \(File too large\)"):
        store_published("them", theirs, table, "x", "y", tmp_path)
    assert list((tmp_path / "published").iterdir()) == []
    store_published("them", theirs, table, "x", "y", tmp_path)
    assert [found.name for found in published_of(Truth.parse(TRUTH), tmp_path) if found.source == "x"] == ["them"]


def test_what_a_kill_leaves_of_a_folder_is_not_read(table, theirs, tmp_path):
    (tmp_path / "published" / ".them.0123.tmp").mkdir(parents=True)
    assert not [line for line in damaged_published(tmp_path) if "them" in line]


def test_what_is_stored_is_never_rewritten(table, theirs, tmp_path):
    store_published("them", theirs, table, "x", "y", tmp_path)
    with pytest.raises(StoreError, match="already exists; use another name"):
        store_published("them", theirs, table, "x", "y", tmp_path)


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "..", "/elsewhere"])
def test_a_name_that_leaves_its_folder_is_refused(table, theirs, tmp_path, name):
    with pytest.raises(StoreError, match=r"is not a valid name; allowed: letters, digits"):
        store_published(name, theirs, table, "x", "y", tmp_path / "results")
    assert not list(tmp_path.iterdir())


def test_a_damaged_one_is_said(table, theirs, tmp_path):
    folder = store_published("them", theirs, table, "x", "y", tmp_path)
    (folder / "about.json").write_text("{}")
    with pytest.raises(StoreError, match=r"about\.json is not readable .*restore it or delete"):
        read_published("them", tmp_path)


@pytest.mark.parametrize("file", ["about.json", "predictions.h5"])
def test_a_damaged_one_is_named_and_leaves_the_others(table, theirs, tmp_path, file):
    store_published("them", theirs, table, "x", "y", tmp_path)
    folder = store_published("broken", theirs, table, "x", "y", tmp_path)
    (folder / file).write_bytes((folder / file).read_bytes()[:20])
    assert [found.name for found in published_of(Truth.parse(TRUTH), tmp_path)] == ["them"]
    [line] = damaged_published(tmp_path)
    assert line.startswith("published 'broken' is damaged: ")
    assert f"{file} is not readable" in line


@pytest.mark.slow
def test_it_stands_before_the_trivial_predictors_on_the_architectures_it_knows(table, theirs, tmp_path):
    store_published("them", theirs, table, "x", "y", tmp_path)
    rows = reference_rows(table, sample(table), [read_published("them", tmp_path)])
    assert rows[0].name == "them (published)"
    assert rows[0].scores["kendall-tau-b"].value == pytest.approx(-1)
    assert 200 < rows[0].n < 300
    assert all("trivial" in row.name or "ceiling" in row.name for row in rows[1:])


@pytest.mark.slow
def test_one_that_knows_hardly_any_architecture_is_undefined_and_says_of_how_many(table, tmp_path):
    few = join("few", table.genes[:1], table.mean[:1], table)
    store_published("few", few, table, "x", "y", tmp_path)
    row = reference_rows(table, sample(table), [read_published("few", tmp_path)])[0]
    assert row.n < 2
    assert cells(row, [row]) != cells(row, reference_rows(table, sample(table))), "another n is said"
    assert f"few (published) (n = {row.n})" in cells(row, reference_rows(table, sample(table)))
    assert np.isnan(row.scores["kendall-tau-b"].value)
    assert "fewer than two" in row.scores["kendall-tau-b"].reason


def test_those_of_a_truth_stand_below_its_studies_and_the_projects_own_beside_them(table, theirs, tmp_path):
    store_published("them", theirs, table, "x", "y", tmp_path)
    of = {name: published_of(Truth.parse(name), tmp_path) for name in (TRUTH, CHANNELS, "nb201/cifar10/test/200ep")}
    assert [[found.name for found in each] for each in of.values()] == [["them"], ["track1-winner"], []]


@pytest.mark.slow
def test_score_stores_them_by_name(table, tmp_path):
    file = tmp_path / "mine.csv"
    spelled = table.space.spell_all(table.genes[:300])
    file.write_text("arch,score\n" + "\n".join(f"{arch},{value}" for value, arch in enumerate(spelled)))
    words = ["score", str(file), "--table", TRUTH, "--store", "mine", "--source", "me", "--results", str(tmp_path)]
    ran = CliRunner().invoke(app, [*words, "--resamples", "5"])
    assert ran.exit_code == 0, ran.output
    found = read_published("mine", tmp_path)
    assert (found.source, len(found.predictions.genes)) == ("me", 300)


@pytest.mark.parametrize(
    ("name", "shown"),
    [(TRUTH, True), (f"{TRUTH}@ours", True), (f"{TRUTH}@3-of-15625", False), (f"{TRUTH}@ours@3-of-15625", False)],
)
def test_they_stand_below_every_release_of_their_truth_but_not_below_a_part_of_it(table, theirs, tmp_path, name, shown):
    store_published("them", theirs, table, "x", "y", tmp_path)
    assert [found.name for found in published_of(Truth.parse(name), tmp_path)] == ["them"] * shown


def test_what_was_stored_for_a_part_is_not_shown_for_the_whole(table, theirs, tmp_path):
    store_published("them", theirs, replace(table, name=f"{TRUTH}@3-of-15625"), "x", "y", tmp_path)
    assert published_of(Truth.parse(TRUTH), tmp_path) == []


def test_predictions_that_were_changed_are_damaged_and_named(table, theirs, tmp_path):
    folder = store_published("them", theirs, table, "x", "y", tmp_path)
    found = read_published("them", tmp_path).predictions
    write_predictions(replace(found, accuracy=found.accuracy[::-1].copy()), folder / "predictions.h5")
    with pytest.raises(StoreError, match=r"predictions\.h5 was changed: its sha256 is \w{12}, about\.json rec"):
        read_published("them", tmp_path)
    assert [line for line in damaged_published(tmp_path) if "'them' is damaged" in line]
