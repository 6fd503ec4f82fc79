"""What updates learned, as a frame and as a figure."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from bench.analysis.learned_frame import LEARNED, learned_frame
from bench.figures.figure import Caption
from bench.figures.probabilities_over_epochs import PROBABILITIES_OVER_EPOCHS
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.plan import plan
from bench.spaces.nb201 import NB201
from bench.study.study import Row, Study
from bench.truth import Truth

CAPTION = Caption(Truth.parse("nb201/cifar10/test/200ep"), "laptop", "500 images of cifar10/train, held out")
MASKED = NB201(mask=("none",))


def rows_of(results, pretend):
    """Return the rows of a study, of which two share a run, with two epochs logged by each of two seeds."""
    base = Recipe(space=MASKED, update=DartsFirstOrder())
    by_accuracy = Row("DARTS", base, "a source")
    study = Study(
        name="learned",
        question="?",
        source="none",
        truth="nb201/digits/test/30ep",
        baseline=base,
        rows=(by_accuracy, replace(by_accuracy, name="DARTS, log-probability", score="log-probability")),
        seeds=(0, 1),
    )
    planned = plan(study, find_preset("smoke"), None, results)
    for run in planned[0].runs:
        pretend(run, 1.0)
        high = (0.25, 0.75)[run.seed]
        tables = ([[0.0, *[0.25] * 4]] * 6, [[0.0, high, 1 - high, 0.0, 0.0]] * 6)
        lines = (json.dumps({"learned": {"probabilities": table}}) + "\n" for table in tables)
        (run.folder / "train.jsonl").write_text("".join(lines))
    return planned


@pytest.fixture(scope="module")
def frame(tmp_path_factory, pretend):
    return learned_frame(rows_of(tmp_path_factory.mktemp("results"), pretend))


def test_every_allowed_choice_has_a_line_per_epoch_and_seed_and_a_shared_run_counts_once(frame):
    assert tuple(frame.columns) == LEARNED
    assert len(frame) == 2 * 2 * 6 * 4
    assert set(frame.row) == {"DARTS"}
    assert set(frame.decision) == set(MASKED.decision_names)
    one = frame[(frame.seed == 1) & (frame.epoch == 2) & (frame.decision == frame.decision[0])]
    names = [MASKED.readable_choices[0][choice] for choice in MASKED.allowed[0]]
    assert dict(zip(one.choice, one.probability, strict=True)) == dict(zip(names, (0.75, 0.25, 0, 0), strict=True))


def test_runs_that_learned_nothing_leave_an_empty_frame():
    assert learned_frame([]).empty
    assert PROBABILITIES_OVER_EPOCHS.numbers(learned_frame([])).empty


def test_the_figure_has_the_mean_and_range_over_seeds(frame):
    lines = PROBABILITIES_OVER_EPOCHS.numbers(frame)
    assert len(lines) == 2 * 6 * 4
    last = lines[(lines.trained == lines.trained.max()) & (lines.decision == lines.decision[0])].iloc[0]
    assert (last["mean"], last.low, last.high, last.seeds) == (0.5, 0.25, 0.75, 2)
    assert lines.trained.max() == 2 / frame.epochs[0]


@pytest.mark.slow
def test_a_panel_shows_the_numbers_of_its_row_and_decision(frame):
    lines = PROBABILITIES_OVER_EPOCHS.numbers(frame)
    two = pd.concat([lines, lines.assign(row="other", mean=lines["mean"] / 2)], ignore_index=True)
    figure = PROBABILITIES_OVER_EPOCHS.draw(two, CAPTION)
    assert len(figure.axes) == 2 * 6
    drawn = {line.get_label(): list(line.get_ydata()) for line in figure.axes[6].lines}
    part = two[(two.row == "other") & (two.decision == two.decision[0])]
    assert drawn == {choice: list(own["mean"]) for choice, own in part.groupby("choice")}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(drawn)
    assert figure.axes[6].get_ylabel() == "other"
