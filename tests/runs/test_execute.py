"""One run from start, or from where it was killed, to its record."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.device.kernels import SAME_EVERYWHERE
from bench.errors import RecipeError, StoreError
from bench.files import file_sha256
from bench.population import Population
from bench.processes.claim import claimed
from bench.processes.progress import Step
from bench.runs.execute import execute
from bench.runs.predictions_file import read_predictions
from bench.runs.store import Run, read_record
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.train.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from tests.full_disk import no_file_above
from tests.runs.conftest import ASKED

FEW = Population("random-50", NB201())
"""For runs whose predictions nobody compares: five hundred take two seconds."""
CHILD = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from bench.runs.execute import execute
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.sample.images.image_set import digits
from bench.runs.store import Run
from bench.train.training import Training

recipe = PRESETS["smoke"].fill(Recipe(epochs=3))
Training(recipe, digits(), 0)  # what is slow to import is imported once, for all forks
for end in sys.argv[2:]:
    phase, _, at = end.partition("-")

    def report(step):
        if step.phase == phase and step.done >= int(at):
            os.kill(os.getpid(), signal.SIGKILL)

    if not os.fork():
        run = Run(recipe, "smoke", 0, Path(sys.argv[1]) / end)
        execute(run, Population("connected-500", recipe.space), data_folder(), report=report)
        sys.exit()
    print(end, os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""


def start(folder: Path, ends: Sequence[str]) -> None:
    """Run in another process, once for each end: killed in a phase at a step ("train-7")."""
    command = [sys.executable, "-c", CHILD, str(folder), *ends]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.splitlines() == [f"{end} -9" for end in ends], done.stderr


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the results of a run killed in another process, by its end; copy them."""
    folder = tmp_path_factory.mktemp("runs")
    start(folder, ["train-7", "predict-200"])

    def find(end: str) -> Path:
        if not (folder / end).is_dir():
            start(folder, [end])
        return folder / end

    return find


@pytest.fixture
def whole(smoke: Run, smoke_run: Path) -> Path:
    """Return the folder of the same run, which a worker process brought to its end at once; it is to be copied."""
    return replace(smoke, results=smoke_run / "results").folder


@pytest.fixture
def killed(smoke: Run, ended: Callable[[str], Path]) -> Callable[[str], Run]:
    """Return a function that gives the run as another process left it when it was killed."""

    def copied(end: str) -> Run:
        shutil.copytree(ended(end), smoke.results)
        assert smoke.status == "missing"
        return smoke

    return copied


@pytest.fixture
def unrecorded(smoke: Run, whole: Path) -> Run:
    """Return the run as if it had been killed when its weights were stored, before it predicted."""
    shutil.copytree(whole, smoke.folder)
    for name in ("record.json", "predictions.h5"):
        (smoke.folder / name).unlink()
    assert smoke.status == "missing"
    return smoke


def same_answers(folder: Path, other: Path) -> None:
    mine, theirs = read_predictions(folder / "predictions.h5"), read_predictions(other / "predictions.h5")
    np.testing.assert_array_equal(mine.accuracy, theirs.accuracy)
    np.testing.assert_array_equal(mine.negative_cross_entropy, theirs.negative_cross_entropy)
    pair = [read_record(place / "record.json").predictions for place in (folder, other)]
    assert pair[0] == pair[1]


@pytest.mark.slow
def test_the_same_recipe_and_seed_give_the_same_bits_in_another_process(smoke: Run, data: Path, whole: Path) -> None:
    assert execute(smoke, ASKED, data) == "trained"
    same_answers(smoke.folder, whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "first"),
    [
        ("train-7", 5),  # four updates an epoch: finished epochs are not trained again
        ("predict-200", None),
        pytest.param("train-2", 1, marks=pytest.mark.slow),
        pytest.param("train-12", 9, marks=pytest.mark.slow),
        pytest.param("predict-410", None, marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_continues_and_ends_as_if_it_had_not_been(
    killed: Callable[[str], Run], data: Path, whole: Path, end: str, first: int | None
) -> None:
    run, steps = killed(end), []
    assert execute(run, ASKED, data, report=steps.append) == "trained"
    same_answers(run.folder, whole)
    assert next((step.done for step in steps if step.phase == "train"), None) == first
    assert len((run.folder / "train.jsonl").read_text().splitlines()) == 3


def test_a_finished_run_leaves_its_record_predictions_log_and_weights_only(whole: Path) -> None:
    kept = ["checkpoint.pt", "predictions.h5", "record.json", "train.jsonl"]
    assert sorted(path.name for path in whole.iterdir()) == kept


def test_a_record_says_what_was_trained_on_what(whole: Path) -> None:
    record = read_record(whole / "record.json")
    assert record.images["predicted_on"] == "digits/train, held out"
    assert record.images["held_out"] == 128
    assert record.budget == {"epochs": 3, "updates": 12, "forward_passes": 60, "images_seen": 3840}
    assert record.recipe["paths"]["is"] == "strict-fair"
    assert set(record.versions) >= {"torch", "numpy", "supernet-bench"}
    assert record.seconds["train"] > 0
    assert record.seconds["predict"] > 0
    told = {"population": "connected-500", "n": 500, "sha256": file_sha256(whole / "predictions.h5")}
    assert record.predictions == told


def test_a_finished_run_is_not_run_again(smoke: Run, data: Path, whole: Path) -> None:
    shutil.copytree(whole, smoke.folder)
    before = {path.name: path.stat().st_mtime_ns for path in smoke.folder.iterdir()}
    assert execute(smoke, ASKED, data) == "done before"
    assert {path.name: path.stat().st_mtime_ns for path in smoke.folder.iterdir() if path.name != "lock"} == before


def test_a_run_held_by_another_process_is_left_to_it(smoke: Run, data: Path) -> None:
    with claimed(smoke.lock):
        told = execute(smoke, ASKED, data)
    assert re.fullmatch(rf"held by another process \(process {os.getpid()} on \S+ since 2\S+\)", told)
    assert smoke.status == "missing"


@pytest.mark.slow
def test_the_result_of_a_process_that_was_taken_for_dead_stands(
    killed: Callable[[str], Run], data: Path, whole: Path
) -> None:
    """It finishes while this process, which took the run over, predicts; this one's result is dropped."""
    smoke = killed("predict-200")

    def finish_elsewhere(step: Step) -> None:
        if step.phase == "predict" and step.done >= 400 and not smoke.record_path.exists():
            shutil.copytree(whole, smoke.folder, dirs_exist_ok=True)

    assert execute(smoke, ASKED, data, report=finish_elsewhere) == "done before"
    assert smoke.status == "done"
    assert smoke.record_path.read_bytes() == (whole / "record.json").read_bytes()
    assert not (smoke.folder / "failed.json").exists()


@pytest.mark.slow
def test_a_process_that_lost_its_lock_still_stores_what_it_finishes(
    killed: Callable[[str], Run], data: Path, whole: Path
) -> None:
    smoke = killed("predict-200")

    def lose(step: Step) -> None:
        smoke.lock.unlink(missing_ok=True)
        smoke.lock.write_text("{}")

    assert execute(smoke, ASKED, data, report=lose) == "trained"
    same_answers(smoke.folder, whole)
    assert smoke.lock.read_text() == "{}", "the lock of who took it over"


def test_a_failure_is_kept_with_its_reason_until_the_run_succeeds(unrecorded: Run, data: Path) -> None:
    run = unrecorded
    unlisted = Population("all", Track1())
    with pytest.raises(RecipeError, match="population 'all' of space 'track1' cannot be listed"):
        execute(run, unlisted, data)
    assert run.status == "failed"
    kept = json.loads((run.folder / "failed.json").read_text())
    assert "cannot be listed" in kept["error"]
    assert "Traceback" in kept["traceback"]
    assert "population.archs()" in kept["traceback"]
    execute(run, FEW, data)
    assert run.status == "done"
    assert not (run.folder / "failed.json").exists()


def test_a_damaged_run_is_left_to_the_user(smoke: Run, data: Path, whole: Path) -> None:
    shutil.copytree(whole, smoke.folder)
    smoke.record_path.write_text("{")
    with pytest.raises(StoreError, match=r"record\.json is not a readable record"):
        execute(smoke, ASKED, data)
    assert smoke.record_path.read_text() == "{"


def test_a_checkpoint_of_another_seed_is_not_continued(unrecorded: Run, data: Path) -> None:
    other = replace(unrecorded, seed=1)
    shutil.copytree(unrecorded.folder, other.folder)
    with pytest.raises(StoreError, match="was trained with seed 0, this run has seed 1"):
        execute(other, ASKED, data)
    assert other.status == "failed"


@pytest.mark.slow
def test_a_run_called_from_python_settles_its_kernels_and_threads(whole: Path, tmp_path: Path) -> None:
    """Another process, which chose no kernels and two threads: the same bits."""
    code = (
        "import torch; torch.set_num_threads(2); from pathlib import Path; from bench.runs.execute import execute;"
        "from bench.places import data_folder; from bench.population import Population;"
        "from bench.recipe.preset import PRESETS; from bench.recipe.recipe import Recipe;"
        "from bench.runs.store import Run;"
        "run = Run(PRESETS['smoke'].fill(Recipe(epochs=3)), 'smoke', 0, Path('results'));"
        "print(execute(run, Population('connected-500', run.recipe.space), data_folder()), torch.get_num_threads())"
    )
    clean = {name: value for name, value in os.environ.items() if name not in SAME_EVERYWHERE}
    environment = clean | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, cwd=tmp_path)
    assert ran.stdout.split() == ["trained", "2"]
    same_answers(next(tmp_path.rglob("record.json")).parent, whole)


def test_kernels_that_were_chosen_before_are_refused(smoke: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr("bench.device.kernels.PROCESSOR", data / "cpuinfo")
    (data / "cpuinfo").write_text("flags : avx2 avx512f\n")
    with pytest.raises(RecipeError, match=r"has computed with AVX512 kernels before .* choose AVX2.*settle_k"):
        execute(smoke, ASKED, data)


@pytest.mark.slow
def test_predictions_of_weights_that_are_gone_are_not_continued(
    smoke: Run, data: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.predict.trained.CHUNK", 100)

    def stop(step: Step) -> None:
        if step.phase == "predict" and step.done > 250:
            raise OSError("stopped")

    with pytest.raises(OSError, match="stopped"):
        execute(smoke, ASKED, data, report=stop)
    assert list(smoke.folder.glob("progress*"))
    (smoke.folder / "checkpoint.pt").unlink()
    steps: list[Step] = []
    assert execute(smoke, ASKED, data, report=steps.append) == "trained"
    assert next(step.done for step in steps if step.phase == "predict") == 1
    same_answers(smoke.folder, whole)


@pytest.mark.slow
def test_a_run_that_continues_under_another_version_says_so_and_its_record_names_both(
    killed: Callable[[str], Run], data: Path
) -> None:
    run = killed("train-7")
    saved = run.folder / "checkpoint.pt"
    checkpoint = read_checkpoint(saved, "cpu")
    before = checkpoint.software[0] | {"torch": "1.0.0", "numpy": "1.0.0"}
    write_checkpoint(Checkpoint(**{**vars(checkpoint), "software": [before]}), saved)
    said: list[str] = []
    assert execute(run, FEW, data, say=said.append) == "trained"
    record = read_record(run.record_path)
    assert f"torch {torch.__version__.partition('+')[0]}" in said[0]
    assert said[0].count("instead of 1.0.0") == 2
    assert (record.versions["numpy"], record.earlier_versions) == (np.__version__, [before])


def test_a_checkpoint_of_other_images_is_refused(unrecorded: Run, data: Path) -> None:
    run = unrecorded
    saved = run.folder / "checkpoint.pt"
    checkpoint = read_checkpoint(saved, "cpu")
    write_checkpoint(Checkpoint(**{**vars(checkpoint), "images_sha256": "0" * 64}), saved)
    with pytest.raises(StoreError, match="was trained with images 000000000000, this run has images"):
        execute(run, ASKED, data)


@pytest.mark.slow
def test_a_full_disk_says_so_and_the_run_continues_once_there_is_space(
    killed: Callable[[str], Run], data: Path, whole: Path
) -> None:
    run = killed("train-7")
    saved = (run.folder / "checkpoint.pt").stat().st_size
    told = r"cannot write .*checkpoint\.pt \(File too large\); free some space and run again"
    with no_file_above(saved // 2), pytest.raises(StoreError, match=told):
        execute(run, ASKED, data)
    assert not list(run.folder.glob("*.tmp"))
    assert execute(run, ASKED, data) == "trained"
    same_answers(run.folder, whole)


def test_other_seeds_give_other_predictions(smoke: Run, smoke_run: Path, whole: Path) -> None:
    other = replace(smoke, seed=1, results=smoke_run / "results")
    mine = read_predictions(other.folder / "predictions.h5").negative_cross_entropy
    assert not np.array_equal(mine, read_predictions(whole / "predictions.h5").negative_cross_entropy)


def test_a_run_without_held_out_images_is_refused_before_training(smoke: Run, data: Path) -> None:
    images = replace(smoke.recipe.images, held_out=0)
    with pytest.raises(RecipeError, match=r"images\.held_out is 0, but a run predicts on held-out images"):
        execute(replace(smoke, recipe=replace(smoke.recipe, images=images)), ASKED, data)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
