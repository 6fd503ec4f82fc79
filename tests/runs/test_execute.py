"""One run from start, or from where it was killed, to its record."""

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from bench.errors import RecipeError, StoreError, UnknownName
from bench.execute import Step, execute
from bench.store import Run, claimed, read_predictions, read_record
from tests.runs.conftest import TRUTH

CHILD = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from bench.execute import execute
from bench.places import data_folder
from bench.recipe import PRESETS, Recipe
from bench.store import Run

results, phase, at = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def report(step):
    if step.phase == phase and step.done >= at:
        os.kill(os.getpid(), signal.SIGKILL)

run = Run(PRESETS["smoke"].fill(Recipe(epochs=3)), "smoke", 0, results)
print(execute(run, "nb201/digits/test/30ep", data_folder(), report=report))
"""


def child(results: Path, phase: str, at: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(results), phase, str(at)]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the same run, never stopped, made by another process."""
    results = tmp_path_factory.mktemp("whole")
    done = child(results, "never", 0)
    assert done.stdout == "trained\n", done.stderr
    return next(results.rglob("record.json")).parent


def same_answers(folder: Path, other: Path) -> None:
    mine, theirs = read_predictions(folder / "predictions.h5"), read_predictions(other / "predictions.h5")
    np.testing.assert_array_equal(mine.accuracy, theirs.accuracy)
    np.testing.assert_array_equal(mine.negative_cross_entropy, theirs.negative_cross_entropy)
    assert read_record(folder / "record.json").scores == read_record(other / "record.json").scores


def test_the_same_recipe_and_seed_give_the_same_bits_in_another_process(
    smoke: Run, data: Path, uninterrupted: Path
) -> None:
    assert execute(smoke, TRUTH, data) == "trained"
    same_answers(smoke.folder, uninterrupted)


@pytest.mark.parametrize(
    ("phase", "at"),
    [
        ("train", 7),
        ("predict", 200),
        pytest.param("train", 2, marks=pytest.mark.slow),
        pytest.param("train", 12, marks=pytest.mark.slow),
        pytest.param("predict", 410, marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_continues_and_ends_as_if_it_had_not_been(
    smoke: Run, data: Path, uninterrupted: Path, phase: str, at: int
) -> None:
    killed = child(smoke.results, phase, at)
    assert killed.returncode == -signal.SIGKILL
    assert smoke.status == "missing"
    trained: list[Step] = []
    assert execute(smoke, TRUTH, data, report=trained.append) == "trained"
    same_answers(smoke.folder, uninterrupted)
    expected = {2: 1, 7: 5, 12: 9}.get(at)  # four updates an epoch: finished epochs are not trained again
    first = next((step.done for step in trained if step.phase == "train"), None)
    assert first == expected
    assert len((smoke.folder / "train.jsonl").read_text().splitlines()) == 3


def test_a_finished_run_leaves_its_record_predictions_and_log_only(uninterrupted: Path) -> None:
    assert sorted(path.name for path in uninterrupted.iterdir()) == ["predictions.h5", "record.json", "train.jsonl"]


def test_a_record_says_what_was_trained_on_what(uninterrupted: Path) -> None:
    record = read_record(uninterrupted / "record.json")
    assert record.table["name"] == TRUTH
    assert record.images["predicted_on"] == "digits/train, held out"
    assert record.images["held_out"] == 128
    assert record.budget == {"epochs": 3, "updates": 12, "forward_passes": 60, "images_seen": 3840}
    assert record.recipe["paths"]["is"] == "strict-fair"
    assert set(record.versions) >= {"torch", "numpy", "supernet-bench"}
    assert record.scores["all"]["n"] == 500
    assert -1 <= record.scores["all"]["accuracy"]["kendall-tau-b"] <= 1


def test_a_finished_run_is_not_run_again(smoke: Run, data: Path) -> None:
    execute(smoke, TRUTH, data)
    before = smoke.record_path.stat().st_mtime_ns
    assert execute(smoke, TRUTH, data) == "done before"
    assert smoke.record_path.stat().st_mtime_ns == before


def test_a_run_held_by_another_process_is_left_to_it(smoke: Run, data: Path) -> None:
    with claimed(smoke):
        assert execute(smoke, TRUTH, data) == "held by another process"
    assert smoke.status == "missing"


def test_a_failure_is_kept_with_its_reason_until_the_run_succeeds(smoke: Run, data: Path) -> None:
    with pytest.raises(UnknownName, match="unknown table 'nb201/digits/test/31ep'"):
        execute(smoke, "nb201/digits/test/31ep", data)
    assert smoke.status == "failed"
    assert "31ep" in json.loads((smoke.folder / "failed.json").read_text())["error"]
    execute(smoke, TRUTH, data)
    assert smoke.status == "done"


@pytest.mark.slow
def test_a_checkpoint_of_other_images_is_refused(smoke: Run, data: Path) -> None:
    child(smoke.results, "train", 7)
    saved = smoke.folder / "checkpoint.pt"
    checkpoint = read_checkpoint(saved, "cpu")
    write_checkpoint(Checkpoint(**{**vars(checkpoint), "images_sha256": "0" * 64}), saved)
    with pytest.raises(StoreError, match="was trained on other images of 'digits'"):
        execute(smoke, TRUTH, data)


def test_a_full_disk_says_so_and_the_run_continues_once_there_is_space(
    smoke: Run, data: Path, uninterrupted: Path
) -> None:
    child(smoke.results, "train", 7)
    saved = (smoke.folder / "checkpoint.pt").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write past the limit fails as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (saved // 2, hard))
    try:
        with pytest.raises(StoreError, match=r"cannot write .*free some space and run again"):
            execute(smoke, TRUTH, data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert not list(smoke.folder.glob("*.tmp"))
    assert execute(smoke, TRUTH, data) == "trained"
    same_answers(smoke.folder, uninterrupted)


def test_other_seeds_give_other_predictions(smoke: Run, data: Path, uninterrupted: Path) -> None:
    other = replace(smoke, seed=1)
    execute(other, TRUTH, data)
    mine = read_predictions(other.folder / "predictions.h5").negative_cross_entropy
    assert not np.array_equal(mine, read_predictions(uninterrupted / "predictions.h5").negative_cross_entropy)


def test_a_run_without_held_out_images_is_refused_before_training(smoke: Run, data: Path) -> None:
    images = replace(smoke.recipe.images, held_out=0)
    with pytest.raises(RecipeError, match=r"images\.held_out is 0: a run ranks on held-out images"):
        execute(replace(smoke, recipe=replace(smoke.recipe, images=images)), TRUTH, data)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
