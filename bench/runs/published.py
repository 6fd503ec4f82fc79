"""Published predictions, stored next to the runs, as rows without a recipe."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.errors import DataError, StoreError, shown
from bench.files import Content, check_name, file_sha256, make_folder, remedy_of_reading, write_new_folder
from bench.places import results_folder
from bench.predict.predictions import Predictions
from bench.runs.predictions_file import hdf5_of, read_predictions
from bench.runs.store import PREDICTIONS
from bench.scores.join import Joined, join
from bench.tables.table import Table
from bench.truth import Truth
from bench.untrusted.json_object import read_object

FOLDER = "published"


@dataclass(frozen=True, kw_only=True)
class Published:
    """Published predictions for architectures of a `truth` (higher is better), and their source."""

    name: str
    source: str
    truth: Truth
    predictions: Predictions

    def joined(self, table: Table) -> Joined:
        """Return the predictions in a table's order."""
        return join(self.name, self.predictions.genes, self.predictions.by("accuracy"), table)


def store_published(name: str, joined: Joined, table: Table, source: str, source_sha256: str, results: Path) -> Path:
    """Store the scores of the architectures in the table; return the folder.

    Raises `StoreError` for an invalid name and for one that is taken: stored predictions are never rewritten.
    """
    check_name(name)
    folder = results / FOLDER / name
    taken = f"{folder} already exists; use another name, or delete it to store the scores again"
    if folder.exists():
        raise StoreError(taken)
    make_folder(folder.parent)
    scores = joined.prediction[joined.present]  # in double precision, as they were scored
    predictions = Predictions(
        genes=table.genes[joined.present],
        accuracy=scores,
        negative_cross_entropy=np.full_like(scores, np.nan),
        images=0,
        split="as published",
    )
    stored = hdf5_of(predictions)
    about = {
        "source": source,
        "source_sha256": source_sha256,
        "table": table.name,
        "table_sha256": table.sha256,
        "predictions_sha256": hashlib.sha256(stored).hexdigest(),
    }
    files: dict[str, Content] = {PREDICTIONS: stored, "about.json": json.dumps(about, indent=1) + "\n"}
    if not write_new_folder(folder, files):
        raise StoreError(taken)
    return folder


def read_published(name: str, results: Path) -> Published | None:
    """Return the predictions stored under a name, None if there are none; raises `StoreError` if damaged."""
    folder = results / FOLDER / name
    if not folder.is_dir():
        return None
    try:
        about = read_object(folder / "about.json")
        if not (isinstance(about["source"], str) and isinstance(about["table"], str)):
            raise ValueError("its source and table are not both text")
        source, truth = about["source"], Truth.parse(about["table"])
    except (OSError, ValueError, KeyError, DataError) as error:
        remedy = remedy_of_reading(folder / "about.json", error, f"restore it or delete {folder}")
        raise StoreError(f"{folder / 'about.json'} is not readable ({error}); {remedy}") from error
    predictions = read_predictions(folder / PREDICTIONS)
    recorded, actual = about.get("predictions_sha256"), file_sha256(folder / PREDICTIONS)
    if recorded not in (None, actual):  # those stored by an earlier version record none
        raise StoreError(
            f"{folder / PREDICTIONS} was changed: its sha256 is {actual[:12]}, about.json records "
            f"{shown(recorded)[:12]}; restore it or delete {folder}"
        )
    return Published(name=name, source=source, truth=truth, predictions=predictions)


def published_of(truth: Truth, results: Path) -> list[Published]:
    """Return all stored predictions for a truth: those in `results` and those shipped with the project.

    Those stored for another release of it count too, those stored for another part of it do not.
    Damaged ones are left out; `damaged_published` lists them.
    """
    stored: dict[str, Published] = {}
    for name, found in _all_published(results):
        if isinstance(found, Published) and replace(found.truth, release=truth.release) == truth:
            stored.setdefault(name, found)
    return list(stored.values())


def damaged_published(results: Path) -> list[str]:
    """Return a line for each stored set of predictions that cannot be read, with the reason."""
    return [
        f"published '{name}' is damaged: {found}" for name, found in _all_published(results) if isinstance(found, str)
    ]


def _all_published(results: Path) -> Iterator[tuple[str, Published | str]]:
    """Yield the name of each stored set of predictions, with the set or its defect."""
    for folder in dict.fromkeys((results, results_folder())):
        for name in published_names(folder):
            try:
                found = read_published(name, folder)
            except StoreError as error:
                yield name, str(error)
            else:
                if found is not None:
                    yield name, found


def published_names(results: Path) -> list[str]:
    """Return the sorted names of stored published predictions."""
    folder = results / FOLDER
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path.name for path in found if path.is_dir() and not path.name.startswith("."))
