"""Frames of how stored runs trained and of what they cost, against their own files."""

import json

import pytest

from bench.analysis.costs_frame import costs_frame
from bench.analysis.training_frame import training_frame
from bench.places import PROJECT
from bench.recipe.preset import find_preset
from bench.runs.memory import Memory
from bench.runs.plan import plan
from bench.study.study import STUDIES


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
