"""The architectures that all supernets predict, and what stands beside them in a table."""

import numpy as np
import pytest

from bench.analysis.confirmed import confirmed_rows
from bench.analysis.predicted import predicted_by_all
from bench.analysis.results_table import reference_rows, result_rows
from bench.places import data_folder
from bench.population import Population
from bench.predict.predictions import Predictions
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.plan import PlannedRow
from bench.runs.scored_on import usual_population
from bench.runs.store import Run
from bench.scores.ceiling import CEILING_ROW
from bench.scores.metrics import METRICS
from bench.scores.score_run import ceiling_on, score_run
from bench.scores.scoreboard import trivial_predictors
from bench.spaces.nb201 import NB201
from bench.study.study import Row
from bench.tables.catalog import open_table
from tests.fixtures import part_of

SMOKE = find_preset("smoke")
"""Its supernets predict 500 of the cells, which are its population."""

pytestmark = pytest.mark.usefixtures("few_resamples")


@pytest.fixture(scope="module")
def table():
    return open_table("nb201/digits/test/30ep", data_folder())


def row_of(folder, pretend, *, mask=(), seeds=2):
    recipe = SMOKE.fill(Recipe(space=NB201(mask=mask)))
    runs = tuple(Run(recipe, "smoke", seed, folder) for seed in range(seeds))
    said: list[Predictions] = [pretend(run, 3.0) for run in runs]
    return PlannedRow(Row("masked" if mask else "whole", recipe), runs), said


def test_all_that_every_supernet_of_the_whole_space_predicts(tmp_path, pretend, table):
    whole, said = row_of(tmp_path, pretend)
    masked, _ = row_of(tmp_path, pretend, mask=("none",))
    found = predicted_by_all([masked, whole], table)
    np.testing.assert_array_equal(np.sort(np.flatnonzero(found)), np.sort(table.rows(said[0].genes)[0]))
    assert found.sum() == 500
    assert predicted_by_all([masked], table).all(), "masked spaces do not count"
    assert predicted_by_all([], table).all()


def test_a_supernet_that_predicts_fewer_leaves_fewer(tmp_path, pretend, table):
    whole, said = row_of(tmp_path, pretend)
    other = Run(whole.runs[0].recipe, "smoke", 7, tmp_path)
    part_of(whole.runs[0].folder, other.folder, seed=7, archs=300)
    found = predicted_by_all([PlannedRow(whole.row, (*whole.runs, other))], table)
    np.testing.assert_array_equal(np.sort(np.flatnonzero(found)), np.sort(table.rows(said[0].genes[:300])[0]))


@pytest.mark.slow
def test_the_rows_beside_supernets_have_the_same_true_top(tmp_path, pretend, table):
    whole, said = row_of(tmp_path, pretend)
    population = usual_population(table, SMOKE)
    found = {row.name: row for row in result_rows([whole], table, population) if not row.by or row.by == "accuracy"}
    top = METRICS.get("kendall-tau-b/top-50")
    at = table.rows(said[0].genes)[0]
    for one in trivial_predictors(table):
        row = found[f"{one.name} (trivial)"]
        assert row.scores[top.name].value == pytest.approx(top(one.prediction[at], table.mean[at]))
        assert row.scores[top.name].n == found["whole"].scores[top.name].n == 500
    within = predicted_by_all([whole], table)
    limit = ceiling_on(table, population, [top], within=within)[top.name]
    assert found[CEILING_ROW].scores[top.name].value == limit.value
    alone = {row.name: row for row in reference_rows(table, population)}
    assert alone["params (trivial)"].scores[top.name].value != found["params (trivial)"].scores[top.name].value
    assert {row.n for row in found.values()} == {500}


@pytest.mark.slow
def test_confirmed_rows_beside_supernets_are_of_the_same_architectures(tmp_path, pretend, table):
    whole, said = row_of(tmp_path, pretend)
    half = Population("confirmation", table.space, table.genes)
    *rows, limit = confirmed_rows([whole], table, [table])
    n = int(half.among(said[0].genes).sum())
    assert {row.n for row in rows} == {n}
    assert limit.label == CEILING_ROW
    assert limit.n == n
    params = next(one for one in trivial_predictors(table) if one.name == "params")
    within, tau = predicted_by_all([whole], table), METRICS.get("kendall-tau-b")
    expected = score_run(params, table, half, within=within).value(tau)
    [row] = [row for row in rows if row.label == "params (trivial)"]
    assert row.scores[tau.name].value == row.others[table.truth].value == expected
