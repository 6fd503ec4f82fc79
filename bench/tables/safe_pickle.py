"""Reads untrusted pickles; only names on an allow-list, needed by the published files, can be called."""

import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from bench.errors import DataError
from bench.untrusted.limits import memory_limit

SCALAR: Any = np.float64(0).__reduce__()[0]
"""The function that rebuilds a NumPy scalar, whose module depends on the NumPy version."""

ALLOWED = {
    "collections.OrderedDict": OrderedDict,
    "numpy.dtype": np.dtype,
    "numpy.core.multiarray.scalar": SCALAR,  # written by NumPy 1
    "numpy._core.multiarray.scalar": SCALAR,  # written by NumPy 2
}


def safe_loads(content: bytes, path: Path) -> Any:
    """Return the object pickled in `content`, which came from `path`.

    Raises `DataError` if it is truncated or takes more memory than `UNPICKLED`, and naming the global if it needs one
    outside `ALLOWED`.
    """
    try:
        with memory_limit():
            return _AllowList(io.BytesIO(content), path).load()
    except (DataError, KeyboardInterrupt):
        raise
    except Exception as error:  # a damaged pickle raises a dozen types: UnpicklingError, struct.error, MemoryError, ...
        raise DataError(f"{path} is not a complete pickle (truncated?): {error}; copy the file again") from error


def refused(path: Path, forbidden: str) -> DataError:
    """Return the error for a file that needs a global outside the allow-list."""
    return DataError(
        f"{path} asks to call '{forbidden}', which no published table needs; nothing in it was run. "
        "Do not use the file; get it from the benchmark's authors"
    )


class _AllowList(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, path: Path) -> None:
        super().__init__(file)
        self.path = path

    def find_class(self, module: str, name: str) -> Any:
        wanted = f"{module}.{name}"
        if wanted not in ALLOWED:
            raise refused(self.path, wanted)
        return ALLOWED[wanted]
