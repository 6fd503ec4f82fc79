"""The identity of every run that comes with the project: its name, and the recipe that the name stands for.

`stored_runs.json` holds, for each folder PRESET/RECIPE of results/, its recipe spelled out and the folder's name before
version 0.2 (null for later ones). A test that fails here says that a default was edited, a setting renamed, or a row
removed: then the stored runs would stand for another recipe, or for none. A new setting says what those runs meant
(`setting(..., before=...)`).
"""

import json
from pathlib import Path

import pytest

from bench.places import PROJECT
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.slot import describe
from bench.study.study import STUDIES

PINNED = json.loads((Path(__file__).parent / "stored_runs.json").read_text())
RESULTS = PROJECT / "results"
UNPINNED = {"demo", "trials", "published"}
"""Folders of results/ that git ignores, and of others' predictions."""


PRESETS = sorted({name.split("/")[0] for name in PINNED})


@pytest.fixture(scope="module")
def planned():
    """Return every run of every study at the presets with stored runs, by PRESET/RECIPE and seed."""
    rows = [row for name in PRESETS for study in STUDIES.all() for row in plan(study, find_preset(name), None, RESULTS)]
    return {(_name(run.folder), run.seed): run for row in rows for run in row.runs}


def _name(folder: Path) -> str:
    return str(folder.parent.relative_to(RESULTS))


def test_every_stored_folder_is_pinned_and_every_pinned_one_is_stored():
    assert {_name(run) for preset in PRESETS for run in (RESULTS / preset).glob("*/seed-*")} == PINNED.keys()
    folders = {path.name for path in RESULTS.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - UNPINNED == set(PRESETS)


def test_every_stored_run_is_reached_by_a_study_and_stands_for_the_recipe_it_was_trained_with(planned):
    recipes = {folder: run.recipe for (folder, _), run in planned.items()}
    unreached = sorted(PINNED.keys() - recipes.keys())
    assert not unreached, "no row of any study has these folders; their recipes or defaults of them changed"
    told = {name: (describe(recipes[name]), pinned["recipe"]) for name, pinned in PINNED.items()}
    assert {name: recipe for name, recipe in told.items() if recipe[0] != recipe[1]} == {}


def test_every_stored_run_is_done(planned):
    stored = [
        (_name(run), int(run.name.removeprefix("seed-")))
        for preset in PRESETS
        for run in (RESULTS / preset).glob("*/seed-*")
    ]
    assert {key: planned[key].damage for key in stored if planned[key].status != "done"} == {}
    assert len(stored) == 506


def test_no_two_former_folders_became_one():
    former = [pinned["was"] for pinned in PINNED.values() if pinned["was"] is not None]
    assert len(set(former)) == len(former)
