"""One run from start, or from where it was killed, to its record."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path

from bench.errors import RecipeError
from bench.population import Population
from bench.predict.trained import rank
from bench.progress import Step
from bench.provenance import commit, machine, versions
from bench.recipe.preset import find_preset
from bench.runs.store import (
    Record,
    Run,
    claimed,
    recipe_settings,
    write_predictions,
    write_record,
    write_whole,
)
from bench.sample.images.image_files import open_images
from bench.tables.catalog import open_table
from bench.train.checkpoint import write_checkpoint
from bench.train.teacher import trained_teacher
from bench.train.training import EpochLog, Training, describe_budget, write_log

CHECKPOINT = "checkpoint.pt"
"""Stays beside the record, never in a repository, so that a trained supernet can be asked again."""
PROGRESS = "progress"


def execute(
    run: Run,
    table_name: str,
    data: Path,
    *,
    device: str = "cpu",
    threads: Callable[[], int] = lambda: 1,
    report: Callable[[Step], None] = lambda step: None,
) -> str:
    """Bring the run to its record; return 'trained', 'done before', or 'held by another process'.

    A checkpoint is written after every epoch and every thousand predictions; before each thousand,
    `threads` says how many cores are free to predict. A failure leaves
    failed.json with its text, and everything computed before it.
    """
    if run.status == "done":
        return "done before"
    with claimed(run) as mine:
        if not mine:
            return "held by another process"
        if run.status == "done":
            return "done before"
        failure = run.folder / "failed.json"
        try:
            _train_predict_record(run, table_name, data, device, threads, report)
        except Exception as error:
            when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            write_whole(failure, json.dumps({"error": f"{type(error).__name__}: {error}", "when": when}) + "\n")
            raise
        for leftover in (failure, *run.folder.glob(f"{PROGRESS}*"), run.folder / "lock"):
            leftover.unlink(missing_ok=True)
        return "trained"


def _train_predict_record(
    run: Run, table_name: str, data: Path, device: str, threads: Callable[[], int], report: Callable[[Step], None]
) -> None:
    recipe, folder = run.recipe, run.folder
    assert recipe.images.dataset is not None, "the preset fills in the images"
    if not recipe.images.held_out:
        raise RecipeError("images.held_out is 0: a run ranks on held-out images; allowed: 1 or more")
    table = open_table(table_name, data)
    images = open_images(recipe.images.dataset, data)
    training = Training(recipe, images, run.seed, device)
    seconds: dict[str, float] = {}
    spent_before: dict[str, int] = {}
    if recipe.loss.teacher == "fixed":
        taught_by = trained_teacher(recipe, images, run.seed, device, folder / "teacher.pt", report)
        training.teacher = taught_by.ranking_supernet()
        seconds["teacher"] = round(taught_by.seconds, 1)
        spent_before = {"teacher_forward_passes": taught_by.forward_passes}
    saved = folder / CHECKPOINT
    if saved.is_file():
        training.continue_from(saved)
    else:
        for of_former_weights in folder.glob(f"{PROGRESS}*"):
            of_former_weights.unlink()

    def after_epoch(line: EpochLog) -> None:
        write_checkpoint(training.checkpoint(), saved)
        write_log(training.log, folder / "train.jsonl")

    training.run(after_epoch, lambda: report(Step("train", training.updates, training.total_updates, "updates")))

    genes = Population(find_preset(run.preset).ranks_in(recipe.space), recipe.space, table.genes).archs()
    predictions, ranking_seconds = rank(training, genes, folder / PROGRESS, threads, report)
    seconds |= {"train": round(training.seconds, 1), "predict": round(ranking_seconds, 1)}
    write_predictions(predictions, folder / "predictions.h5")
    record = Record(
        preset=run.preset,
        recipe_hash=run.hash,
        recipe=recipe_settings(recipe),
        seed=run.seed,
        table={"name": table.name, "sha256": table.sha256},
        images={
            "name": images.name,
            "source": images.source,
            "sha256": images.sha256,
            "predicted_on": predictions.split,
            "held_out": predictions.images,
        },
        scores={},
        budget=describe_budget(training) | spent_before,
        seconds=seconds,
        versions=versions(),
        machine=machine(device),
        commit=commit(),
        finished=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    write_record(run, record)
