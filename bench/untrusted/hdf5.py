"""HDF5 files: only plain arrays of numbers that lie in the file itself are read, and only if they are small enough."""

import mmap
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.untrusted.limits import most_bytes

if TYPE_CHECKING:
    import h5py

DEFLATE, SHUFFLE, FLETCHER = 1, 2, 3
"""Numbers of the filters that may be applied to a chunk; deflate at most once."""

MOST_TEXTS = 4_096
"""Maximum number of texts in one attribute."""
HEAP = b"GCOL\x01"
"""Signature and version of a collection of texts."""
HEAD, LEAST_HEAP = 16, 4096
"""Bytes of the header of a collection and of each object in it, and of the smallest collection."""


@contextmanager
def open_hdf5(path: Path) -> Iterator["h5py.File"]:
    """Yield an HDF5 file opened for reading; raises `ValueError` if its texts would be read for ever.

    HDF5 steps through a collection of texts by the sizes that stand in it, and does not end at a step of no bytes.
    """
    import h5py

    if path.exists() and not (path.is_file() or path.is_dir()):
        raise ValueError("it is a device or a pipe")
    with h5py.File(path, "r") as file:
        lengths = file.id.get_create_plist().get_sizes()
        if lengths != (8, 8):
            raise ValueError(f"it has addresses and lengths of {lengths[0]} and {lengths[1]} bytes, expected 8")
        _check_heaps(path)
        yield file


def _check_heaps(path: Path) -> None:
    """Raise `ValueError` if a collection of texts holds an object that ends before it begins, or after the others."""
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.find(HEAP)
        while start >= 0:
            size = int.from_bytes(content[start + 8 : start + HEAD], "little")
            end = start + size
            place = start + HEAD if LEAST_HEAP <= size <= len(content) - start else end  # HDF5 refuses other sizes
            while place + HEAD <= end:
                used = content[place : place + 2] != bytes(2)
                length = int.from_bytes(content[place + 8 : place + HEAD], "little")
                step = HEAD + -(-length // 8) * 8 if used else length
                if not 0 < step <= end - place:
                    raise ValueError(f"byte {place:,} begins a text of {length:,} bytes")
                place += step
            start = content.find(HEAP, start + 1)


def read_array(group: "h5py.Group", name: str, kinds: str = "iuf") -> np.ndarray:
    """Return a dataset of numbers of some NumPy `kinds`; reads nothing of another file.

    Raises `KeyError` if there is none, and `ValueError` for a link to elsewhere, an array that is not in the file, has
    another type, other filters than gzip and shuffle, or is larger than the file may expand to.
    """
    dataset = plain_dataset(group, name)
    if dataset.dtype.kind not in kinds or dataset.dtype.names is not None or dataset.shape is None:
        raise ValueError(f"'{name}' holds {dataset.dtype}, expected numbers")
    limit = most_bytes(os.path.getsize(group.file.filename))
    if dataset.nbytes > limit or max(dataset.shape, default=0) > limit:
        raise ValueError(f"'{name}' has shape {dataset.shape} of {dataset.dtype}, more than {limit:,} bytes")
    _check_chunks(dataset, name)
    array: np.ndarray = dataset[...]
    return array


def plain_dataset(group: "h5py.Group", name: str) -> "h5py.Dataset":
    """Return the dataset `name` that lies in this file; raises as `read_array` does."""
    import h5py

    parts = name.split("/")
    for depth in range(1, len(parts) + 1):
        link = group.get("/".join(parts[:depth]), getlink=True)
        if link is None:
            raise KeyError(f"no '{name}'")
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"'{name}' is a link to elsewhere")
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"'{name}' is not an array")
    if dataset.is_virtual or dataset.external:
        raise ValueError(f"'{name}' lies in another file")
    return dataset


def _check_chunks(dataset: "h5py.Dataset", name: str) -> None:
    """Raise `ValueError` if a chunk has a foreign filter, or expands to more than its size."""
    if dataset.chunks is None:
        return
    settings = dataset.id.get_create_plist()
    filters = [settings.get_filter(number)[0] for number in range(settings.get_nfilters())]
    if not set(filters) <= {DEFLATE, SHUFFLE, FLETCHER} or filters.count(DEFLATE) > 1:
        raise ValueError(f"'{name}' has the filters {filters}; allowed: gzip and shuffle")
    size = int(np.prod([int(length) for length in dataset.chunks], dtype=object)) * dataset.dtype.itemsize
    if size > most_bytes(os.path.getsize(dataset.file.filename)):
        raise ValueError(f"'{name}' has chunks of {size:,} bytes")
    for number in range(dataset.id.get_num_chunks() if DEFLATE in filters else 0):
        _, packed = dataset.id.read_direct_chunk(dataset.id.get_chunk_info(number).chunk_offset)
        if len(zlib.decompressobj().decompress(packed, size + 5)) > size + 4:  # a checksum may follow
            raise ValueError(f"'{name}' has a chunk that expands to more than {size:,} bytes")


def read_text(group: "h5py.Group", name: str) -> str:
    """Return a text attribute; raises `KeyError` if there is none, `ValueError` if it is not text."""
    return _text(name, _attribute(group, name, ()))


def read_texts(group: "h5py.Group", name: str) -> list[str]:
    """Return an attribute that is a list of texts; raises as `read_text` does."""
    found = _attribute(group, name, (MOST_TEXTS,))
    return [_text(name, value) for value in found.tolist()]


def _text(name: str, found: object) -> str:
    if isinstance(found, bytes):
        return found.decode()
    if not isinstance(found, str):
        raise ValueError(f"attribute '{name}' is {type(found).__name__}, not text")
    found.encode()  # raises for bytes that are not UTF-8, which h5py keeps as surrogates
    return found


def read_count(group: "h5py.Group", name: str) -> int:
    """Return an attribute that is a whole number; raises `KeyError` if there is none, `ValueError` if it is not."""
    found = _attribute(group, name, ())
    if not isinstance(found, int | np.integer) or isinstance(found, bool):
        raise ValueError(f"attribute '{name}' is {type(found).__name__}, not a whole number")
    return int(found)


def _attribute(group: "h5py.Group", name: str, most: tuple[int, ...]) -> Any:
    """Return an attribute, of at most so many entries along each axis; raises `KeyError` and `ValueError`."""
    import h5py

    if name not in group.attrs:
        raise KeyError(f"no attribute '{name}'")
    attribute = group.attrs.get_id(name)
    shape, kind = attribute.shape, attribute.get_type()
    if not isinstance(kind, h5py.h5t.TypeStringID | h5py.h5t.TypeIntegerID):  # HDF5 crashes on a list that is damaged
        raise ValueError(f"attribute '{name}' is {type(kind).__name__}, neither text nor a whole number")
    if shape is None or len(shape) != len(most) or any(size > limit for size, limit in zip(shape, most, strict=True)):
        raise ValueError(f"attribute '{name}' has shape {shape}")
    return group.attrs[name]
