"""Runs on disk: one folder per recipe and seed; a run exists when its record.json does."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bench.errors import StoreError
from bench.predict.predictions import Predictions
from bench.recipe.recipe import Recipe, recipe_hash
from bench.slot import describe
from bench.types import PerArch

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Record:
    """One finished run; the numbers beside it (predictions.h5, train.jsonl) let every score be recomputed."""

    schema: int = SCHEMA
    preset: str
    recipe_hash: str
    recipe: dict[str, Any]
    seed: int
    table: dict[str, str]
    images: dict[str, Any]
    scores: dict[str, Any]
    budget: dict[str, int]
    seconds: dict[str, float]
    versions: dict[str, str]
    machine: dict[str, Any]
    commit: str | None
    finished: str


@dataclass(frozen=True)
class Run:
    """A filled recipe at a preset with a seed, and the folder where it lives."""

    recipe: Recipe
    preset: str
    seed: int
    results: Path

    @property
    def hash(self) -> str:
        """Return the name of the recipe's identity."""
        return recipe_hash(self.recipe, self.preset)

    @property
    def folder(self) -> Path:
        """Return `results/<preset>/<space>-<sampler>-<hash>/seed-<k>`."""
        short = f"{self.recipe.space.slot_name()}-{self.recipe.paths.slot_name()}"
        return self.results / self.preset / f"{short}-{self.hash}" / f"seed-{self.seed}"

    @property
    def record_path(self) -> Path:
        """Return where the record is once the run is finished."""
        return self.folder / "record.json"

    @property
    def status(self) -> str:
        """Return done, failed or missing (a run in progress is missing until its record exists)."""
        if self.record_path.is_file():
            return "done"
        return "failed" if (self.folder / "failed.json").is_file() else "missing"

    @property
    def damage(self) -> str:
        """Return what is wrong with a run whose status is "damaged", else nothing."""
        return ""

    def read(self) -> "StoredRun":
        """Return what a finished run left; raises `StoreError` naming a file that is damaged."""
        return StoredRun(read_record(self.record_path), self.folder)


@dataclass(frozen=True)
class StoredRun:
    """What a finished run left: its record, and its predictions, read when they are first asked for."""

    record: "Record"
    folder: Path

    @cached_property
    def predictions(self) -> Predictions:
        """Return the predictions; raises `StoreError` naming a file that is damaged."""
        return read_predictions(self.folder / "predictions.h5")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write by temporary name and one rename; `StoreError` names what to do if the disk is full."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(_cannot_write(path, error)) from error


def make_folder(folder: Path) -> Path:
    """Return the folder, made where it is not there; raises `StoreError` where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {folder} ({error.strerror or error}); name another place") from error
    return folder


def _cannot_write(path: Path, error: OSError) -> str:
    if path.is_dir():
        return f"cannot write {path}, which is a folder; name a file"
    return f"cannot write {path} ({error.strerror or error}); free some space and run again: nothing finished is lost"


def write_record(run: Run, record: Record) -> None:
    """Store the record; never over an existing one."""
    if run.record_path.exists():
        raise StoreError(f"{run.record_path} exists already; a record is never rewritten")
    write_whole(run.record_path, json.dumps(asdict(record), indent=1) + "\n")


def read_record(path: Path) -> Record:
    """Return the record of a run; raises `StoreError` naming the file if it is damaged or of a newer schema."""
    try:
        content = json.loads(path.read_text())
        found = content.get("schema")
        if found is None:
            raise ValueError("it names no schema")
        if found != SCHEMA:
            raise StoreError(f"{path} has schema {found}, this version reads {SCHEMA}; update supernet-bench")
        return Record(**content)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StoreError(f"{path} is not a readable record ({error}); restore it, or delete it to run again") from error


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Store predictions as HDF5: genes, accuracy (percent), negative cross-entropy (nats)."""
    temporary = path.with_name(path.name + ".tmp")
    packed = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
    try:
        with h5py.File(temporary, "w") as file:
            file.create_dataset("genes", data=predictions.genes, **packed)
            file.create_dataset("accuracy", data=predictions.accuracy, **packed)
            file.create_dataset("negative_cross_entropy", data=predictions.negative_cross_entropy, **packed)
            file.attrs.update(
                schema=SCHEMA, images=predictions.images, split=predictions.split, accuracy_unit="percent"
            )
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(_cannot_write(path, error)) from error


def read_predictions(path: Path) -> Predictions:
    """Return stored predictions; raises `StoreError` if the file is truncated or not ours."""
    try:
        with h5py.File(path, "r") as file:
            return Predictions(
                genes=file["genes"][:],
                accuracy=file["accuracy"][:],
                negative_cross_entropy=file["negative_cross_entropy"][:],
                images=int(file.attrs["images"]),
                split=str(file.attrs["split"]),
            )
    except (OSError, KeyError) as error:
        raise StoreError(f"{path} is not readable ({error}); restore it, or delete its folder to run again") from error


@contextmanager
def claimed(run: Run) -> Iterator[bool]:
    """Hold the run for this process; yields False if another process holds it. Released by any death."""
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        file = (run.folder / "lock").open("a")
    except OSError as error:
        raise StoreError(_cannot_write(run.folder, error)) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


class PartialPredictions:
    """Predictions of the architectures asked so far, kept on disk while a run ranks its space."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values = np.empty((0, 3))
        if path.is_file():
            try:
                self.values = np.load(path, allow_pickle=False)
            except (OSError, ValueError, EOFError):
                path.unlink()  # written whole or not at all, so this is a foreign or damaged file: ask again

    def __len__(self) -> int:
        return len(self.values)

    @property
    def seconds(self) -> float:
        """Return the time spent on all predictions kept, in this process and in killed ones before it."""
        return float(self.values[:, 2].sum())

    def append(self, accuracy: PerArch, negative_cross_entropy: PerArch, seconds: float) -> None:
        """Add the next architectures, in the order asked, and the time that they took."""
        share = np.full(len(accuracy), seconds / len(accuracy))
        new = np.stack([accuracy, negative_cross_entropy, share], axis=1)
        self.values = np.concatenate([self.values, new])
        temporary = self.path.with_name(self.path.name + ".tmp")
        try:
            with temporary.open("wb") as file:
                np.save(file, self.values)
            os.replace(temporary, self.path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StoreError(_cannot_write(self.path, error)) from error


def recipe_settings(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as the record stores it."""
    return describe(recipe)
