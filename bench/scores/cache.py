"""Scores on disk: what a later command need not resample again. The folder may be deleted at any time."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bench import rng
from bench.scores.kept import FOLDER as CACHE
from bench.scores.kept import file_of, kept_in, read, remove_unused, write

if TYPE_CHECKING:
    from bench.scores.metrics import Metric

FOLDER = CACHE / "scores"
"""In the folder of runs; in it a folder for every version of the code."""
Score = TypeVar("Score")
_folder: Path | None = None


@contextmanager
def scores_kept_in(results: Path) -> Iterator[None]:
    """Inside, `kept` reads scores from a folder of runs, and writes there what it lacks; so does `kept_value`.

    Scores that other versions of the code kept are removed once they are `UNUSED`.
    """
    global _folder
    before, _folder = _folder, results / FOLDER / version_of_code()
    remove_unused(_folder)
    try:
        with kept_in(results):
            yield
    finally:
        _folder = before


def kept(
    metrics: "Sequence[Metric]",
    arrays: Sequence[np.ndarray],
    about: Sequence[object],
    compute: Callable[[], Mapping[str, Score]],
    pack: Callable[[Score], dict[str, Any]],
    unpack: "Callable[[Metric, dict[str, Any]], Score]",
) -> dict[str, Score]:
    """Return `compute()`, a score per metric, from the disk if it is there.

    The key is made of all that determines the scores: the metrics, the arrays, `about` (which computation, how many
    resamples), and the code of this package. A damaged file is computed again. Metrics from elsewhere, as those of
    plug-ins, are always computed, as the key does not know their code.
    """
    named = [_named(metric) for metric in metrics]
    if _folder is None or None in named:
        return dict(compute())
    beside = [one.beside[name] for one in metrics for name in sorted(one.beside)]
    key = digest_of([*arrays, *beside], [*about, *named]).hex()
    path = file_of(_folder, key)
    stored = read(path, key)
    if stored is not None and stored.keys() == {metric.name for metric in metrics}:
        return {metric.name: unpack(metric, stored[metric.name]) for metric in metrics}
    found = dict(compute())
    write(path, key, {name: pack(score) for name, score in found.items()})
    return found


def digest_of(arrays: Sequence[np.ndarray], about: Sequence[object] = ()) -> bytes:
    """Return the digest of arrays, their types and sizes, and of values that `repr` spells."""
    digest = hashlib.blake2b(repr(list(about)).encode() if about else b"", digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()


def _named(metric: "Metric") -> str | None:
    """Return all that a metric of this package is, except its arrays; None for a metric from elsewhere."""
    functions = [metric.function, *([metric.resampled] if metric.resampled else [])]
    names = [f"{function.__module__}.{function.__qualname__}" for function in functions]
    for function in functions:
        module = sys.modules[function.__module__]
        inside = f"{module.__name__}.".startswith(f"{__package__}.")
        if not inside or getattr(module, function.__qualname__, None) is not function:
            return None
    ranges = (metric.better, metric.low, metric.high, metric.undefined, metric.of_true_top)
    return repr((metric.name, names, sorted(metric.settings.items()), ranges, sorted(metric.beside)))


@cache
def version_of_code() -> str:
    """Return the digest of all code that determines a score: this package, its random streams, NumPy and SciPy."""
    import scipy

    digest = hashlib.sha256(f"{np.__version__} {scipy.__version__}".encode())
    for path in (*sorted(Path(__file__).parent.rglob("*.py")), Path(rng.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
