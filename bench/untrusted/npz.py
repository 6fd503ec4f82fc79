"""NumPy files: their headers and sizes are compared with the file before an array is read."""

import math
import os
import sys
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from bench.untrusted.limits import most_bytes

PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The ways to store an entry that NumPy writes; others are decompressed without a limit by Python."""
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def check_npz(file: IO[bytes]) -> None:
    """Raise `ValueError` or an error of `zipfile` unless every entry of an open NPZ file can be read safely.

    All of them together may expand to `most_bytes`; each array has exactly the bytes that its header promises.
    """
    on_disk = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if odd := [entry.filename for entry in entries if entry.compress_type not in PLAIN]:
            raise ValueError(f"'{odd[0]}' is compressed in a way that NumPy never writes")
        if (total := sum(entry.file_size for entry in entries)) > most_bytes(on_disk):
            raise ValueError(
                f"its arrays have {total:,} bytes, compressed to {on_disk:,}; save them with numpy.savez, uncompressed"
            )
        for entry in entries:
            with archive.open(entry) as member:
                _check_header(member, entry.filename, entry.file_size)
    file.seek(0)


def valid_text(array: np.ndarray) -> np.ndarray:
    """Return an array; raises `ValueError` for text of numbers that are no characters, on which Python breaks."""
    codes = np.ascontiguousarray(array).view(np.uint32) if array.dtype.kind == "U" and array.size else np.zeros(1)
    if codes.max(initial=0) > sys.maxunicode:
        raise ValueError("its text holds numbers that are no characters")
    return array


def read_npy(path: Path) -> np.ndarray:
    """Return the array of an NPY file; raises `OSError`, `ValueError` or `EOFError` if it is damaged."""
    with path.open("rb") as file:
        _check_header(file, path.name, path.stat().st_size)
        file.seek(0)
        array: np.ndarray = np.load(file, allow_pickle=False)
        return array


def _check_header(file: IO[bytes], name: str, size: int) -> None:
    """Raise `ValueError` unless an array of `size` bytes, header included, is as long as its header says."""
    version = np.lib.format.read_magic(file)
    if version not in HEADERS:
        raise ValueError(f"'{name}' has version {version} of the format; only numbers and strings can be read")
    shape, _, dtype = HEADERS[version](file)
    check_size(name, shape, dtype, file.tell(), size)


def check_size(name: str, shape: tuple[Any, ...], dtype: np.dtype, start: int, size: int) -> None:
    """Raise `ValueError` unless an array without objects fills the bytes from `start` to `size` exactly."""
    if dtype.hasobject or dtype.names is not None or dtype.kind not in "biufUS":
        raise ValueError(f"'{name}' holds {dtype}; only numbers and strings can be read")
    if any(length < 0 for length in shape) or max(shape, default=0) > size:
        raise ValueError(f"'{name}' has shape {shape}, but {size:,} bytes")
    needed = math.prod(int(length) for length in shape) * dtype.itemsize
    if start + needed != size:
        raise ValueError(f"'{name}' has {size - start:,} bytes, its shape {shape} of {dtype} needs {needed:,}")
