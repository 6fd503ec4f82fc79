"""One run, from its start or its last checkpoint to its record."""

import datetime
import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import torch

from bench.device.kernels import check_kernels, settle_card, settle_kernels
from bench.device.provenance import commit, machine, versions
from bench.errors import BenchError, RecipeError, StoreError
from bench.files import file_sha256, write_whole
from bench.population import Population
from bench.predict.followed import followed, looked_at, predicted_now
from bench.predict.trained import TrainedSupernet
from bench.processes.claim import HELD, claimed
from bench.processes.progress import Step
from bench.registry import plugin_place
from bench.runs.predictions_file import write_predictions
from bench.runs.store import CHECKPOINT, FAILED, PREDICTIONS, Record, Run, write_record
from bench.runs.training_log import LOG
from bench.sample.images.image_files import open_images
from bench.slot import describe
from bench.train.checked import try_first_update
from bench.train.checkpoint import write_checkpoint
from bench.train.event_files import EventFiles
from bench.train.log import EpochLog, write_log
from bench.train.start import start_training
from bench.train.training import describe_budget

PROGRESS = "progress"
TRAINED, DONE_BEFORE = "trained", "done before"


def execute(
    run: Run,
    population: Population,
    data: Path,
    *,
    device: str = "cpu",
    threads: Callable[[], int] = lambda: 1,
    report: Callable[[Step], None] = lambda step: None,
    say: Callable[[str], None] = lambda line: None,
    event_files: bool = False,
) -> str:
    """Complete the run; return 'trained', 'done before', or 'held by another process' and which, since when.

    The trained supernet predicts the architectures of the `population`; no truth is read. Progress is saved after every
    epoch and every thousand predictions; `threads` is called before each thousand and returns the number of free cores.
    `say` gets a line if the run continues under another version of the software; the record names all of them. With
    `event_files` every epoch is written for TensorBoard too, in a folder beside the log.
    A failure writes failed.json with its message and traceback, and keeps everything computed before it. If another
    process, that was taken for dead, finishes the run meanwhile, its result stands. Raises `StoreError` for a finished
    run whose files are damaged.
    """
    if run.status == "done":
        return DONE_BEFORE
    with claimed(run.lock) as other:
        if other is not None:
            return f"{HELD} ({other})"
        if run.status == "done":
            return DONE_BEFORE
        if run.status == "damaged":
            raise StoreError(run.damage)
        try:
            with one_thread(device):
                _train_predict_record(run, population, data, device, threads, report, say, event_files)
        except Exception as error:
            if run.status == "done":
                return DONE_BEFORE
            with suppress(StoreError):  # a full disk is told as the error that it caused first
                write_whole(run.folder / FAILED, json.dumps(_description(error), indent=1) + "\n")
            raise
        for leftover in (run.folder / FAILED, *run.folder.glob(f"{PROGRESS}*"), *run.folder.glob("*.tmp")):
            leftover.unlink(missing_ok=True)
        return TRAINED


@contextmanager
def one_thread(device: str) -> Iterator[None]:
    """Compute with settled kernels and one thread, so that a seed gives the same bits in any process."""
    settle_kernels()
    if device == "cpu":
        check_kernels()
    else:
        settle_card()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _description(error: Exception) -> dict[str, str]:
    """Return the content of failed.json."""
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    text = str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"
    place = plugin_place(error)
    return {
        "error": text + (f" ({place})" if place and place not in text else ""),
        "when": when,
        "traceback": "".join(traceback.format_exception(error)),
    }


def _distinct(versions: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the versions without repetitions, those that are not known as {"supernet-bench": "unknown"}."""
    named = [found or {"supernet-bench": "unknown"} for found in versions]
    return [found for place, found in enumerate(named) if found not in named[:place]]


def _train_predict_record(
    run: Run,
    population: Population,
    data: Path,
    device: str,
    threads: Callable[[], int],
    report: Callable[[Step], None],
    say: Callable[[str], None],
    event_files: bool,
) -> None:
    recipe, folder = run.recipe, run.folder
    if not recipe.images.held_out:
        raise RecipeError("images.held_out is 0, but a run predicts on held-out images; allowed: 1 or more")
    images = open_images(recipe.images.dataset, data)
    training, teacher = start_training(recipe, images, run.seed, device, folder=folder, report=report, say=say)
    saved = folder / CHECKPOINT
    if saved.is_file():
        training.continue_from(saved, say)
    else:
        try_first_update(training)
        for outdated in folder.glob(f"{PROGRESS}*"):  # predictions of former weights
            outdated.unlink()

    shown = EventFiles(folder) if event_files else None
    archs = population.archs()
    watched = followed(archs)

    def after_epoch(line: EpochLog) -> None:
        if looked_at(line.epoch, recipe.epochs):
            predicted, seconds = predicted_now(training, watched)
            training.log[-1] = replace(line, followed=predicted, followed_seconds=round(seconds, 2))
        write_checkpoint(training.checkpoint(), saved)
        write_log(training.log, folder / LOG)
        if shown:
            shown.show(training.log)

    training.run(after_epoch, lambda: report(Step("train", training.updates, training.total_updates, "updates")))

    trained = TrainedSupernet.of(training)
    predictions = trained.ask(archs, progress=folder / PROGRESS, threads=threads, report=report)
    if run.record_path.exists():
        raise StoreError(f"{run.record_path} was written by another process meanwhile; its result stands")
    write_predictions(predictions, folder / PREDICTIONS)
    seconds = {"teacher": round(teacher.seconds, 1)} if teacher else {}
    spent = {
        "train": training.seconds,
        "followed": sum(line.followed_seconds for line in training.log),
        "predict": predictions.seconds,
    }
    record = Record(
        preset=run.preset,
        recipe_hash=run.hash,
        recipe=describe(recipe),
        seed=run.seed,
        images={
            "name": images.name,
            "source": images.source,
            "sha256": images.sha256,
            "predicted_on": predictions.split,
            "held_out": predictions.images,
            "classes": images.classes,
        },
        predictions={
            "population": population.name,
            "n": len(predictions.genes),
            "sha256": file_sha256(folder / PREDICTIONS),
        },
        budget=describe_budget(training) | ({"teacher_forward_passes": teacher.forward_passes} if teacher else {}),
        seconds=seconds | {name: round(each, 1) for name, each in spent.items()},
        versions=versions(),
        earlier_versions=_distinct([*(teacher.earlier if teacher else []), *training.earlier]),
        machine=machine(device),
        commit=commit(),
        finished=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    write_record(run, record)
