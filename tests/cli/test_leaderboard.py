"""`leaderboard`: best recipe, trivial predictor and ceiling of every truth."""

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import StoreError
from bench.places import PROJECT

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
