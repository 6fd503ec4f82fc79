"""What is done, missing and failed, and what the rest will cost."""

import json
from pathlib import Path

from bench.population import Population
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.execute import execute
from bench.runs.plan import PlannedRow, asked_on, plan
from bench.runs.store import Run
from bench.sample.images.images import Images
from bench.study.study import STUDIES, Row


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


def test_a_caption_says_whether_each_seed_was_asked_on_images_of_its_own(tmp_path: Path, pretend) -> None:
    recipes = [Recipe(), Recipe(images=Images(held_out_by_seed=True))]
    runs = [Run(PRESETS["smoke"].fill(recipe), "smoke", 0, tmp_path) for recipe in recipes]
    for run in runs:
        pretend(run, 1.0)
    same, own = (PlannedRow(Row("mine", run.recipe), (run,)) for run in runs)
    assert asked_on([same]) == "128 images of digits/train, held out"
    assert asked_on([own]) == "128 images of digits/train, held out, drawn for each seed"
    assert asked_on([same, own]) == "128 images of digits/train, held out, drawn for each seed in some rows"


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
