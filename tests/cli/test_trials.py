"""`--set`: trials of a study, stored apart from its runs."""

import json

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.cli.plan import rows_of
from bench.errors import RecipeError, UnknownName
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.study.study import STUDIES

SMOKE = find_preset("smoke")


def call(*words):
    result = CliRunner().invoke(app, [*map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_trial_is_another_recipe_in_a_folder_of_its_own(tmp_path):
    study = STUDIES.get("baseline")
    (own,), (trial,) = plan(study, SMOKE, (0,), tmp_path), plan(study, SMOKE, (0,), tmp_path, ["epochs=6"])
    assert trial.runs[0].recipe.epochs == 6
    assert trial.runs[0].folder.relative_to(tmp_path).parts[:2] == ("trials", "smoke")
    assert own.runs[0].folder.relative_to(tmp_path).parts[0] == "smoke"


def test_a_trial_equal_to_a_studys_own_row_is_stored_apart_all_the_same(tmp_path):
    study = STUDIES.get("baseline")
    same = [f"epochs={SMOKE.epochs}"]
    (own,), (trial,) = plan(study, SMOKE, (0,), tmp_path), plan(study, SMOKE, (0,), tmp_path, same)
    assert own.runs[0].hash == trial.runs[0].hash
    assert own.runs[0].folder != trial.runs[0].folder


def test_a_rows_factor_multiplies_what_a_trial_sets(tmp_path):
    rows = plan(STUDIES.get("paths-per-update"), SMOKE, (0,), tmp_path, ["epochs=4"])
    epochs = {planned.row.name: planned.runs[0].recipe.epochs for planned in rows}
    assert (epochs["baseline"], epochs["uniform, 1 path, equal passes"]) == (4, 20)


def test_a_setting_of_a_rows_own_slot_is_changed_in_that_row_alone(tmp_path):
    [row] = rows_of(STUDIES.get("local-sharing"), "smoke", "0", tmp_path, ["update.pool=12"], ["learned"])
    assert row.runs[0].recipe.update.pool == 12
    with pytest.raises(UnknownName, match=r"unknown setting 'update\.pool'"):
        rows_of(STUDIES.get("local-sharing"), "smoke", "0", tmp_path, ["update.pool=12"])
    with pytest.raises(UnknownName, match=r"unknown row 'learnt'; did you mean 'learned'"):
        rows_of(STUDIES.get("local-sharing"), "smoke", "0", tmp_path, None, ["learnt"])


@pytest.mark.slow
def test_plan_names_the_trial_and_finds_no_run_of_the_study_in_it():
    told = json.loads(call("plan", "baseline", "--set", "epochs=3", "--json"))
    assert told["rows"][0]["done"] == []
    assert json.loads(call("plan", "baseline", "--json"))["rows"][0]["done"] == [0, 1, 2, 3, 4]
    assert "baseline, trial with epochs=6, construct.width=16, at preset laptop" in " ".join(
        call("plan", "baseline", "--set", "epochs=6", "--set", "construct.width=16").split()
    )
    with pytest.raises(RecipeError, match=r"--set epochs=0: recipe\.epochs is 0; allowed: a whole number, 1 or more"):
        call("plan", "baseline", "--set", "epochs=0")


@pytest.mark.slow
@pytest.mark.usefixtures("few_resamples")
def test_a_trial_runs_and_no_study_sees_it(tmp_path):
    told = call(
        "run", "baseline", "--preset", "smoke", "--seeds", 0, "--jobs", 1, "--results", tmp_path, "--set", "epochs=1"
    )
    assert "baseline, seed 0: trained" in told
    assert f"a trial with epochs=1: stored in {tmp_path / 'trials'}" in " ".join(told.split())
    assert len(list((tmp_path / "trials" / "smoke").rglob("record.json"))) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name != ".cache"] == ["trials"]
    for changes in ((), ("--set", "epochs=1")):
        words = ("plan", "baseline", "--preset", "smoke", "--seeds", 0, "--results", tmp_path, "--json", *changes)
        assert json.loads(call(*words))["rows"][0]["done"] == ([0] if changes else [])
