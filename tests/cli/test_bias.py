"""`bias` on made-up runs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError, StoreError
from bench.places import data_folder
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.study.study import STUDIES
from bench.tables.catalog import open_table

DEMO = ("--preset", "demo", "--seeds", "0")


def call(*words: object) -> str:
    return CliRunner().invoke(app, ["bias", *map(str, words)], catch_exceptions=False).output


def first_run(results: Path):
    return plan(STUDIES.get("baseline"), find_preset("demo"), (0,), results)[0].runs[0]


def test_every_choice_of_every_decision_has_its_mean_rank_error(pretend, tmp_path: Path) -> None:
    pretend(first_run(tmp_path), 1.0)
    told = call("baseline", *DEMO, "--results", tmp_path, "--out", tmp_path / "bias.csv")
    assert "baseline: n = 15,284, seeds: 1;" in told
    assert "% of the error's variance is additive in these" in " ".join(told.split())
    lines = [line.split()[0] for line in told.splitlines() if line.count(".") == 6]
    assert lines == ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
    found = json.loads(call("baseline:baseline", *DEMO, "--results", tmp_path, "--json"))
    assert len(found) == len((tmp_path / "bias.csv").read_text().splitlines()) - 1 == 30
    written = call("baseline:baseline", *DEMO, "--results", tmp_path, "--format", "csv")
    assert written == (tmp_path / "bias.csv").read_text()
    rows = call("baseline:baseline", *DEMO, "--results", tmp_path, "--format", "latex").splitlines()
    assert r"row & choice & 0-1 & 0-2 & 1-2 & 0-3 & 1-3 & 2-3 \\" in rows
    shares = [(one["architectures"], one["error"]) for one in found if one["decision"] == "0-1"]
    total = sum(count for count, _ in shares)
    assert sum(count * error for count, error in shares) / total == pytest.approx(0, abs=1e-9), "errors of ranks"


@pytest.mark.slow
def test_runs_that_tell_no_bias_are_refused_and_say_why(pretend, tmp_path: Path) -> None:
    whole = open_table("nb201/digits/test/30ep", data_folder())
    with pytest.raises(StoreError, match="'baseline' has no finished run at preset 'demo' in "):
        call("baseline", *DEMO, "--results", tmp_path)
    pretend(first_run(tmp_path), 1.0, replace(whole, genes=whole.genes[-5:], accuracy=whole.accuracy[-5:]))
    with pytest.raises(StoreError, match="hold too few architectures of nb201/digits/test/30ep to tell a bias; name a"):
        call("baseline", *DEMO, "--results", tmp_path)
    with pytest.raises(BenchError, match=r"--out bias.pdf; allowed endings: .svg, .png, .csv"):
        call("baseline", *DEMO, "--results", tmp_path, "--out", "bias.pdf")
