"""`compare` takes any two of rows, files, trivial predictors and stored predictions."""

import csv
import io
import json
from functools import partial

import numpy as np
import pytest
import typer
from scipy.stats import kendalltau
from typer.testing import CliRunner

from bench.analysis import compare as analysis
from bench.cli import compare as command
from bench.errors import BenchError, ComparisonError, DataError
from bench.runs.published import store_published
from bench.scores.join import Joined
from bench.spaces import SPACES
from bench.tables.store import write_table
from bench.tables.table import Table

NAME, OTHER = "macro/cifar10/test/50ep", "macro/cifar100/test/50ep"
MACRO = SPACES.get("macro")()
GENES = MACRO.enumerate()[:60]
TRUTH = 90 + np.random.default_rng(0).permutation(60) / 100
GOOD = TRUTH + np.random.default_rng(1).normal(size=60) / 10
BAD = np.random.default_rng(2).normal(size=60)


@pytest.fixture
def data(tmp_path):
    """Return a data folder with two small tables of the same architectures; their params are `BAD`."""
    for name in (NAME, OTHER):
        accuracy = TRUTH[:, None].astype(np.float32)
        table = Table(name=name, genes=GENES, accuracy=accuracy, seeds=("1",), costs={"params": BAD}, source="a test")
        write_table(table, tmp_path / "tables" / f"{name}.h5")
    return tmp_path


@pytest.fixture
def files(tmp_path):
    for name, scores in (("good", GOOD), ("bad", BAD)):
        lines = [f"{arch},{score!r}" for arch, score in zip(MACRO.spell_all(GENES), scores.tolist(), strict=True)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["arch,score", *lines]))
    both = {"arch": MACRO.spell_all(GENES), "good": GOOD.tolist(), "bad": BAD.tolist()}
    (tmp_path / "both.json").write_text(json.dumps(both))
    return {"good": str(tmp_path / "good.csv"), "bad": str(tmp_path / "bad.csv"), "both": str(tmp_path / "both.json")}


@pytest.fixture
def compare(data, monkeypatch):
    monkeypatch.setattr(analysis, "compare", partial(analysis.compare, resamples=20))

    def run(*arguments):
        app = typer.Typer()
        app.callback()(lambda: None)
        command.register(app)
        where = ("--data", str(data), "--results", str(data / "results"))
        return CliRunner().invoke(app, ["compare", *arguments, *where], catch_exceptions=False).stdout

    return run


def tau(told):
    return told["differences"]["kendall-tau-b"]


EXPECTED = kendalltau(GOOD, TRUTH).statistic - kendalltau(BAD, TRUTH).statistic


@pytest.mark.slow
def test_two_files_against_a_named_table(compare, files):
    told = json.loads(compare(files["good"], files["bad"], "--table", NAME, "--json"))
    assert (told["truth"], told["population"], told["n"], told["seeds"]) == (NAME, "all", 60, [])
    assert told["preset"] is None
    assert tau(told)["difference"]["value"] == pytest.approx(EXPECTED)
    assert tau(told)["verdict"] == "first is better"
    assert tau(told)["difference"]["low"] < EXPECTED < tau(told)["difference"]["high"]
    [line, *_] = csv.DictReader(io.StringIO(compare(files["good"], files["bad"], "--table", NAME, "--format", "csv")))
    assert (line["first"], line["second"], line["metric"], line["n"]) == ("good", "bad", "kendall-tau-b", "60")
    numbers = {"difference": tau(told)["difference"]["value"], "low": tau(told)["difference"]["low"]}
    numbers |= {"score_of_first": tau(told)["first"], "smallest_detectable": tau(told)["smallest_detectable"]}
    assert {name: float(line[name]) for name in numbers} == pytest.approx(numbers, rel=1e-5)
    shown = " ".join(compare(files["good"], files["bad"], "--table", NAME).split())
    assert f"truth {NAME} (60 of 6,561 architectures), population all, n = 60" in shown
    assert "preset" not in shown
    assert "seeds none" not in shown


def test_a_file_against_its_copy_is_zero_with_an_interval_of_zero(compare, files, tmp_path):
    lines = (tmp_path / "good.csv").read_text().splitlines()
    (tmp_path / "same.csv").write_text("\n".join([lines[0], *lines[:0:-1]]))
    told = json.loads(compare(files["good"], str(tmp_path / "same.csv"), "--table", NAME, "--json"))
    assert [tau(told)["difference"][key] for key in ("value", "low", "high")] == [0, 0, 0]


def test_two_columns_of_one_file(compare, files):
    told = json.loads(compare(f"{files['both']}:good", f"{files['both']}:bad", "--table", NAME, "--json"))
    assert (told["first"], told["second"]) == ("both:good", "both:bad")
    assert tau(told)["difference"]["value"] == pytest.approx(EXPECTED)


def test_a_file_against_a_trivial_predictor(compare, files):
    told = json.loads(compare(files["good"], "trivial:params", "--table", NAME, "--json"))
    assert tau(told)["difference"]["value"] == pytest.approx(EXPECTED)


def test_files_of_one_name_are_told_apart(compare, files, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "good.csv").write_text((tmp_path / "bad.csv").read_text())
    told = json.loads(compare(files["good"], str(tmp_path / "other" / "good.csv"), "--table", NAME, "--json"))
    assert (told["first"], told["second"]) == (files["good"], str(tmp_path / "other" / "good.csv"))


def stored(data, name, table):
    made = Table(name=table, genes=GENES, accuracy=TRUTH[:, None].astype(np.float32), seeds=("1",), source="a test")
    joined = Joined(name=name, prediction=GOOD, present=np.ones(60, dtype=bool))
    store_published(name, joined, made, "a test", "", data / "results")


@pytest.mark.slow
def test_stored_predictions_bring_their_truth(compare, data):
    stored(data, "theirs", NAME)
    told = json.loads(compare("published:theirs", "trivial:params", "--json"))
    assert told["truth"] == NAME
    assert tau(told)["difference"]["value"] == pytest.approx(EXPECTED, abs=1e-3)
    told = json.loads(compare("published:theirs", "trivial:params", "--table", OTHER, "--json"))
    assert told["truth"] == OTHER


def test_stored_predictions_of_two_truths_need_a_table(compare, data):
    stored(data, "theirs", NAME)
    stored(data, "others", OTHER)
    with pytest.raises(ComparisonError, match=rf"against {NAME} and .* against {OTHER} cannot be .* \(--table\)"):
        compare("published:theirs", "published:others")
    assert json.loads(compare("published:theirs", "published:others", "--table", NAME, "--json"))["n"] == 60


def test_sides_without_a_truth_say_how_to_name_one(compare, files):
    with pytest.raises(BenchError, match=r"neither '.*good.csv' nor 'trivial:params' names a truth; add --table"):
        compare(files["good"], "trivial:params")


def test_predictions_of_another_space_are_refused(compare, data):
    stored(data, "theirs", NAME)
    with pytest.raises(ComparisonError, match=r"'theirs' ranks .* space 'macro', but table 'nb201/.* of 'nb201'; name"):
        compare("published:theirs", "trivial:params", "--table", "nb201/digits/test/30ep")


def test_a_row_against_a_table_of_another_space_is_refused(compare):
    with pytest.raises(ComparisonError, match=r"ranks architectures of space 'nb201', but table 'macro/"):
        compare("baseline", "trivial:params", "--table", NAME)


@pytest.fixture
def losses(tmp_path):
    lines = [f"{arch},{-score!r}" for arch, score in zip(MACRO.spell_all(GENES), GOOD.tolist(), strict=True)]
    (tmp_path / "losses.csv").write_text("\n".join(["arch,val_loss", *lines]))
    return str(tmp_path / "losses.csv")


@pytest.mark.slow
def test_a_column_of_losses_is_compared_in_the_direction_that_is_stated(compare, files, losses):
    words = (files["bad"], "--table", NAME, "--json")
    with pytest.raises(DataError, match=rf"is lower better in column 'val_loss'.*--lower-is-better {losses} to"):
        compare(losses, *words)
    taus = [
        json.loads(compare(losses, *words, option, losses))["differences"]["kendall-tau-b"]["first"]
        for option in ("--lower-is-better", "--higher-is-better")
    ]
    assert taus == pytest.approx([kendalltau(GOOD, TRUTH).statistic, -kendalltau(GOOD, TRUTH).statistic])


def test_both_sides_may_state_their_direction(compare, files, losses):
    sides = (losses, files["bad"])
    words = ("--table", NAME, "--json", *(word for side in sides for word in ("--lower-is-better", side)))
    told = json.loads(compare(*sides, *words))["differences"]["kendall-tau-b"]
    wanted = [kendalltau(GOOD, TRUTH).statistic, -kendalltau(BAD, TRUTH).statistic]
    assert [told["first"], told["second"]] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--lower-is-better", "other.csv"), r"--lower-is-better other\.csv; allowed: .*bad\.csv"),
        (("--lower-is-better", "trivial:params"), r"--lower-is-better trivial:params; allowed: .*bad\.csv"),
        (("--lower-is-better", "{bad}", "--higher-is-better", "{bad}"), "keep one of them"),
    ],
    ids=["another file", "no file", "both"],
)
def test_a_direction_of_anything_but_a_file_of_the_two_is_refused(compare, files, options, told):
    with pytest.raises(BenchError, match=told):
        compare(files["bad"], "trivial:params", "--table", NAME, *(word.format(**files) for word in options))
