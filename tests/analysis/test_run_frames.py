"""Frames of what stored runs predict, of how they trained and of what they cost, against their own files."""

import json

import pytest
from scipy.stats import kendalltau

from bench.analysis.costs_frame import costs_frame
from bench.analysis.frame import predictions_frame
from bench.analysis.training_frame import training_frame
from bench.places import PROJECT, data_folder
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.runs.memory import Memory
from bench.runs.plan import PlannedRow, plan
from bench.runs.store import Run
from bench.scores.ceiling import CEILING_ROW
from bench.scores.prediction_frame import arch_column, genes_of
from bench.scores.scoreboard import trivial_predictors
from bench.spaces.nb201 import NB201
from bench.study.study import STUDIES, Row
from bench.tables.catalog import open_table


@pytest.fixture
def rows():
    found = plan(STUDIES.get("baseline"), find_preset("laptop"), [0, 1], PROJECT / "results")
    assert found[0].seeds("done") == [0, 1]
    return found


def stored(run, name):
    return (run.folder / name).read_text()


def test_the_accuracy_of_an_epoch_is_the_mean_of_what_the_log_holds(rows):
    frame = training_frame([*rows, *rows])
    log = [json.loads(line)["probe_accuracy"] for line in stored(rows[0].runs[1], "train.jsonl").splitlines()]
    of_one = frame[frame.seed == 1]
    assert of_one.epoch.tolist() == [*range(1, len(log) + 1)], "a run stands once, whatever the number of its rows"
    assert of_one.accuracy.tolist() == pytest.approx([sum(epoch) / len(epoch) for epoch in log])
    assert set(of_one.probes) == {len(log[0])}


def test_costs_are_means_over_seeds_of_what_the_records_hold(rows, monkeypatch):
    monkeypatch.setattr("bench.analysis.costs_frame.update_memory", lambda recipe: Memory(for_gradients=5, kept=7))
    [line] = costs_frame([*rows, *rows]).to_dict("records")
    records = [json.loads(stored(run, "record.json")) for run in rows[0].runs]
    for part, key in (("training", "train"), ("prediction", "predict")):
        assert line[part] == pytest.approx(sum(record["seconds"][key] for record in records) / 2 / 60)
    assert (line["seeds"], line["for_gradients"], line["kept"]) == (2, 5, 7)
    assert line["images"] == records[0]["budget"]["images_seen"]


@pytest.fixture
def masked(tmp_path, pretend):
    """Return the frame of a run that predicts a part of a table with several training seeds, and the table."""
    table = open_table("nb201/digits/test/30ep", data_folder())
    recipe = find_preset("demo").fill(Recipe(space=NB201(mask=("none", "skip_connect"))))
    run = Run(recipe, "demo", 0, tmp_path)
    pretend(run, 2.0)
    return predictions_frame([PlannedRow(Row("masked", recipe), (run,))], table), table


def test_the_ceiling_is_of_the_architectures_that_the_runs_predict(masked):
    frame, table = masked
    ceiling, run = frame[frame.row == CEILING_ROW], frame[frame.row == "masked"]
    assert 0 < len(run) < len(table.genes)
    assert set(ceiling.arch) <= set(run.arch), "those that have two training seeds"
    assert ceiling.seed.nunique() == len(table.seeds)


def test_the_trivial_predictor_of_a_run_is_the_one_of_highest_tau_on_its_sampled_architectures(masked):
    frame, table = masked
    run = frame[frame.row == "masked"]
    rows, known = table.rows(genes_of(run.arch))
    assert known.all()
    inside, truth = run.sampled.to_numpy(dtype=bool), run.true.to_numpy(dtype=float)
    taus = {
        one.name: kendalltau(one.prediction[rows][inside], truth[inside]).statistic for one in trivial_predictors(table)
    }
    assert arch_column(table.genes[rows]).tolist() == run.arch.tolist()
    [best] = set(run.counted)
    assert best == max(taus, key=lambda name: taus[name]) != table.space.size_cost
    assert kendalltau(run.trivial[inside], truth[inside]).statistic == pytest.approx(taus[best])
