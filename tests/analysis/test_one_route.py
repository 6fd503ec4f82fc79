"""A number that stands in a table and in a figure is the same in both, whichever way it came there."""

import numpy as np
import pytest

from bench.analysis.frame import predictions_frame
from bench.analysis.results_table import reference_rows, supernet_rows
from bench.figures.against_source import AGAINST_SOURCE
from bench.figures.figure import Caption
from bench.figures.metrics import ACCURACY, of_metrics
from bench.figures.over_top_n import OVER_TOP_N, TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.figures.proxy import PROXY, SPARSE
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES
from bench.figures.tau_over_paths import TAU_OVER_PATHS
from bench.places import data_folder
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.plan import PlannedRow
from bench.runs.scored_on import usual_population
from bench.runs.store import Run
from bench.sample.paths.strict_fair import StrictFair
from bench.scores.ceiling import CEILING_ROW
from bench.scores.metrics import METRICS, PANEL
from bench.scores.scoreboard import scoreboard, trivial_predictors
from bench.study.study import Row
from bench.tables.catalog import open_table

pytestmark = pytest.mark.slow
TAU = "kendall-tau-b"


@pytest.fixture(scope="module")
def found(tmp_path_factory, pretend, few_resamples):
    """Return the frame and the results table of three rows of two seeds, and of a fourth of one seed.

    They predict the whole table, of which a sample is scored. In every second run a few predictions of the sample are
    NaN: they rank last and count as the lowest accuracy, in tables and in figures.
    """
    table, folder = open_table("nb201/digits/test/30ep", data_folder()), tmp_path_factory.mktemp("results")
    rows = []
    for count, noise in ((1, 2.0), (2, 5.0), (3, 9.0), (4, 3.0)):
        recipe = find_preset("demo").fill(Recipe(paths=StrictFair(count=count)))
        runs = tuple(Run(recipe, "demo", seed, folder) for seed in range(1 if count == 4 else 2))
        for run in runs:
            pretend(run, noise, diverged=100 * (run.seed == 1))
        rows.append(PlannedRow(Row(f"{count} paths", recipe, published=0.1 * count, panels=("a",)), runs))
    population = usual_population(table, find_preset("demo"))
    results = {row.name: row for planned in rows for row in supernet_rows(planned, table, population)[:1]}
    limit = {row.name: row for row in reference_rows(table, population)}[CEILING_ROW]
    return predictions_frame(rows, table), results, limit, (table, population)


def same(drawn, values):
    """Compare mean, bounds and n of lines of a figure, by row, with values of a table."""
    assert list(drawn.index) == list(values)
    for column, name in (("mean", "value"), ("low", "low"), ("high", "high"), ("n", "n")):
        wanted = [getattr(value, name) for value in values.values()]
        np.testing.assert_allclose(drawn[column].astype(float), wanted, rtol=1e-12, err_msg=column)


def test_every_metric_of_the_figure_of_metrics_is_that_of_the_table(found) -> None:
    frame, results, _, _ = found
    lines = of_metrics("mine", "", *PANEL, SPARSE).numbers(frame)
    lines = lines[lines.row != CEILING_ROW]
    for name in (*PANEL, SPARSE):
        same(lines[lines.metric == name].set_index("row"), {row: one.scores[name] for row, one in results.items()})


def test_the_ceiling_of_the_figures_is_that_of_the_table(found) -> None:
    frame, _, limit, _ = found
    lines = of_metrics("mine", "", TAU).numbers(frame).set_index("row")
    assert lines.loc[CEILING_ROW, "mean"] == pytest.approx(limit.scores[TAU].value, rel=1e-12)


def test_the_supernet_accuracy_of_the_figures_is_that_of_the_table(found) -> None:
    frame, results, _, _ = found
    wanted = {row: one.accuracy.mean for row, one in results.items()}
    lines = of_metrics("mine", "", ACCURACY).numbers(frame).query("metric == @ACCURACY").set_index("row")
    assert lines["mean"].to_dict() == pytest.approx(wanted, rel=1e-12)
    over = OVER_TOP_N.numbers(frame).query("metric == 'accuracy' and group == 'random-1000'").set_index("row")
    assert over["mean"].to_dict() == pytest.approx(wanted, rel=1e-12)
    assert PROXY.numbers(frame).groupby("row").accuracy.mean().to_dict() == pytest.approx(wanted, rel=1e-12)


def test_tau_over_the_true_top_n_is_that_of_the_table(found) -> None:
    frame, results, limit, _ = found
    lines = OVER_TOP_N.numbers(frame).query("metric == 'tau'").set_index(["row", "group"])["mean"]
    named = of_metrics("mine", "", *(f"{TAU}/top-{n}" for n in TOP_N)).numbers(frame)
    tops = named.set_index(["row", "metric"])["mean"]
    for row, one in results.items():
        assert lines[row, "random-1000"] == pytest.approx(one.scores[TAU].value, rel=1e-12)
        assert lines[row, "50"] == pytest.approx(one.scores[f"{TAU}/top-50"].value, rel=1e-12)
        for n in TOP_N:
            assert lines[row, str(n)] == pytest.approx(tops[row, f"{TAU}/top-{n}"], rel=1e-12)
    assert lines[CEILING_ROW, "random-1000"] == pytest.approx(limit.scores[TAU].value, rel=1e-12)


@pytest.mark.parametrize(
    ("figure", "key"),
    [(AGAINST_SOURCE, "row"), (TAU_OVER_PATHS, "paths"), (TAU_OVER_MINUTES, "row")],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_tau_of_a_figure_is_that_of_the_table(found, figure, key) -> None:
    frame, results, _, _ = found
    lines = figure.numbers(frame)
    column = "tau" if figure is TAU_OVER_MINUTES else "mean"
    drawn = lines[~lines.isin([CEILING_ROW]).any(axis=1)].groupby(key)[column].mean()
    assert drawn.tolist() == pytest.approx([one.scores[TAU].value for one in results.values()], rel=1e-12)


def test_the_tau_in_the_title_of_a_panel_is_that_of_the_table(found) -> None:
    frame, results, _, (table, _) = found
    points = PREDICTED_AGAINST_TRUE.numbers(frame)
    caption = Caption(table.truth, "smoke", "128 images")
    titles = [ax.get_title() for ax in PREDICTED_AGAINST_TRUE.draw(points, caption).axes]
    for row, one in results.items():
        [title] = [text for text in titles if text.startswith(f"{row}\nrandom-1000")]
        assert f"tau-b {one.scores[TAU].value:.2f} " in title


def test_a_score_board_has_the_numbers_of_the_table_also_for_the_true_top(found) -> None:
    """On the part of the space that a supernet is scored on, not on the whole, whose true top is inside anyway."""
    _, _, _, (table, population) = found
    references = {row.name: row for row in reference_rows(table, population)}
    metrics = [METRICS.get(name) for name in PANEL]
    [joined] = [one for one in trivial_predictors(table) if one.name == "live-params"]
    board = scoreboard(table, [joined], population.name, metrics, trivial=False)
    for name in PANEL:
        for ours, theirs in (
            (board.rows[0].scores[name], references["live-params (trivial)"].scores[name]),
            (board.ceiling[name], references[CEILING_ROW].scores[name]),
        ):
            assert (ours.value, ours.low, ours.high, ours.n) == pytest.approx(
                (theirs.value, theirs.low, theirs.high, theirs.n), nan_ok=True
            )
    assert board.rows[0].n == 1000
