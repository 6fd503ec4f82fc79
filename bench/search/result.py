"""The result of one search: what was asked, in order, for which problem, of whom; and its file."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from bench.errors import StoreError
from bench.files import make_folder, remedy_of_reading, write_whole
from bench.predict.predictions import Predictions
from bench.rng import stream
from bench.search.problem import Problem, non_dominated
from bench.search.searchers import Searcher
from bench.slot import describe
from bench.untrusted.hdf5 import open_hdf5, read_array, read_count, read_text

SCHEMA = 1
WEIGHTS, STORED = "the trained supernet", "stored predictions"
UNFINISHED = ""
"""The ending of a search that was stopped."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchResult:
    """One search on one supernet.

    `asked` holds every architecture that was asked, in order, with its scores. `problem` is the described `Problem`.
    `run` is the sha256 of the run's predictions; `who` was asked, `WEIGHTS` or `STORED`, and `weights` is the sha256 of
    the checkpoint, None if the stored predictions were asked. `ended` is a key of `ENDINGS`.
    """

    searcher: dict[str, Any]
    seed: int
    problem: dict[str, Any]
    run: str
    who: str
    weights: str | None
    ended: str
    asked: Predictions

    def best(self, problem: Problem) -> int:
        """Return the place in `asked` of the best by the first objective, drawn from the search seed where it ties."""
        scores = problem.values(self.asked)[:, 0]
        [places] = np.nonzero(scores == scores.max())
        return int(stream(self.seed, "search/ties").choice(places))

    def front(self, problem: Problem) -> Int[np.ndarray, "arch"]:
        """Return the places in `asked` of the non-dominated architectures, by the first objective."""
        return non_dominated(problem.values(self.asked))


def identity(searcher: Searcher, problem: Problem) -> str:
    """Return the hash of a searcher's settings and its problem, which names the file of a search."""
    told = {"searcher": describe(searcher), "problem": problem.describe()}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:10]


def result_path(run: Path, searcher: Searcher, problem: Problem, seed: int) -> Path:
    """Return `<run>/search/<searcher>-<hash>-s<seed>.h5`."""
    return run / "search" / f"{searcher.slot_name()}-{identity(searcher, problem)}-s{seed}.h5"


def write_result(result: SearchResult, path: Path) -> None:
    """Store a search as HDF5, with a sha256 over everything; the write is atomic, and equal results give equal bytes.

    Times are left out.
    """
    import h5py

    make_folder(path.parent)
    told = _told(result)
    buffer = io.BytesIO()  # HDF5 itself crashes on a full disk
    with h5py.File(buffer, "w", libver="latest") as file:  # half the bytes of the oldest format
        for name, values in _columns(result.asked).items():
            file.create_dataset(name, data=values, compression="gzip", shuffle=True)
        file.attrs.update(schema=SCHEMA, told=told, sha256=_digest(told, result.asked))
    write_whole(path, buffer.getvalue())


def read_result(path: Path) -> SearchResult:
    """Return a stored search; raises `StoreError` if the file is truncated, of another schema, or changed."""
    remedy = f"remove {path} to search again"
    try:
        with open_hdf5(path) as file:
            if (schema := read_count(file, "schema")) != SCHEMA:
                raise StoreError(f"{path} has schema {schema}, this version reads {SCHEMA}; {remedy}")
            text, recorded = read_text(file, "told"), read_text(file, "sha256")
            told = json.loads(text)
            asked = Predictions(
                genes=read_array(file, "genes", "i"),
                accuracy=read_array(file, "accuracy", "f"),
                negative_cross_entropy=read_array(file, "negative_cross_entropy", "f"),
                log_probability=read_array(file, "log_probability", "f") if "log_probability" in file else None,
                images=int(told.pop("images")),
                split=str(told.pop("split")),
            )
        result = SearchResult(asked=asked, **told)
    except StoreError:
        raise
    except Exception as error:  # a damaged file raises a dozen types: OSError, KeyError, RuntimeError, ...
        remedy = remedy_of_reading(path, error, remedy)
        raise StoreError(f"{path} is not a readable search ({error}); {remedy}") from error
    if _digest(text, asked) != recorded:
        raise StoreError(f"{path} was changed: its content has another sha256 than it records; {remedy}")
    return result


def check_result(result: SearchResult, path: Path, searcher: Searcher, problem: Problem, seed: int, run: str) -> None:
    """Raise `StoreError` unless a stored search is that of a searcher, problem and seed on the predictions `run`."""
    expected = {"searcher": describe(searcher), "problem": problem.describe(), "seed": seed, "run": run}
    for what, wanted in expected.items():
        if getattr(result, what) != wanted:
            reason = "the run was trained again since" if what == "run" else f"its {what} is {getattr(result, what)}"
            raise StoreError(f"{path} is another search than its name says ({reason}); remove it to search again")


def _told(result: SearchResult) -> str:
    names = ("searcher", "seed", "problem", "run", "who", "weights", "ended")
    about = {name: getattr(result, name) for name in names}
    about |= {"images": result.asked.images, "split": result.asked.split}
    return json.dumps(about, sort_keys=True)


def _columns(asked: Predictions) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {
        "genes": np.ascontiguousarray(asked.genes, dtype=np.int8),
        "accuracy": np.ascontiguousarray(asked.accuracy, dtype=np.float32),
        "negative_cross_entropy": np.ascontiguousarray(asked.negative_cross_entropy, dtype=np.float32),
    }
    if asked.log_probability is not None:
        columns["log_probability"] = np.ascontiguousarray(asked.log_probability, dtype=np.float32)
    return columns


def _digest(told: str, asked: Predictions) -> str:
    digest = hashlib.sha256(told.encode())
    for values in _columns(asked).values():
        digest.update(values.tobytes())
    return digest.hexdigest()
