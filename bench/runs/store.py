"""Runs on disk: one folder per recipe and seed; a run exists when its record.json does."""

import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

from bench.errors import LONGEST, StoreError, shown
from bench.files import file_sha256, remedy_of_reading, write_new
from bench.predict.predictions import Predictions
from bench.recipe.recipe import FilledRecipe
from bench.runs.predictions_file import read_once
from bench.runs.recent import signature
from bench.untrusted.hdf5 import open_hdf5, plain_dataset
from bench.untrusted.json_object import is_number, read_object

SCHEMA = 2
RECORD, PREDICTIONS, FAILED = "record.json", "predictions.h5", "failed.json"
CHECKPOINT = "checkpoint.pt"
"""Kept next to the record, but not in the repository, so that the trained supernet can predict again."""
JOB = "job.json"
"""Names the Slurm job that will complete the run; removed when that ends."""
STATES = ("done", "missing", "failed", "damaged")
"""The states of a run. A run in progress is missing until its record exists."""
UNFINISHED = ("missing", "failed")
"""The states that the next command runs; a damaged run is left to the user."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One finished run; every score can be computed from the files next to it (predictions.h5, train.jsonl).

    `recipe` is the complete filled recipe, `predictions` the sha256 of predictions.h5, the number of predictions, and
    the population. `versions` and `commit` are those that finished it, `earlier_versions` those of its parts that were
    computed before under others, each with its commit.
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
    earlier_versions: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class StoredRun:
    """A finished run whose record and predictions were checked against its folder."""

    record: Record
    folder: Path

    @cached_property
    def predictions(self) -> Predictions:
        """Return the supernet's predictions."""
        return read_once(self.folder / PREDICTIONS)


class Place(Protocol):
    """Where a unit of work lies that one process completes: its lock, and the file that names its Slurm job."""

    @property
    def folder(self) -> Path: ...

    @property
    def lock(self) -> Path: ...

    @property
    def job_path(self) -> Path: ...


@dataclass(frozen=True)
class Folder:
    """The place of work that is no run: the searches on a supernet, a part of a table."""

    folder: Path

    @property
    def lock(self) -> Path:
        """Return the path of the lock file, which names the process that works there."""
        return self.folder / "lock"

    @property
    def job_path(self) -> Path:
        """Return the path of the file that names the Slurm job, while there is one."""
        return self.folder / JOB


def failure_in(folder: Path) -> str:
    """Return why work in a folder failed; empty if it did not."""
    path = folder / FAILED
    try:
        return shown(read_object(path)["error"], LONGEST)
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError):
        return f"unknown: {path} is not readable"


def folder_of(seed: int) -> str:
    """Return the name of a seed's folder in the folder of its recipe."""
    return f"seed-{seed}"


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
        return self.results / self.preset / f"{short}-{self.hash}" / folder_of(self.seed)

    @cached_property
    def record_path(self) -> Path:
        """Return the path of the record, which exists once the run is finished."""
        return self.folder / RECORD

    @cached_property
    def predictions_path(self) -> Path:
        """Return the path of the predictions."""
        return self.folder / PREDICTIONS

    @cached_property
    def lock(self) -> Path:
        """Return the path of the lock file, which names the process that works on the run."""
        return self.folder / "lock"

    @cached_property
    def job_path(self) -> Path:
        """Return the path of the file that names the run's Slurm job, while there is one."""
        return self.folder / JOB

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
        told = (self.preset, self.seed, self.hash, self.recipe.spelled)
        found = _checked(self.folder, *told, signature(self.record_path), signature(self.predictions_path))
        if isinstance(found, str):
            raise StoreError(found)
        return StoredRun(found, self.folder)


def search_place(run: Run) -> Folder:
    """Return where the lock and the job of the searches on a run lie."""
    return Folder(run.folder / "search")


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
        return f"{path} cannot be read ({error.strerror or error}); {remedy_of_reading(path, error, remedy)}"
    if digest != record.predictions["sha256"]:
        return (
            f"{path} has sha256 {digest[:12]}, its record says {record.predictions['sha256'][:12]}: it was changed or "
            f"replaced; {remedy}"
        )
    try:
        with open_hdf5(path) as file:
            found_n = len(plain_dataset(file, "genes"))
    except Exception as error:  # a damaged file raises a dozen types: OSError, KeyError, RuntimeError, ...
        return f"{path} is not readable ({error}); {remedy_of_reading(path, error, remedy)}"
    if found_n != record.predictions["n"]:
        return f"{path} has {found_n} predictions, its record says {record.predictions['n']}; {remedy}"
    return record


def write_record(run: Run, record: Record) -> None:
    """Store the record; never over an existing one, also if several processes finish the run at once."""
    if not write_new(run.record_path, json.dumps(asdict(record), indent=1) + "\n"):
        raise StoreError(f"{run.record_path} already exists; a record is never rewritten")


def read_record(path: Path) -> Record:
    """Return the record of a run; raises `StoreError` naming the file if it is damaged or of another schema."""
    try:
        content = read_object(path)
        found = content.get("schema")
        if found is None:
            raise ValueError("it names no schema")
        if found != SCHEMA:
            raise StoreError(f"{path} has schema {found}, this version reads {SCHEMA}; use the version that wrote it")
        record = Record(**content)
        for field in fields(Record):
            kinds = {"dict": dict, "int": int, "str": str, "list": list}
            kind = kinds.get(str(getattr(field.type, "__name__", field.type)).partition("[")[0])
            if kind and not isinstance(getattr(record, field.name), kind):
                raise ValueError(f"{field.name} is {getattr(record, field.name)!r}")
        _check_parts(record)
        return record
    except (OSError, ValueError, TypeError) as error:
        remedy = remedy_of_reading(path, error, "restore it, or delete it to run again")
        raise StoreError(f"{path} is not a readable record ({error}); {remedy}") from error


def _check_parts(record: Record) -> None:
    """Raise `ValueError` unless a record has all that tables, figures and the report read of it."""
    whole = {"predictions": ("n",), "images": ("held_out",), "budget": ("images_seen",)}
    text = {"predictions": ("sha256",), "images": ("name", "sha256", "predicted_on")}
    for kind, needed, is_kind in (("a whole number", whole, _is_whole), ("text", text, _is_text)):
        for part, names in needed.items():
            for name in names:
                if not is_kind(value := getattr(record, part).get(name)):
                    raise ValueError(f"its {part}.{name} is {shown(repr(value))}, expected {kind}")
    for name in ("train", "predict", *record.seconds):
        if not is_number(seconds := record.seconds.get(name)):
            raise ValueError(f"its seconds.{name} are {shown(repr(seconds))}, expected a number")
    if not (record.machine.get("gpu") or record.machine.get("processor")):
        raise ValueError("its machine names neither gpu nor processor")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_text(value: object) -> bool:
    return isinstance(value, str)
