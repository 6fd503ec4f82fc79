"""Tau after each epoch, against the numbers of the run's own log and of its final predictions."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from scipy.stats import kendalltau

from bench.analysis.followed_frame import followed_frame
from bench.analysis.frames import Frames
from bench.errors import StoreError
from bench.figures.tau_over_epochs import numbers
from bench.places import data_folder
from bench.population import Population
from bench.predict.followed import followed
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.execute import execute
from bench.runs.plan import PlannedRow
from bench.runs.store import Run
from bench.spaces.nb201 import NB201
from bench.study.study import STUDIES, Row
from bench.tables.catalog import open_table


@pytest.fixture(scope="module")
def row(tmp_path_factory):
    """Return a row with one run of two epochs that predicts 500 cells."""
    recipe = PRESETS["smoke"].fill(Recipe(epochs=2))
    run = Run(recipe, "smoke", 0, tmp_path_factory.mktemp("results"))
    execute(run, Population("connected-500", NB201()), data_folder())
    return PlannedRow(Row("two epochs", recipe), (run,))


@pytest.fixture(scope="module")
def table():
    return open_table("nb201/digits/test/30ep", data_folder())


def test_tau_after_the_last_epoch_is_that_of_the_final_predictions_of_the_same_cells(row, table):
    frame = followed_frame([row], table)
    assert frame.epoch.tolist() == [1, 2]
    assert set(frame.epochs) == {2}
    stored = row.runs[0].read().predictions
    genes = followed(stored.genes)
    known = {tuple(one): value for one, value in zip(stored.genes.tolist(), stored.by("accuracy"), strict=True)}
    true = {tuple(one): value for one, value in zip(table.genes.tolist(), table.mean, strict=True)}
    pairs = [(known[tuple(one)], true[tuple(one)]) for one in genes.tolist() if tuple(one) in true]
    assert frame.n.tolist() == [len(pairs)] * 2
    assert frame.tau.iloc[-1] == pytest.approx(kendalltau(*zip(*pairs, strict=True)).statistic)
    assert frame.tau.iloc[0] != frame.tau.iloc[-1]


def test_the_figure_has_the_mean_and_the_extremes_over_seeds(row, table):
    frame = followed_frame([row], table)
    other = frame.assign(seed=1, tau=frame.tau + 0.1)
    lines = numbers(pd.concat([frame, other]))
    assert lines["mean"].tolist() == pytest.approx((frame.tau + 0.05).tolist())
    assert (lines.high - lines.low).tolist() == pytest.approx([0.1, 0.1])
    assert lines.seeds.tolist() == [2, 2]


def test_runs_that_followed_none_are_left_out(row, table, monkeypatch):
    monkeypatch.setattr("bench.analysis.followed_frame.read_followed", lambda folder: {})
    assert numbers(followed_frame([row], table)).empty


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"accuracy": [50.0]}, "line 2: followed has lists of .1. numbers for accuracy; expected 50"),
        ({"accuracy": ["50"]}, "line 2: followed is .*expected lists of numbers by score"),
        ([50.0], "line 2: followed is .*expected lists of numbers by score"),
    ],
)
def test_a_damaged_log_is_named(row, table, damage, said):
    path = row.runs[0].folder / "train.jsonl"
    text = path.read_text()
    first, second = text.splitlines()
    path.write_text("\n".join([first, json.dumps(json.loads(second) | {"followed": damage})]) + "\n")
    try:
        with pytest.raises(StoreError, match=rf"train\.jsonl, {said}.*restore it, or delete"):
            followed_frame([row], table)
    finally:
        path.write_text(text)


def test_a_log_that_cannot_be_read_costs_its_own_run_and_is_named(row, table, tmp_path, pretend):
    run = row.runs[0]
    other = replace(run, seed=1)
    pretend(other, 1.0)
    frames = Frames(STUDIES.get("baseline"), [replace(row, runs=(run, other))], [table], tmp_path)
    assert set(frames.followed.seed) == set(frames.training.seed) == {0}
    [line] = frames.refused
    assert f"{other.folder}/train.jsonl cannot be read (No such file" in line
