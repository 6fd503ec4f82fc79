"""`leaderboard`: best recipe, trivial predictor and ceiling of every truth."""

import csv
import json

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import StoreError
from bench.places import PROJECT
from bench.tables.add import add

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


def test_a_truth_of_what_searches_found_ranks_no_recipe_and_has_no_line():
    words = ["leaderboard", "--study", "shufflenet-search", "--results", str(PROJECT / "results")]
    with pytest.raises(StoreError, match=r"no recipe is ranked at preset 'laptop': .*; 'report' names what is stored"):
        CliRunner().invoke(app, words, catch_exceptions=False)


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
