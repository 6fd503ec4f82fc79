"""What a stored training log says: accuracies of sub-networks by epoch, and choices that an update learned."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from bench.errors import StoreError, shown
from bench.files import remedy_of_reading
from bench.spaces import Space
from bench.untrusted.json_object import LARGEST, is_number, parse_object

LOG = "train.jsonl"


def read_epochs(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's training log, one per epoch; raises `StoreError` if it is missing or damaged."""
    path = folder / LOG
    remedy = _remedy(folder)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be read ({error.strerror}); {remedy_of_reading(path, error, remedy)}"
        ) from error
    if len(content) > LARGEST:
        raise StoreError(f"{path} has more than {LARGEST:,} bytes; {remedy}")
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            found.append(parse_object(line))
        except ValueError as error:
            raise StoreError(f"{path}, line {number} is no JSON object ({error}); {remedy}") from error
    return found


def read_probes(folder: Path) -> dict[int, list[float]]:
    """Return the accuracies in percent of the sub-networks that the training log follows, by epoch.

    Empty if the run holds out no images. Raises `StoreError` if the log is missing or damaged.
    """
    found = {}
    for number, epoch in enumerate(read_epochs(folder), 1):
        probes = epoch.get("probe_accuracy")
        if not isinstance(probes, list) or not all(is_number(one) and 0 <= one <= 100 for one in probes):
            raise StoreError(
                f"{folder / LOG}, line {number}: probe_accuracy is {shown(repr(probes))}; expected percentages; "
                f"{_remedy(folder)}"
            )
        if probes:
            found[number] = [float(one) for one in probes]
    return found


def read_followed(folder: Path) -> dict[int, dict[str, list[float]]]:
    """Return what the run predicted of the architectures that it followed, by epoch and score; empty for older runs.

    Accuracies are in percent; NaN where a sub-network diverged. Raises `StoreError` if the log is missing or damaged.
    """
    found = {}
    for number, epoch in enumerate(read_epochs(folder), 1):
        scores = epoch.get("followed", {})
        if not isinstance(scores, dict) or not all(map(_are_numbers, scores.values())):
            raise StoreError(
                f"{folder / LOG}, line {number}: followed is {shown(repr(scores))}; expected lists of numbers by "
                f"score; {_remedy(folder)}"
            )
        if scores:
            found[number] = {str(name): [float(one) for one in values] for name, values in scores.items()}
    return found


def _are_numbers(values: object) -> bool:
    """Return whether the values are a list of numbers, NaN among them."""
    return isinstance(values, list) and all(is_number(one) or one != one for one in values)


def _remedy(folder: Path) -> str:
    return f"restore it, or delete {folder} to run it again"


def read_probabilities(folder: Path, space: Space) -> dict[int, Float[np.ndarray, "decision choice"]]:
    """Return the probability of every choice after each epoch of a run; empty if its update learns none.

    Columns are choices, those that the space masks included; NaN if the training diverged. Raises `StoreError` if the
    log is missing or damaged.
    """
    path, remedy = folder / LOG, _remedy(folder)
    shape = (space.decisions, max(map(max, space.allowed)) + 1)
    found = {}
    for number, epoch in enumerate(read_epochs(folder), 1):
        learned = epoch.get("learned", {})
        rows = learned.get("probabilities") if isinstance(learned, dict) else learned
        if rows is None:
            continue
        if not _is_table(rows, shape):
            wanted = f"expected {shape[0]} lists of {shape[1]} numbers from 0 to 1"
            raise StoreError(f"{path}, line {number}: probabilities are {shown(rows)}; {wanted}; {remedy}")
        found[number] = np.array(rows, dtype=np.float64)
    return found


def _is_table(rows: object, shape: tuple[int, int]) -> bool:
    """Return whether `rows` is a list of lists of probabilities with this shape."""
    return (
        isinstance(rows, list)
        and len(rows) == shape[0]
        and all(isinstance(row, list) and len(row) == shape[1] for row in rows)
        and all(value != value or (is_number(value) and 0 <= value <= 1) for row in rows for value in row)
    )
