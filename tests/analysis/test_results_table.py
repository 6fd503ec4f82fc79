"""Stored runs and the predictors beside them as rows of a table, and as a frame."""

from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.compare import side_of_row
from bench.analysis.frame import predictions_frame
from bench.analysis.results_table import SCORED, reference_rows, result_rows, supernet_rows
from bench.cli.results_table import damaged_lines, markdown, print_results
from bench.errors import ComparisonError
from bench.figures.figure import arch_column
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.plan import PlannedRow
from bench.runs.store import Run
from bench.scores.ceiling import CEILING_ROW
from bench.scores.metrics import METRICS
from bench.spaces.nb201 import NB201
from bench.study.study import Row
from bench.tables.catalog import open_table

TAU, TOP = METRICS.get("kendall-tau-b"), METRICS.get("kendall-tau-b/top-50")


@pytest.fixture(scope="module")
def table():
    return open_table("nb201/digits/test/30ep", data_folder())


@pytest.fixture
def planned(tmp_path, pretend):
    """Return a row of three finished runs in a masked space that rank by cross-entropy, and their predictions."""
    recipe = find_preset("smoke").fill(Recipe(space=NB201(mask=("none",))))
    runs = tuple(Run(recipe, "smoke", seed, tmp_path) for seed in range(3))
    predictions = [pretend(run, 3.0) for run in runs]
    return PlannedRow(Row("masked", recipe, score="negative-cross-entropy", published=0.5), runs), predictions


@pytest.fixture
def damaged(monkeypatch):
    """Let seed 2 of every row be damaged."""
    monkeypatch.setattr(Run, "status", property(lambda run: "damaged" if run.seed == 2 else "done"))
    monkeypatch.setattr(Run, "damage", property(lambda run: "record.json is of seed 7"))


def test_a_row_is_scored_on_the_population_of_its_own_space(planned, table):
    row, predictions = planned
    by_accuracy, by_loss = supernet_rows(row, table, Population("random-1000", table.space, table.genes))
    assert [(one.by, one.seeds, one.published) for one in (by_accuracy, by_loss)] == [
        ("accuracy", "3 of 3", None),
        ("-cross-entropy", "3 of 3", 0.5),
    ]
    own = Population("random-1000", NB201(mask=("none",)))
    taus, tops = [], []
    for said in predictions:
        at, _ = table.rows(said.genes)
        inside = own.among(said.genes)
        taus.append(TAU(said.accuracy[inside].astype(float), table.mean[at][inside]))
        tops.append(TOP(said.accuracy.astype(float), table.mean[at]))
    assert by_accuracy.n == inside.sum() < len(inside)
    assert by_accuracy.scores[TAU.name].value == pytest.approx(np.mean(taus))
    assert by_accuracy.scores[TOP.name].value == pytest.approx(np.mean(tops)), "over all that is predicted"


def test_reference_rows_stand_on_the_whole_population(table):
    few = Population("connected-500", table.space, table.genes)
    rows = {row.name: row for row in reference_rows(table, few)}
    params = table.space.costs(table.genes)["live-params"]
    inside = few.among(table.genes)
    scores = rows["live-params (trivial)"].scores
    assert set(scores) == set(SCORED)
    assert scores[TAU.name].value == TAU(params[inside], table.mean[inside])
    assert scores[TOP.name].value == pytest.approx(TOP(params, table.mean))
    assert {row.n for row in rows.values()} == {500}
    assert rows[CEILING_ROW].scores[TAU.name].n <= 500, "cells with a second training seed"


def test_a_damaged_run_is_not_scored_and_is_named(planned, table, damaged):
    row, _ = planned
    few = Population("connected-500", table.space, table.genes)
    found = result_rows([row], table, few)
    assert found[0].seeds == "2 of 3"
    line = "masked, seed 2 is damaged: record.json is of seed 7"
    assert damaged_lines([row], ["more"]) == [line, "more"]
    assert markdown(found, table.truth, "smoke", few.name, "", [line]).endswith(f"\n\n{line}\n")
    assert list(side_of_row(row, table).by_seed) == [0, 1]
    assert predictions_frame([row], table).query("row == 'masked'").seed.unique().tolist() == [0, 1]


def test_a_row_of_damaged_runs_alone_is_not_compared_and_says_why(planned, table, damaged):
    row = replace(planned[0], runs=planned[0].runs[2:])
    with pytest.raises(ComparisonError, match=r"no finished run at preset 'smoke'; .*; masked, seed 2 is damaged: rec"):
        side_of_row(row, table)


def test_the_frame_holds_each_prediction_beside_its_truth(planned, table):
    row, predictions = planned
    frame = predictions_frame([row], table)
    run = frame[(frame.row == "masked") & (frame.seed == 1)]
    at, _ = table.rows(predictions[1].genes)
    np.testing.assert_array_equal(run.arch, arch_column(predictions[1].genes))
    np.testing.assert_array_equal(run.predicted, predictions[1].accuracy.astype(float))
    np.testing.assert_array_equal(run.ranked, predictions[1].negative_cross_entropy.astype(float))
    np.testing.assert_array_equal(run.true, table.mean[at])
    own = Population("connected-500", NB201(mask=("none",)))
    np.testing.assert_array_equal(run.sampled, own.among(predictions[1].genes))
    assert (run.counted.iloc[0], run.population.iloc[0]) == ("live-params", "connected-500")


def test_a_table_of_results_says_how_much_of_its_space_the_truth_covers(table, capsys):
    few = replace(table, genes=table.genes[:60], accuracy=table.accuracy[:60])
    everything = Population("all", few.space, few.genes)
    print_results([], few, everything)
    words = "truth nb201/digits/test/30ep (60 of 15,625 architectures), population all"
    assert words in " ".join(capsys.readouterr().out.split())
    text = markdown([], few.truth, "smoke", "all", coverage=few.coverage)
    assert "Truth `nb201/digits/test/30ep` (60 of 15,625 architectures), preset" in text
