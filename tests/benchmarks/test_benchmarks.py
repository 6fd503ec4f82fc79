"""The benchmarks compare like with like and print what they promise; their speed is not tested."""

import json
import subprocess
import sys

import numpy as np
import pytest
import typer

from bench.places import PROJECT
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.sample.images.images import Images
from bench.sample.paths.strict_fair import StrictFair
from bench.supernets.nb201 import NB201Net
from benchmarks import score, table, train
from benchmarks.report import report

PARTS = sorted(path.stem for path in (PROJECT / "benchmarks").glob("*.py") if "def main(" in path.read_text())
PARTS.remove("gpu")  # it needs a card, and has a script of its own
PARTS.remove("peers")  # it needs a checkout of another project
PARTS.remove("many_runs")  # it has one way only, and takes long


def test_the_two_ways_to_score_agree_on_the_timed_resamples():
    row = score.compared(600, resamples=score.TIMED)
    assert row["difference"] < score.EQUAL
    assert row["ratio"] == pytest.approx(row["plain"] / row["fast"])


@pytest.mark.slow
def test_the_two_ways_to_train_lead_to_the_same_weights():
    recipe = find_preset("laptop").fill(Recipe(paths=StrictFair(), images=Images(train=1_024, held_out=128)))
    found = train.difference(recipe)
    assert 0 < found < train.TOLERANCE, "two ways that round otherwise"


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_a_benchmark_process_that_fails_ends_the_benchmark():
    broken = find_preset("laptop").fill(Recipe(construct=NB201Net(resolution=12)))
    with pytest.raises(RuntimeError, match="a benchmark process ended with code 1"):
        train.at_once(broken, 1, 0.1)


def test_the_timed_ranking_ties_about_as_often_as_the_published_one():
    prediction, truth = score.noisy_ranking(15_625)
    assert 500 < len(np.unique(truth)) < 8000
    assert 5000 < len(np.unique(prediction)) < 15_000


def test_the_json_is_one_object_with_the_headline_on_top(capsys):
    report("title", [{"plain": 4.0, "fast": 2.0, "ratio": 2.0}, {"fast": 1.0}], as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["plain"], told["fast"], told["ratio"], len(told["rows"])) == (4, 2, 2, 2)


def test_the_table_shows_a_dash_where_a_row_has_no_number(capsys):
    report("title", [{"plain": 4.0, "fast": 2.0}, {"fast": 1.0}], as_json=False, notes=["said so"])
    told = capsys.readouterr().out
    assert "-" in told
    assert "said so" in told


def test_missing_files_are_named_and_end_with_code_two(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(table, "PUBLISHED", tmp_path)
    with pytest.raises(typer.Exit) as ended:
        table.main()
    assert ended.value.exit_code == 2
    assert f"nats_bench.csv, nats-tss-sample/meta.pickle.pbz2 not in {tmp_path}" in capsys.readouterr().err


def test_make_bench_runs_every_benchmark():
    [line] = [line for line in (PROJECT / "Makefile").read_text().splitlines() if "-m benchmarks." in line]
    assert sorted(line.split(" in ")[1].split(";")[0].split()) == PARTS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_commands_over_many_simulated_runs_end_and_their_seconds_are_printed():
    command = [sys.executable, "-m", "benchmarks.many_runs", "--json", "--quick"]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert [row["records"] for row in found["rows"]] == [100, 20]
    assert all(row[name] > 0 for row in found["rows"] for name in ("plan", "compare", "report"))


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_a_benchmark_prints_one_object_with_both_ways_and_their_ratio(part, request):
    """Exit code 0 also says that both ways gave the same results."""
    if part == "table":
        request.getfixturevalue("real_data")
    options = [] if part == "table" else ["--quick"]
    command = [sys.executable, "-m", f"benchmarks.{part}", "--json", *options]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["plain"] > 0
    assert found["fast"] > 0
    ratio = found["plain"] / found["fast"]  # of seconds; where both are rates it is the other way round
    assert found["ratio"] in (pytest.approx(ratio, rel=0.01), pytest.approx(1 / ratio, rel=0.01))
