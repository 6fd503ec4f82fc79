"""What is done, missing and failed, and what the rest will cost."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.errors import ComparisonError, RecipeError
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.execute import execute
from bench.runs.plan import (
    PlannedRow,
    asked_on,
    needed_truth,
    others_of,
    parse_seeds,
    plan,
    predicted_population,
    truth_of,
    usual_population,
)
from bench.runs.store import Run
from bench.spaces.darts import Darts
from bench.study.study import STUDIES, Row
from bench.tables.catalog import open_table
from bench.tables.table import Table
from bench.truth import Truth


@pytest.mark.parametrize("text", ["", "a", "3-1", "1,,2", "-1", "0-"])
def test_seeds_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="is neither a number nor a range; write them like 0-2,7"):
        parse_seeds(text)


def test_a_range_of_too_many_seeds_is_refused() -> None:
    assert len(parse_seeds("1-1000")) == 1000
    with pytest.raises(RecipeError, match=r"'0-99999999999' is 100,000,000,000 seeds; allowed: at most 1,000"):
        parse_seeds("0-99999999999")


def test_every_row_has_a_run_per_seed(tmp_path: Path) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], (3, 4), tmp_path)
    assert [run.seed for run in row.runs] == [3, 4]
    assert row.seeds("missing") == [3, 4]


def test_done_and_failed_runs_are_told_apart(tmp_path: Path, pretend) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], (0, 1, 2), tmp_path)
    pretend(row.runs[0], 1.0)
    row.runs[1].folder.mkdir(parents=True)
    (row.runs[1].folder / "failed.json").write_text('{"error": "out of luck"}')
    assert (row.seeds("done"), row.seeds("failed"), row.seeds("missing")) == ([0], [1], [2])
    assert row.failures() == {1: "out of luck"}
    for damaged in ("{}", "[", "[]"):
        (row.runs[1].folder / "failed.json").write_text(damaged)
        assert row.failures()[1].endswith("failed.json is not readable")


def test_a_run_without_a_folder_is_not_looked_for(tmp_path: Path, pretend, monkeypatch) -> None:
    """A thousand seeds are planned as fast as one."""
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], tuple(range(1000)), tmp_path)
    pretend(row.runs[7], 1.0)
    status, asked = Run.status.fget, []
    monkeypatch.setattr(Run, "status", property(lambda run: (asked.append(run.seed), status(run))[1]))
    assert [run.seed for run in row.having("done")] == [7]
    assert row.seeds("missing") == [seed for seed in range(1000) if seed != 7]
    assert set(asked) == {7}


def test_a_preset_with_images_of_its_own_brings_their_truth() -> None:
    study = STUDIES.get("baseline")
    assert str(truth_of(study, PRESETS["smoke"])) == "nb201/digits/test/30ep"
    assert truth_of(study, PRESETS["laptop"]) == study.truth == Truth.parse("nb201/cifar10/test/200ep")
    channels = STUDIES.get("channel-methods")
    assert truth_of(channels, PRESETS["smoke"]) == channels.truth, "the preset's own truth is of another space"


def test_a_study_without_a_truth_is_not_scored() -> None:
    study = replace(STUDIES.get("baseline"), truth=None)
    assert truth_of(study, PRESETS["smoke"]) is None
    with pytest.raises(ComparisonError, match="study 'baseline' names no truth, so its runs are not scored"):
        needed_truth(study, PRESETS["smoke"])
    assert needed_truth(STUDIES.get("baseline"), PRESETS["laptop"]) == STUDIES.get("baseline").truth


@pytest.mark.parametrize(
    ("preset", "archs", "name"),
    [("laptop", 1_000, "random-1000"), ("laptop", 999, "all"), ("smoke", 1_000, "connected-500")],
)
def test_tables_show_the_fixed_thousand_or_what_the_preset_predicts(preset, archs, name) -> None:
    whole = open_table("nb201/digits/test/30ep", data_folder())
    table = replace(whole, genes=whole.genes[:archs], accuracy=whole.accuracy[:archs])
    chosen = usual_population(table, PRESETS[preset])
    assert (chosen.name, chosen.space) == (name, table.space)
    assert len(chosen.pool) == archs


def cells(name: str, seed: int, count: int) -> Table:
    """Return a table of random DARTS cells."""
    genes = np.unique(Darts().sample(np.random.default_rng(seed), count), axis=0)
    return Table(
        name=name, genes=genes, accuracy=np.zeros((len(genes), 1), dtype=np.float32), seeds=("0",), source="drawn"
    )


def test_the_architectures_of_other_truths_are_predicted_too() -> None:
    laptop, truth, other = PRESETS["laptop"], cells("darts/a/test/1ep", 0, 60), cells("darts/b/test/1ep", 1, 30)
    shared = replace(other, genes=truth.genes[:30])
    asked = predicted_population(Darts(), laptop, truth, [other, shared]).archs()
    assert len(asked) == 90
    keys = Darts().keys(asked)
    assert np.isin(Darts().keys(truth.genes), keys).all()
    assert np.isin(Darts().keys(other.genes), keys).all()
    alone = predicted_population(Darts(), laptop, truth)
    np.testing.assert_array_equal(alone.archs(), truth.genes)


def test_other_truths_are_those_of_the_study_unless_few_architectures_are_predicted() -> None:
    study = STUDIES.get("darts-baselines")
    assert [str(other) for other in others_of(study, PRESETS["laptop"])] == ["darts/cifar10/test/600ep"]
    assert others_of(study, PRESETS["smoke"]) == (), "random-50 is drawn from the study's truth alone"
    assert others_of(replace(study, truth=None), PRESETS["laptop"]) == ()
    own = replace(PRESETS["laptop"], truth="darts/digits/test/1ep")
    assert others_of(study, own) == (), "on a preset's own images the study's truths say nothing"


def test_a_damaged_run_is_named_with_its_reason_and_counts_as_not_done(tmp_path: Path, pretend, monkeypatch) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], (0, 1), tmp_path)
    for run in row.runs:
        pretend(run, 1.0)
    damaged = property(lambda run: "damaged" if run.seed == 1 else "done")
    monkeypatch.setattr(Run, "status", damaged)
    monkeypatch.setattr(Run, "damage", property(lambda run: "record.json is of seed 7"))
    assert (row.seeds("done"), row.seeds("damaged")) == ([0], [1])
    assert row.damaged() == ["baseline, seed 1 is damaged: record.json is of seed 7"]
    assert asked_on([row]) == "128 images of digits/train, held out"


def test_a_caption_names_every_number_of_images_that_runs_were_asked_on(tmp_path: Path, pretend) -> None:
    smoke = PRESETS["smoke"]
    runs = [Run(smoke.fill(Recipe(), {"images.held_out": factor}), "smoke", 0, tmp_path) for factor in (1, 2)]
    for run in runs:
        pretend(run, 1.0)
    record = json.loads(runs[1].record_path.read_text())
    record["images"]["held_out"] = 2_560
    runs[1].record_path.write_text(json.dumps(record))
    rows = [PlannedRow(Row("mine", run.recipe), (run,)) for run in runs]
    assert asked_on(rows) == "128 or 2,560 images of digits/train, held out"


def test_a_finished_run_asked_for_again_is_left_as_it_is(finished, data: Path) -> None:
    run, _ = finished
    before = sorted(path.name for path in run.folder.iterdir())
    assert execute(run, Population("connected-500", run.recipe.space), data) == "done before"
    assert sorted(path.name for path in run.folder.iterdir()) == before
