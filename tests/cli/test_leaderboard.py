"""`leaderboard`: best recipe, trivial predictor and ceiling of every truth."""

import csv
import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import ComparisonError, StoreError
from bench.places import PROJECT
from bench.population import Population
from bench.recipe.preset import PRESETS
from bench.runs.scored_on import usual_population
from bench.scores.ceiling import ceiling
from bench.scores.metrics import METRICS
from bench.tables.add import add
from bench.tables.catalog import open_table, table_path
from bench.tables.store import write_table

STORED = PROJECT / "plots" / "leaderboard-laptop.md"


def cells(line: str) -> list[str]:
    return [one.strip() for one in line.strip().strip("|").split(" | ")]


def test_the_stored_leaderboard_has_the_numbers_of_the_studies_and_stands_in_the_docs():
    head, _, *lines = [line for line in STORED.read_text().splitlines() if line.startswith("|")]
    assert len(lines) >= 5
    for line in lines:
        found = dict(zip(cells(head), cells(line), strict=True))
        study, _, row = found["best recipe"].partition(":")
        shown = (PROJECT / "plots" / study / "laptop" / "results.md").read_text().splitlines()
        trivial = f"| {found['best trivial']} (trivial) | - | {found['its tau-b ↑']} |"
        assert f"Truth `{found['truth'].partition(' (')[0]}`" in "\n".join(shown)
        labels = (f"| {row}, by {found['ranked by']} |", f"| {row} |")  # a row may be named after its score
        [whole, *_] = [one for one in shown if one.startswith(labels)]
        assert cells(whole)[1:3] == [found["seeds"], found["tau-b ↑"]]
        assert [one for one in shown if one.startswith(trivial)]
    assert STORED.read_text().strip() in (PROJECT / "docs" / "spaces.md").read_text()


def test_a_truth_of_what_searches_found_ranks_no_recipe_and_has_no_line(tmp_path):
    whole = open_table("shufflenet/cifar10/test/4ep", tmp_path)
    drawn = usual_population(whole, PRESETS["laptop"]).among(whole.genes)
    assert 100 <= drawn.sum() < len(drawn)
    found = replace(whole, genes=whole.genes[~drawn], accuracy=whole.accuracy[~drawn])
    write_table(found, table_path(whole.name, tmp_path))
    words = ["leaderboard", "--study", "shufflenet-search", "--results", str(PROJECT / "results")]
    with pytest.raises(StoreError, match=r"no recipe is ranked at preset 'laptop': .*; 'report' names what is stored"):
        CliRunner().invoke(app, [*words, "--data", str(tmp_path)], catch_exceptions=False)


@pytest.mark.slow
def test_csv_and_json_hold_the_numbers_of_the_table(real_data, tmp_path):
    add([real_data / "nats_bench.csv"], tmp_path)
    folders = ["--results", str(PROJECT / "results"), "--data", str(tmp_path)]
    words = ["leaderboard", "--study", "baseline", *folders, "--format"]
    shown, wide, whole = (
        CliRunner().invoke(app, [*words, how], catch_exceptions=False).stdout for how in ("markdown", "csv", "json")
    )
    head, _, line = [one for one in shown.splitlines() if one.startswith("|")]
    found = dict(zip(cells(head), cells(line), strict=True))
    [one], [same] = csv.DictReader(wide.splitlines()), json.loads(whole)
    assert list(one) == list(same)
    assert f"{one['study']}:{one['row']}" == f"{same['study']}:{same['row']}" == found["best recipe"]
    for of, name in (("tau-b ↑", "tau"), ("its tau-b ↑", "trivial_tau")):
        told = "{:.2f} [{:.2f},{:.2f}]".format(*(float(one[f"{name}{end}"]) for end in ("", "_low", "_high")))
        assert told.replace("0.", ".") == found[of]
        assert float(one[name]) == pytest.approx(same[name], rel=1e-5)
    assert (found["space's size"], one["size"], same["size"]) == ("15,625", "15625", 15_625)
    assert same["ceiling"] is None
    assert (one["ceiling"], found["ceiling"]) == ("", "-")


@pytest.fixture(scope="module")
def releases(real_data, tmp_path_factory):
    """Return a data folder with NAS-Bench-201's means over seeds, and its release with seeds."""
    folder = tmp_path_factory.mktemp("data")
    add([real_data / "nats_bench.csv", real_data / "nb201.csv.gz"], folder)
    return folder


def told(folder, ceiling):
    words = ["leaderboard", "--study", "baseline", "--data", str(folder), "--results", str(PROJECT / "results")]
    return CliRunner().invoke(app, [*words, "--ceiling", ceiling, "--format", "json"], catch_exceptions=False)


@pytest.mark.slow
def test_a_release_with_seeds_gives_the_ceiling_of_a_truth_that_has_none(releases):
    ran = told(releases, "nb201/cifar10/test/200ep@v1.1-seeds")
    [line] = json.loads(ran.stdout)
    table = open_table("nb201/cifar10/test/200ep@v1.1-seeds", releases)
    chosen = Population("random-1000", table.space).among(table.genes)
    [expected] = ceiling(table.accuracy[chosen], [METRICS.get("kendall-tau-b")]).values()
    assert [line[name] for name in ("ceiling", "ceiling_low", "ceiling_high")] == pytest.approx(
        [expected.value, expected.low, expected.high]
    )
    assert 0.85 < line["ceiling"] < 0.95


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "nb201/cifar100/test/200ep@v1.1-seeds",
            "no study shown has this truth; these have: nb201/cifar10/test/200ep",
        ),
        ("nb201/cifar10/test/200ep", "the table has one accuracy per architecture, and a ceiling needs two"),
    ],
)
def test_a_table_that_gives_no_ceiling_is_refused(releases, name, said):
    with pytest.raises(ComparisonError, match=f"--ceiling {name}: {said}"):
        told(releases, name)
