"""What is done, missing and failed, and what the rest will cost."""

from pathlib import Path

import pytest

from bench.errors import RecipeError
from bench.places import PROJECT
from bench.plan import minutes_left, parse_seeds, plan, truth_of
from bench.recipe import PRESETS
from bench.store import write_record
from bench.study import STUDIES
from tests.runs.test_store import record


@pytest.mark.parametrize("text", ["", "a", "3-1", "1,,2", "-1", "0-"])
def test_seeds_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="is neither a number nor a range; write them like 0-2,7"):
        parse_seeds(text)


def test_every_row_has_a_run_per_seed(tmp_path: Path) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], (3, 4), tmp_path)
    assert [run.seed for run in row.runs] == [3, 4]
    assert row.seeds("missing") == [3, 4]


def test_done_and_failed_runs_are_told_apart(tmp_path: Path) -> None:
    [row] = plan(STUDIES.get("baseline"), PRESETS["smoke"], (0, 1, 2), tmp_path)
    for run in row.runs[:2]:
        run.folder.mkdir(parents=True)
    write_record(row.runs[0], record())
    (row.runs[1].folder / "failed.json").write_text('{"error": "out of luck"}')
    assert (row.seeds("done"), row.seeds("failed"), row.seeds("missing")) == ([0], [1], [2])
    assert row.failures() == {1: "out of luck"}


def test_every_stored_run_is_the_run_of_a_row() -> None:
    """A recipe is still called what it was called when the run was stored."""
    results = PROJECT / "results"
    stored = {path.parent for path in results.rglob("record.json")}
    presets = {folder.relative_to(results).parts[0] for folder in stored}
    planned = {
        run.folder
        for name in STUDIES.names()
        for preset in presets
        for row in plan(STUDIES.get(name), PRESETS[preset], None, results)
        for run in row.runs
    }
    assert stored
    assert stored <= planned


def test_the_cost_of_what_is_left_comes_from_stored_timings(tmp_path: Path) -> None:
    rows = plan(STUDIES.get("baseline"), PRESETS["smoke"], (0, 1, 2), tmp_path)
    assert minutes_left(rows) is None
    rows[0].runs[0].folder.mkdir(parents=True)
    write_record(rows[0].runs[0], record())  # three seconds
    assert minutes_left(rows) == pytest.approx(2 * 3 / 60)


def test_a_preset_with_images_of_its_own_brings_their_truth() -> None:
    study = STUDIES.get("baseline")
    assert truth_of(study, PRESETS["smoke"]) == "nb201/digits/test/30ep"
    assert truth_of(study, PRESETS["laptop"]) == study.table
