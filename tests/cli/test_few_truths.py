"""`few-truths` and `confirm` on made-up runs."""

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bench.analysis.few_truths import WITHOUT, comparable, curves, draws_frame, question
from bench.cli import app
from bench.cli.few_truths import headline, parsed_counts
from bench.errors import BenchError, ComparisonError, StoreError, UnknownName
from bench.places import PROJECT, data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.study.study import STUDIES
from bench.tables.catalog import open_table

DEMO = find_preset("demo")


def call(*words):
    result = CliRunner().invoke(app, [*map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture(scope="module")
def stored(pretend, tmp_path_factory):
    """Return a folder with two made-up seeds of the baseline at preset demo."""
    folder = tmp_path_factory.mktemp("results")
    [row] = plan(STUDIES.get("baseline"), DEMO, (0, 1), folder)
    for run in row.runs:
        pretend(run, 5.0)
    return folder


def few(stored, *words):
    return call("few-truths", "baseline", "--preset", "demo", "--seeds", "0-1", "--results", stored, *words)


@pytest.mark.slow
def test_the_command_writes_what_it_prints_and_the_curves_follow_from_the_draws(stored, tmp_path):
    words = ("--model", "ridge", "--draws", 2, "--counts", "20,40")
    told = json.loads(few(stored, *words, "--json", "--out", tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {
        f"few-truths{end}" for end in (".csv", ".md", ".png", ".svg", "-draws.csv.gz")
    }
    assert [(line["row"], line["count"], line["seeds"], line["draws"]) for line in told] == [
        ("baseline", 20, 2, 2), ("baseline", 40, 2, 2), (WITHOUT, 20, 0, 2), (WITHOUT, 40, 0, 2)
    ]  # fmt: skip
    few(
        stored, "--model", "ridge", "--draws", 2, "--counts", 20, "--known", "nb201/digits/test/30ep", "--out", tmp_path
    )
    endings = {path.name.removeprefix("few-truths") for path in tmp_path.iterdir()}
    assert {ending for ending in endings if "digits" in ending} == {
        f"-nb201-digits-test-30ep{end}" for end in (".csv", ".md", ".png", ".svg", "-draws.csv.gz")
    }, "beside the others"
    drawn = pd.read_csv(tmp_path / "few-truths-draws.csv.gz")
    again = curves(drawn)
    np.testing.assert_allclose([line["tau"] for line in told], again.tau)
    np.testing.assert_allclose([line["precision"] for line in told], again.precision)
    assert told[1]["tau"] > told[3]["tau"]
    of_demo = ["few-truths", "baseline", "--preset", "demo", "--seeds", "0-1", "--results", stored, *words]
    by_csv = CliRunner().invoke(app, [*map(str, of_demo), "--format", "csv"]).stdout
    assert pd.read_csv(io.StringIO(by_csv)).tau.tolist() == pytest.approx([line["tau"] for line in told], rel=1e-5)
    shown = few(stored, *words)
    assert "worth, in truths" in shown
    assert "scored on `confirmation`, n = 8,130. [95" in " ".join(shown.split()), "all are predicted"


def test_halves_are_known_and_scored_unless_a_population_is_named():
    whole = open_table("nb201/digits/test/30ep", data_folder())
    table = replace(whole, genes=whole.genes[::20], accuracy=whole.accuracy[::20])
    halves, one = question(table), question(table, within="canonical")
    for flags, name in (
        (halves.may_be_known, "design"),
        (halves.may_be_scored, "confirmation"),
        (one.may_be_known, "canonical"),
        (one.may_be_scored, "canonical"),
    ):
        np.testing.assert_array_equal(flags, Population(name, table.space, table.genes).among(table.genes))


def test_only_what_supernets_predict_is_known_and_scored(tmp_path, pretend):
    table = open_table("nb201/digits/test/30ep", data_folder())
    predicted = np.arange(len(table.genes)) % 3 == 0
    own = replace(table, name="nb201/mine/test/3ep", genes=table.genes[100:160], accuracy=table.accuracy[100:160])
    for given in ({}, {"within": "canonical"}, {"known": own}):
        whole, part = question(table, **given), question(table, **given, predicted=predicted)
        np.testing.assert_array_equal(part.may_be_known, whole.may_be_known & predicted)
        np.testing.assert_array_equal(part.may_be_scored, whole.may_be_scored & predicted)
    [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (0,), tmp_path)
    said = pretend(row.runs[0], 5.0)
    half = Population("confirmation", table.space, table.genes).among(said.genes).sum()
    words = ("few-truths", "baseline", "--preset", "smoke", "--seeds", 0, "--results", tmp_path, "--model", "ridge")
    told = " ".join(call(*words, "--draws", 2, "--counts", 20).split())
    assert f"scored on `confirmation`, n = {half}; both among the 500 architectures that supernets predict" in told


def test_a_table_of_ones_own_gives_the_known_truths_and_the_named_one_scores(tmp_path):
    table = open_table("nb201/digits/test/30ep", data_folder())
    own = replace(table, name="nb201/mine/test/3ep", genes=table.genes[100:160], accuracy=100 - table.accuracy[100:160])
    asked = question(table, known=own)
    connected = table.space.connected(table.genes)
    np.testing.assert_array_equal(np.flatnonzero(asked.may_be_known), 100 + np.flatnonzero(connected[100:160]))
    np.testing.assert_allclose(asked.known_truth[100:160], own.mean)
    assert np.isnan(asked.known_truth[:100]).all()
    np.testing.assert_array_equal(asked.truth, table.mean)


@pytest.mark.slow
def test_known_truths_of_another_space_are_refused():
    table = open_table("nb201/digits/test/30ep", data_folder())
    with pytest.raises(ComparisonError, match=r"the known truths 'macro/mine/test/3ep' are of space 'macro', and"):
        question(table, known=_of_macro())


def _of_macro():
    from bench.spaces.macro import Macro
    from bench.tables.table import Table

    genes = Macro().enumerate()[:30]
    return Table(name="macro/mine/test/3ep", genes=genes, accuracy=np.ones((30, 1)), seeds=("0",), source="a test")


def test_rows_that_do_not_compare_are_left_out_with_the_reason(stored):
    table = open_table("nb201/digits/test/30ep", data_folder())
    [row] = plan(STUDIES.get("baseline"), DEMO, (0, 1), stored)
    masked = plan(STUDIES.get("masking"), DEMO, (0, 1), stored)
    kept, lines = comparable([row, row, *masked[-1:]], table)
    assert kept == [row]
    assert lines == [
        f"{row.row.name} is left out: it shares its runs with a row before",
        f"{masked[-1].row.name} is left out: no finished run",
    ]


@pytest.mark.slow
def test_a_supernet_that_lacks_predictions_is_refused(stored, monkeypatch):
    from bench.scores.join import Joined

    table = open_table("nb201/digits/test/30ep", data_folder())
    [row] = plan(STUDIES.get("baseline"), DEMO, (0,), stored)
    lacking = Joined(name="x", prediction=table.mean, present=np.arange(len(table.genes)) < 9_000)
    monkeypatch.setattr("bench.analysis.few_truths.join", lambda *given: lacking)
    with pytest.raises(StoreError, match=r"'baseline' predicted [\d,]+ of the 15,284 architectures that are drawn"):
        draws_frame([row], table, question(table), draws=2)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("words", "kind", "error"),
    [
        (("--model", "rigde"), UnknownName, "unknown model 'rigde'; did you mean 'ridge'"),
        (("--draws", 1), BenchError, "--draws 1; allowed: 2 to 1,000"),
        (("--counts", "20,x"), BenchError, "--counts 20,x: 'x'; allowed: whole numbers from 2"),
        (("--counts", "9000"), ComparisonError, "different architectures may be known, fewer than 9,000"),
        (("--within", "conected"), UnknownName, "unknown population 'conected'"),
        (("--known", "nb201/none/test/1ep"), UnknownName, "unknown table 'nb201/none/test/1ep'"),
    ],
)
def test_wrong_options_are_told(stored, words, kind, error):
    with pytest.raises(kind, match=error):
        few(stored, *words)


def test_a_study_without_runs_and_rows_of_two_truths_are_refused(tmp_path):
    with pytest.raises(StoreError, match="'baseline' has no finished run on the whole space at preset 'demo'"):
        call("few-truths", "baseline", "--preset", "demo", "--results", tmp_path)
    with pytest.raises(StoreError, match="'baseline' has no finished run at preset 'demo'"):
        call("confirm", "baseline", "--preset", "demo", "--results", tmp_path)
    with pytest.raises(ComparisonError, match=r"'baseline' against nb201.* 'macro-baselines' against macro"):
        call("few-truths", "baseline", "macro-baselines", "--results", tmp_path)


def test_numbers_of_truths_are_sorted_and_kept_once():
    assert parsed_counts("40, 20,40") == (20, 40)


@pytest.mark.slow
@pytest.mark.usefixtures("few_resamples")
def test_confirm_scores_on_the_half_for_confirmation(stored, tmp_path):
    from bench.analysis.confirmed import confirmed_rows
    from bench.cli.confirm import confirmed_csv
    from bench.scores.join import join
    from bench.scores.metrics import METRICS
    from bench.scores.score_run import score_run

    table = open_table("nb201/digits/test/30ep", data_folder())
    [row] = plan(STUDIES.get("baseline"), DEMO, (0,), stored)
    found = confirmed_rows([row], table, [table])
    labels = [one.label for one in found]
    assert labels[:2] == ["baseline, by accuracy", "baseline, by -cross-entropy"]
    assert labels[-1].startswith("ceiling")
    assert {one.n for one in found[:-1]} == {8130}
    predictions = row.runs[0].read().predictions
    half = Population("confirmation", table.space, table.genes)
    scored = score_run(join("x", predictions.genes, predictions.by("accuracy"), table), table, half)
    for name in ("kendall-tau-b", "precision-at-top/5%"):
        assert found[0].scores[name].value == scored.value(METRICS.get(name))
    assert found[0].others[table.truth].value == found[0].scores["kendall-tau-b"].value
    assert found[0].scores["tau-with-size"].value != found[0].scores["kendall-tau-b"].value
    lines = list(csv.DictReader(io.StringIO(confirmed_csv(found))))
    assert [line["row"] for line in lines[:1]] == labels[:1]
    of_first = {line["metric"]: line for line in lines if line["row"] == labels[0]}
    for name in ("kendall-tau-b", f"kendall-tau-b on {table.truth}"):
        assert float(of_first[name]["value"]) == pytest.approx(scored.value(METRICS.get("kendall-tau-b")), rel=1e-5)


STORED = ("channel-sampling", "best-recipe", "macro-baselines", "sss-sampling", "nb101-kernel", "darts-baselines")
"""Studies whose curves are stored; the first is the smallest."""


@pytest.mark.parametrize("study", [STORED[0], *(pytest.param(one, marks=pytest.mark.slow) for one in STORED[1:])])
def test_the_printed_curves_are_those_of_the_stored_draws(study):
    import pandas as pd

    from bench.cli.few_truths import markdown

    folder = PROJECT / "plots" / study / "laptop"
    lines = curves(pd.read_csv(folder / "few-truths-draws.csv.gz"))
    written = (folder / "few-truths.md").read_text()
    about = next(line for line in written.splitlines() if line.startswith("Truth `")).split(". [95")[0]
    assert written == markdown(lines, about)
    assert (folder / "few-truths.csv").read_text() == lines.to_csv(index=False, float_format="%.6g")


def test_the_pages_print_lines_of_the_written_tables():
    section = (PROJECT / "docs" / "results.md").read_text().split("## Few truths", 1)[1].split("\n## ", 1)[0]
    written = {
        line
        for study in STORED
        for page in (PROJECT / "plots" / study / "laptop").glob("few-truths*.md")
        for line in page.read_text().splitlines()
    }
    shown = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert len(shown) > 10
    assert [line for line in shown if line not in written] == []
    confirmed = (PROJECT / "plots" / "best-recipe" / "laptop" / "confirmed.md").read_text()
    assert confirmed.strip() in (PROJECT / "docs" / "results.md").read_text()
    readme = (PROJECT / "README.md").read_text().split("\n## ")[0]
    told = [line for line in readme.splitlines() if line.startswith("| ")]
    assert len(told) >= 6
    assert [line for line in told if line not in confirmed.splitlines()] == []


@pytest.mark.slow
def test_the_stored_draws_are_drawn_again_from_the_stored_runs(real_data, tmp_path):
    import pandas as pd

    from bench.tables.add import add

    add([real_data / "nats_bench.csv"], tmp_path)
    table = open_table("nb201/cifar10/test/200ep", tmp_path)
    rows = [
        row
        for row in plan(STUDIES.get("best-recipe"), find_preset("laptop"), (0,), PROJECT / "results")
        if row.row.name == "best recipe"
    ]
    again = draws_frame(rows, table, question(table), models=["ridge"], draws=3)
    kept = pd.read_csv(PROJECT / "plots" / "best-recipe" / "laptop" / "few-truths-draws.csv.gz")
    both = again.merge(kept, on=["row", "seed", "model", "count", "draw", "n"], suffixes=("", "_kept"))
    assert len(both) == len(again) == 2 * 3 * 7
    np.testing.assert_allclose(both.tau, both.tau_kept, atol=2e-5)
    np.testing.assert_allclose(both.precision, both.precision_kept, atol=3e-3)


@pytest.mark.slow
def test_the_confirmed_numbers_are_those_of_the_stored_runs(real_data, tmp_path, few_resamples):
    from bench.analysis.confirmed import confirmed_rows
    from bench.cli.confirm import confirmed_grid
    from bench.tables.add import add

    add([real_data / "nats_bench.csv"], tmp_path)
    table = open_table("nb201/cifar10/test/200ep", tmp_path)
    rows = [
        row
        for study in ("best-recipe", "gradient-methods")
        for row in plan(STUDIES.get(study), find_preset("laptop"), None, PROJECT / "results")
        if row.row.name in ("baseline", "best recipe", "uniform, one path")
        or row.row.name.startswith("paths spread, lin")
    ]
    beside = [open_table(f"nb201/{name}/test/200ep", tmp_path) for name in ("cifar100", "imagenet16-120")]
    _, lines = confirmed_grid(confirmed_rows(rows, table, beside), beside)
    written = (PROJECT / "plots" / "best-recipe" / "laptop" / "confirmed.md").read_text().splitlines()[2:]
    kept = [[cell.split(" [")[0] for cell in line.strip("| ").split(" | ")] for line in written if line[:1] == "|"]
    assert kept[: len(lines)] == [[cell.split(" [")[0] for cell in line] for line in lines]


def curve(row, count, tau, worth):
    return {"row": row, "model": "ridge", "count": count, "tau": tau} | {
        f"worth{end}": worth * factor for end, factor in (("", 1), ("_low", 0.5), ("_high", 2))
    }


def test_the_headline_is_of_the_best_row_at_the_middle_number_of_truths():
    lines = [curve("one", 20, 0.5, 30), curve("two", 20, 0.6, 45), curve("one", 40, 0.7, 60)]
    lines += [curve("two", 40, 0.8, 70), curve("two", 80, 0.9, math.inf)]
    lines += [curve(WITHOUT, count, tau, math.nan) for count, tau in ((20, 0.4), (40, 0.45), (80, 0.5))]
    told = headline(pd.DataFrame(lines))
    assert told.startswith("In short: 40 random truths and 'two' (ridge) rank as well as 70 [35,140] truths without a")
    assert told.endswith("tau-b .80 against .45 at 40")
    lines[3] = curve("two", 40, 0.8, math.inf)
    assert "'two' (ridge) rank as well as more than 80 truths" in headline(pd.DataFrame(lines)), "not the second best"
    lines[3] = curve("two", 40, 0.8, 0)
    assert "'two' (ridge) rank as well as fewer than 20 truths" in headline(pd.DataFrame(lines))
    lines[2:4] = [curve(name, 40, 0.7, math.nan) for name in ("one", "two")]
    assert headline(pd.DataFrame(lines)) == ""
