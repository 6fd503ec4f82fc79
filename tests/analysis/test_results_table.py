"""Stored runs and the predictors beside them as rows of a table, and as a frame."""

from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.compare import side_of_row
from bench.analysis.frame import predictions_frame
from bench.analysis.results_table import (
    SCORED,
    SIZES,
    ResultRow,
    best_trivial,
    reference_rows,
    result_rows,
    supernet_rows,
)
from bench.analysis.results_words import ABOUT_BEST_TRIVIAL, BEST_TRIVIAL
from bench.cli.results_table import cells, damaged_lines, headings, markdown, notes, print_results
from bench.errors import ComparisonError
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.report.answers import sentence_alone
from bench.runs.plan import PlannedRow
from bench.runs.store import Run
from bench.scores.ceiling import CEILING_ROW
from bench.scores.interval import ZERO_WIDTH, Value
from bench.scores.metrics import METRICS
from bench.scores.prediction_frame import arch_column
from bench.scores.seeds import MEAN_TREND
from bench.spaces.nb201 import NB201
from bench.study.study import Row
from bench.tables.catalog import open_table

TAU, TOP = METRICS.get("kendall-tau-b"), METRICS.get("kendall-tau-b/top-50")
P5 = "precision-at-top/5%"

pytestmark = pytest.mark.usefixtures("few_resamples")


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


@pytest.mark.slow
def test_a_row_whose_update_learns_probabilities_has_a_third_score(tmp_path, pretend, table):
    recipe = find_preset("smoke").fill(Recipe(update=DartsFirstOrder()))
    run = Run(recipe, "smoke", 0, tmp_path)
    pretend(run, 3.0)
    planned = PlannedRow(Row("darts", recipe, score="log-probability", published=0.5), (run,))
    found = supernet_rows(planned, table, Population("random-1000", table.space, table.genes))
    assert [(one.by, one.published) for one in found] == [
        ("accuracy", None),
        ("-cross-entropy", None),
        ("log-probability", 0.5),
    ]
    first, _, third = (one.scores[TAU.name].value for one in found)
    assert third == pytest.approx(-first)


@pytest.mark.slow
def test_rows_that_share_their_runs_show_each_score_once(planned, table):
    by_loss = planned[0]
    by_accuracy = PlannedRow(replace(by_loss.row, name="first", score="accuracy"), by_loss.runs)
    named = PlannedRow(replace(by_loss.row, name="masked by cross-entropy"), by_loss.runs)
    population = Population("random-1000", table.space, table.genes)

    def shown(*rows):
        return [row.label for row in result_rows(list(rows), table, population) if row.by]

    assert shown(by_accuracy, named) == ["first, by accuracy", "masked by cross-entropy"]
    assert shown(by_loss) == ["masked, by accuracy", "masked, by -cross-entropy"]
    assert shown(by_loss, named) == ["masked, by accuracy", "masked, by -cross-entropy", "masked by cross-entropy"]


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_masked_row_has_the_trivial_predictors_on_its_own_architectures(planned, table):
    rows = supernet_rows(planned[0], table, Population("random-1000", table.space, table.genes))
    inside = Population("random-1000", NB201(mask=("none",))).among(table.genes)
    costs = {**table.space.costs(table.genes), **table.costs}
    taus = {name: TAU(cost[inside], table.mean[inside]) for name, cost in costs.items()}
    for row in rows:
        assert {name: value.value for name, value in row.trivial.items()} == pytest.approx(taus)
        assert {value.n for value in row.trivial.values()} == {inside.sum()}
        assert best_trivial(row)[0] == max(taus, key=taus.get)
    assert len(taus) > 1


@pytest.mark.slow
def test_a_table_with_masked_rows_says_how_many_are_above_the_trivial_predictors_of_their_space(planned, table):
    population = Population("random-1000", table.space, table.genes)
    masked = supernet_rows(planned[0], table, population)
    value = Value(value=0.5, low=0.4, high=0.6, n=masked[0].n, resampled="architectures")
    first, second = (
        replace(row, trivial={"params": replace(value, value=tau), "flops": replace(value, value=-1.0)})
        for row, tau in zip(masked, (-0.99, 0.99), strict=True)
    )
    whole = replace(first, name="whole", trivial={})
    told = markdown([whole, first, second], table.truth, "smoke", "random-1000")
    assert "Highest tau-b: whole, by accuracy " in told
    assert " Of 2 lines of masked spaces 1 are above the best trivial predictor of their own space." in told
    lines = [line for line in told.splitlines() if line.startswith("| masked") and "params" in line]
    assert [line.split(" | ")[-1] for line in lines] == ["params -.99 [.40,.60] |", "params .99 [.40,.60] |"]
    assert f"| {BEST_TRIVIAL} ↑ |" in told
    assert ABOUT_BEST_TRIVIAL in told


@pytest.mark.slow
def test_a_table_without_masked_rows_has_no_column_for_them(planned, table):
    rows = supernet_rows(planned[0], table, Population("random-1000", table.space, table.genes))
    told = markdown([replace(row, trivial={}) for row in rows], table.truth, "smoke", "random-1000")
    assert BEST_TRIVIAL not in told
    assert "masked spaces" not in told


@pytest.mark.slow
def test_the_answer_of_one_masked_row_names_the_trivial_predictor_of_its_space(planned, table):
    population = Population("random-1000", table.space, table.genes)
    rows = supernet_rows(planned[0], table, population)
    best = best_trivial(rows[0])
    said = f"the best reference in its space is {best[0]} (trivial): {best[1].value:.2f} ["
    assert said in sentence_alone(rows, [])
    assert "in its space" not in sentence_alone([replace(row, trivial={}) for row in rows], [])


@pytest.mark.slow
def test_a_row_has_its_mean_supernet_accuracy_beside_chance_on_the_architectures_of_its_tau(planned, table):
    row, predictions = planned
    rows = supernet_rows(row, table, Population("random-1000", table.space, table.genes))
    inside = Population("random-1000", NB201(mask=("none",))).among(predictions[0].genes)
    means = [said.accuracy[inside].astype(float).mean() for said in predictions]
    for found in rows:
        assert found.accuracy.by_seed == pytest.approx(means)
        assert (found.accuracy.images, found.accuracy.classes, found.accuracy.guessing) == (128, 10, 0)
        place = headings(rows).index("accuracy - chance, %")
        assert headings(rows)[place - 1] == "tau-b ↑"
        assert cells(found, rows)[place] == f"{np.mean(means):.1f} - 10 = {np.mean(means) - 10:.1f}"
    assert notes(rows) == []


@pytest.mark.slow
def test_a_supernet_at_chance_is_said_to_be_once_for_both_scores(planned, table):
    rows = supernet_rows(planned[0], table, Population("random-1000", table.space, table.genes))
    guessing = replace(rows[0].accuracy, by_seed=(9.0, 11.0, 12.0))
    found = [replace(row, accuracy=guessing) for row in rows]
    [line] = notes(found)
    assert line.startswith("'masked' is at chance: mean accuracy 10.7 %; guessing one of 10 classes gives 10 %, and up")
    assert line in markdown(found, table.truth, "smoke", "random-1000")


@pytest.mark.slow
def test_scores_without_a_value_or_an_interval_are_listed_by_their_reason(planned, table):
    rows = supernet_rows(planned[0], table, Population("random-1000", table.space, table.genes))
    lacking = Value(value=np.nan, low=np.nan, high=np.nan, n=9, resampled="seeds", reason="fewer than 50")
    few = replace(lacking, value=0.5, resamples=3, drawn=9, reason="defined on 3 of 9 resamples")
    alike = replace(few, reason=ZERO_WIDTH)
    found = [replace(row, scores=row.scores | {TOP.name: lacking, TAU.name: few, P5: alike}) for row in rows]
    found.append(replace(found[0], name="whole", scores=rows[0].scores | {TOP.name: lacking}))
    assert notes(found) == [
        "tau-b without interval (defined on 3 of 9 resamples): masked, by accuracy; masked, by -cross-entropy",
        "top-50 tau-b without value (fewer than 50): every row",
        "P@5% without interval (every seed and resample has this score): masked, by accuracy; masked, by "
        "-cross-entropy",
    ]
    assert cells(found[0], found)[headings(found).index("tau-b ↑")] == ".50 [undefined]"


def test_published_predictions_far_below_zero_get_a_hint_about_the_sign(table):
    value = Value(value=-0.4, low=-0.5, high=-0.3, n=99, resampled="architectures")
    scores = dict.fromkeys((*SCORED, MEAN_TREND, *SIZES), value)
    rows = [ResultRow(name=name, seeds="-", n=99, scores=scores) for name in ("a (published)", "b (trivial)")]
    [line] = notes(rows)
    assert line == "a (published): its tau-b is clearly negative; if its sign is wrong, score it with --lower-is-better"


@pytest.mark.slow
def test_reference_rows_stand_on_the_whole_population(table):
    few = Population("connected-500", table.space, table.genes)
    rows = {row.name: row for row in reference_rows(table, few)}
    params = table.space.costs(table.genes)["live-params"]
    inside = few.among(table.genes)
    scores = rows["live-params (trivial)"].scores
    assert set(scores) == {*SCORED, MEAN_TREND, *SIZES}
    assert scores[TAU.name].value == TAU(params[inside], table.mean[inside])
    assert scores[TOP.name].value == pytest.approx(TOP(params, table.mean))
    assert {row.n for row in rows.values()} == {500}
    assert rows[CEILING_ROW].scores[TAU.name].n <= 500, "cells with a second training seed"


@pytest.mark.slow
def test_a_damaged_run_is_not_scored_and_is_named(planned, table, damaged):
    row, _ = planned
    few = Population("connected-500", table.space, table.genes)
    found = result_rows([row], table, few)
    assert found[0].seeds == "2 of 3"
    line = "masked, seed 2 is damaged: record.json is of seed 7"
    assert damaged_lines([row], ["more"]) == [line, "more"]
    assert f"\n\n{line}\n" in markdown(found, table.truth, "smoke", few.name, "", [line])
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
    assert (run.counted.iloc[0], run.population.iloc[0]) == ("conv-3x3", "connected-500")


@pytest.mark.slow
def test_a_table_of_results_says_how_much_of_its_space_the_truth_covers(table, capsys):
    few = replace(table, genes=table.genes[:60], accuracy=table.accuracy[:60])
    everything = Population("all", few.space, few.genes)
    print_results([], few, everything)
    words = "truth nb201/digits/test/30ep (60 of 15,625 architectures), population all"
    assert words in " ".join(capsys.readouterr().out.split())
    text = markdown([], few.truth, "smoke", "all", coverage=few.coverage)
    assert "Truth `nb201/digits/test/30ep` (60 of 15,625 architectures), preset" in text
