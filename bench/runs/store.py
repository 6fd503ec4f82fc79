"""Runs on disk: one folder per recipe and seed; a run exists when its record.json does."""

import fcntl
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import h5py

from bench.errors import StoreError
from bench.files import cannot_write, file_sha256, write_whole
from bench.predict.predictions import Predictions
from bench.recipe.recipe import FilledRecipe

SCHEMA = 2
RECORD, PREDICTIONS, FAILED = "record.json", "predictions.h5", "failed.json"
CHECKPOINT = "checkpoint.pt"
"""Kept next to the record, but not in the repository, so that the trained supernet can predict again."""
STATES = ("done", "missing", "failed", "damaged")
"""The states of a run. A run in progress is missing until its record exists."""
UNFINISHED = ("missing", "failed")
"""The states that the next command runs; a damaged run is left to the user."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One finished run; every score can be computed from the files next to it (predictions.h5, train.jsonl).

    `recipe` is the complete filled recipe, `predictions` the sha256 of predictions.h5, the number of predictions, and
    the population.
    """

    schema: int = SCHEMA
    preset: str
    recipe_hash: str
    recipe: dict[str, Any]
    seed: int
    images: dict[str, Any]
    predictions: dict[str, Any]
    budget: dict[str, int]
    seconds: dict[str, float]
    versions: dict[str, str]
    machine: dict[str, Any]
    commit: str | None
    finished: str


@dataclass(frozen=True)
class StoredRun:
    """A finished run whose record and predictions were checked against its folder."""

    record: Record
    folder: Path

    @cached_property
    def predictions(self) -> Predictions:
        """Return the supernet's predictions."""
        return read_predictions(self.folder / PREDICTIONS)


@dataclass(frozen=True)
class Run:
    """A filled recipe at a preset with a seed, and its folder."""

    recipe: FilledRecipe
    preset: str
    seed: int
    results: Path

    @property
    def hash(self) -> str:
        """Return the hash of the recipe."""
        return self.recipe.hash

    @cached_property
    def folder(self) -> Path:
        """Return `results/<preset>/<space>-<sampler>-<hash>/seed-<k>`."""
        short = f"{self.recipe.space.slot_name()}-{self.recipe.paths.slot_name()}"
        return self.results / self.preset / f"{short}-{self.hash}" / f"seed-{self.seed}"

    @property
    def record_path(self) -> Path:
        """Return the path of the record, which exists once the run is finished."""
        return self.folder / RECORD

    @property
    def status(self) -> str:
        """Return done, missing, failed or damaged."""
        if self.record_path.is_file():
            return "damaged" if self.damage else "done"
        return "failed" if (self.folder / FAILED).is_file() else "missing"

    @property
    def damage(self) -> str:
        """Return the defect of a finished run's files, in one line; empty if there is none."""
        try:
            self.read()
        except StoreError as error:
            return str(error)
        return ""

    def read(self) -> StoredRun:
        """Return the finished run; raises `StoreError` if its files are damaged or belong to another run."""
        record, predictions = self.folder / RECORD, self.folder / PREDICTIONS
        told = (self.preset, self.seed, self.hash, self.recipe.spelled)
        found = _checked(self.folder, *told, _signature(record), _signature(predictions))
        if isinstance(found, str):
            raise StoreError(found)
        return StoredRun(found, self.folder)


def _signature(path: Path) -> tuple[int, int, int] | None:
    """Return values that change whenever the file does, None if there is no file."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns


@lru_cache(maxsize=100_000)
def _checked(folder: Path, preset: str, seed: int, recipe_hash: str, spelled: str, *signatures: object) -> Record | str:
    """Return a run's record, or its defect; cached until one of the two files changes, as `signatures` tell.

    `spelled` is the recipe as JSON.
    """
    remedy = f"restore the run, or delete {folder} to run it again"
    path = folder / RECORD
    try:
        record = read_record(path)
    except StoreError as error:
        return str(error)
    for what, found, wanted in (
        ("preset", record.preset, preset),
        ("recipe", record.recipe_hash, recipe_hash),
        ("seed", record.seed, seed),
    ):
        if found != wanted:
            return f"{path} has {what} {found}, but is in the folder of {what} {wanted}; {remedy}"
    recipe = json.loads(spelled)
    if record.recipe != recipe:
        names = [name for name in (record.recipe | recipe) if record.recipe.get(name) != recipe.get(name)]
        differing = f"it differs in {', '.join(names)}"
        return f"{path} records another recipe than its folder names ({differing}); {remedy}"
    path = folder / PREDICTIONS
    try:
        digest = file_sha256(path)
    except OSError as error:
        return f"{path} cannot be read ({error.strerror or error}); {remedy}"
    if digest != record.predictions["sha256"]:
        return (
            f"{path} has sha256 {digest[:12]}, its record says {record.predictions['sha256'][:12]}: it was changed or "
            f"replaced; {remedy}"
        )
    try:
        with h5py.File(path, "r") as file:
            found_n = len(file["genes"])
    except (OSError, KeyError) as error:
        return f"{path} is not readable ({error}); {remedy}"
    if found_n != record.predictions["n"]:
        return f"{path} has {found_n} predictions, its record says {record.predictions['n']}; {remedy}"
    return record


def write_record(run: Run, record: Record) -> None:
    """Store the record; never over an existing one."""
    if run.record_path.exists():
        raise StoreError(f"{run.record_path} already exists; a record is never rewritten")
    write_whole(run.record_path, json.dumps(asdict(record), indent=1) + "\n")


def read_record(path: Path) -> Record:
    """Return the record of a run; raises `StoreError` naming the file if it is damaged or of another schema."""
    try:
        content = json.loads(path.read_text())
        found = content.get("schema")
        if found is None:
            raise ValueError("it names no schema")
        if found != SCHEMA:
            raise StoreError(f"{path} has schema {found}, this version reads {SCHEMA}; use the version that wrote it")
        record = Record(**content)
        for field in fields(Record):
            kinds = {"dict": dict, "int": int, "str": str}
            kind = kinds.get(str(getattr(field.type, "__name__", field.type)).partition("[")[0])
            if kind and not isinstance(getattr(record, field.name), kind):
                raise ValueError(f"{field.name} is {getattr(record, field.name)!r}")
        if not {"sha256", "n"} <= record.predictions.keys():
            raise ValueError("it names no sha256 and n of its predictions")
        return record
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StoreError(f"{path} is not a readable record ({error}); restore it, or delete it to run again") from error


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Store predictions as HDF5: genes, accuracy (percent), negative cross-entropy (nats)."""
    packed = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
    buffer = io.BytesIO()  # HDF5 itself crashes on a full disk
    with h5py.File(buffer, "w") as file:
        file.create_dataset("genes", data=predictions.genes, **packed)
        file.create_dataset("accuracy", data=predictions.accuracy, **packed)
        file.create_dataset("negative_cross_entropy", data=predictions.negative_cross_entropy, **packed)
        file.attrs.update(schema=1, images=predictions.images, split=predictions.split, accuracy_unit="percent")
    write_whole(path, buffer.getvalue())


def read_predictions(path: Path) -> Predictions:
    """Return stored predictions; raises `StoreError` if the file is truncated or not a file of predictions."""
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
    """Lock the run for this process; yields False if another process holds it. Released when the process ends."""
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        file = (run.folder / "lock").open("a")
    except OSError as error:
        raise StoreError(cannot_write(run.folder, error, "free some space and run again")) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
