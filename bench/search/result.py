"""The result of one search: what was asked, in order, for which problem, of whom; and its file."""

import hashlib
import io
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from bench.errors import StoreError
from bench.files import make_folder, remedy_of_reading, write_whole
from bench.predict.predictions import Predictions
from bench.rng import stream
from bench.search.loop import Ask
from bench.search.problem import Problem, non_dominated
from bench.search.searchers import Searcher
from bench.slot import describe
from bench.types import Genes
from bench.untrusted.hdf5 import open_hdf5, read_array, read_count, read_text

SCHEMA = 3
"""In schema 1 a search that asked stored predictions repeats their scores; in both older ones, which are read as well,
texts have no fixed length, which needs four kilobytes more."""

WEIGHTS, STORED = "the trained supernet", "stored predictions"
TOLD = ("searcher", "seed", "problem", "run", "who", "weights", "ended")
"""What a file tells of a search beside its columns, its images and their split."""
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

    Times are left out, and so are the scores of stored predictions, which are in the file that `run` names.
    """
    import h5py

    make_folder(path.parent)
    told, columns = _told(result), _columns(result.asked.genes, None if result.who == STORED else result.asked)
    buffer = io.BytesIO()  # HDF5 itself crashes on a full disk
    with h5py.File(buffer, "w", libver="latest") as file:  # half the bytes of the oldest format
        for name, values in columns.items():
            file.create_dataset(name, data=values, compression="gzip", shuffle=True)
        texts = {"told": told, "sha256": _digest(told, columns)}
        file.attrs.update({name: np.bytes_(text.encode()) for name, text in texts.items()}, schema=SCHEMA)
    write_whole(path, buffer.getvalue())


def read_result(path: Path, run: str, stored: Ask) -> SearchResult:
    """Return a stored search on the predictions of sha256 `run`, which `stored` tells if the search asked them.

    Raises `StoreError` if the file is truncated, of another schema, changed, or of other predictions.
    """
    remedy = f"remove {path} to search again"
    try:
        with open_hdf5(path) as file:
            if (schema := read_count(file, "schema")) not in range(1, SCHEMA + 1):
                raise StoreError(f"{path} has schema {schema}, this version reads 1 to {SCHEMA}; {remedy}")
            text, recorded = read_text(file, "told"), read_text(file, "sha256")
            told, genes = json.loads(text), read_array(file, "genes", "i")
            images, split = int(told.pop("images")), str(told.pop("split"))
            scores = None
            if schema == 1 or told["who"] != STORED:
                scores = Predictions(
                    genes=genes,
                    accuracy=read_array(file, "accuracy", "f"),
                    negative_cross_entropy=read_array(file, "negative_cross_entropy", "f"),
                    log_probability=read_array(file, "log_probability", "f") if "log_probability" in file else None,
                    images=images,
                    split=split,
                )
        if _digest(text, _columns(genes, scores)) != recorded:
            raise StoreError(f"{path} was changed: its content has another sha256 than it records; {remedy}")
        if told["run"] != run:
            raise StoreError(f"{path} is of other predictions: the run was trained again since; {remedy}")
        if set(told) != set(TOLD):
            raise ValueError(f"it tells {', '.join(told)}; expected {', '.join(TOLD)}")
        result = partial(SearchResult, **told)
    except StoreError:
        raise
    except Exception as error:  # a damaged file raises a dozen types: OSError, KeyError, RuntimeError, ...
        remedy = remedy_of_reading(path, error, remedy)
        raise StoreError(f"{path} is not a readable search ({error}); {remedy}") from error
    return result(asked=stored(genes) if scores is None else scores)


def check_result(result: SearchResult, path: Path, searcher: Searcher, problem: Problem, seed: int) -> None:
    """Raise `StoreError` unless a stored search is that of a searcher, problem and seed."""
    expected = {"searcher": describe(searcher), "problem": problem.describe(), "seed": seed}
    for what, wanted in expected.items():
        if (found := getattr(result, what)) != wanted:
            raise StoreError(
                f"{path} is another search than its name says (its {what} is {found}); remove it to search again"
            )


def _told(result: SearchResult) -> str:
    about = {name: getattr(result, name) for name in TOLD}
    about |= {"images": result.asked.images, "split": result.asked.split}
    return json.dumps(about, sort_keys=True)


def _columns(genes: Genes, scores: Predictions | None) -> dict[str, np.ndarray]:
    columns = {"genes": np.ascontiguousarray(genes, dtype=np.int8)}
    if scores is not None:
        for name in ("accuracy", "negative_cross_entropy", "log_probability"):
            if (values := getattr(scores, name)) is not None:
                columns[name] = np.ascontiguousarray(values, dtype=np.float32)
    return columns


def _digest(told: str, columns: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256(told.encode())
    for values in columns.values():
        digest.update(values.tobytes())
    return digest.hexdigest()
