"""Wrong values inside a file that is otherwise whole: pickles, checkpoints, JSON, NPZ and HDF5.

Damaged bytes are mostly refused where a file is taken apart; these reach what is done with its values.
"""

import bz2
import copy
import gzip
import io
import json
import pickle
import random
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import h5py
import numpy as np
import torch

PLAIN: Sequence[object] = (
    *(None, True, -1, 0, 2**70, -(2**63), 10**400, 1.5, 777.5, 1e308, float("nan"), float("inf")),
    *("", "x", "x" * 100_000, "../..", "cifar10/..", "\n\x1b[31m", "777", "\ud800", [], {}, [[1]], {"a": 1}),
)
"""Values that JSON can hold, as other formats can."""
OTHERS: Sequence[object] = (
    *(10**5000, b"\xff", (), ("cifar10", "777"), ("cifar10",), ("cifar10", 777, 1), ("cifar10", None), ("a b", 777)),
    *((777, "cifar10"), {1: 2}, {None: {}}, np.float64("nan"), np.float64(1e300), np.dtype("f8"), np.zeros((0, 3))),
    *(np.array([1.5]), np.array(["x"]), torch.tensor(float("nan")), torch.zeros(0), torch.zeros(2, 3), torch.ones(1)),
)
ARRAYS: Sequence[np.ndarray] = (
    *(np.array(value) for value in (0, -1, 2**62, 1.5, float("nan"), 1e300, True, "x", b"\xff", 1j)),
    *(np.zeros((0,)), np.zeros((0, 3)), np.zeros((2, 3, 4), np.int8), np.full(3, 2**63 - 1), np.full((3, 1), np.nan)),
    *(np.array(["x", "y" * 1000, ""]), np.array([b"x", b"\xff"]), np.full((3, 6), 127, np.int8), np.arange(10**5)),
)
"""What stands in for an array of an NPZ or HDF5 file; HDF5 refuses texts of NumPy, which then change nothing."""
TORCH_OLD = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How PyTorch's older files begin."""

Place = tuple[tuple[str, Any], ...]
"""Steps into a nested value: ("value", key or position), or ("key", key) for a key itself."""


def revalued(content: bytes, rng: random.Random) -> bytes | None:
    """Return the file with up to three values replaced or left out; None where its format is none of these."""
    if content.startswith(b"BZh"):
        inside = revalued(bz2.decompress(content), rng)
        return None if inside is None else bz2.compress(inside, 1)
    if content.startswith(b"\x1f\x8b"):
        inside = revalued(gzip.decompress(content), rng)
        return None if inside is None else gzip.compress(inside, 1)
    if content.startswith(b"\x89HDF"):
        return _hdf5(content, rng)
    if content.startswith(b"PK"):
        return _zipped(content, rng)
    if content.startswith(TORCH_OLD):
        return _torch(content, rng, zipped=False)
    if content.startswith(b"\x80"):
        return pickle.dumps(changed(pickle.loads(content), rng, (*PLAIN, *OTHERS)), protocol=4)
    if content.lstrip()[:1] in (b"{", b"["):
        return _json(content, rng)
    return None


def changed(value: Any, rng: random.Random, others: Sequence[object]) -> Any:
    """Return a copy of a nested value in which one to three parts or keys are left out or are one of `others`."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        place = rng.choice(list(places(value)))
        value = _with(value, place, None if place and rng.random() < 0.2 else [rng.choice(others)])
    return value


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Yield where every part and every key of a nested value stands."""
    yield before
    if isinstance(value, dict):
        for key, part in value.items():
            yield (*before, ("key", key))
            yield from places(part, (*before, ("value", key)))
    elif isinstance(value, list | tuple):
        for position, part in enumerate(value):
            yield from places(part, (*before, ("value", position)))


def _with(value: Any, place: Place, new: list[Any] | None) -> Any:
    """Return a copy with the part at a place replaced by the one of `new`, or left out for None."""
    if not place:
        return value if new is None else new[0]
    (kind, key), *rest = place
    parts = list(value) if isinstance(value, tuple) else copy.copy(value)
    if kind == "value" and (rest or new is not None):
        parts[key] = _with(parts[key], tuple(rest), new)
    else:
        part = parts.pop(key)
        if new is not None:
            parts[new[0] if new[0].__hash__ else "x"] = part
    return tuple(parts) if isinstance(value, tuple) else parts


def _json(content: bytes, rng: random.Random) -> bytes | None:
    try:
        value = json.loads(content)
    except ValueError:  # lines of JSON: one of them
        lines = content.splitlines()
        chosen = rng.randrange(len(lines))
        lines[chosen] = json.dumps(changed(json.loads(lines[chosen]), rng, PLAIN), skipkeys=True).encode()
        return b"\n".join(lines) + b"\n"
    return json.dumps(changed(value, rng, PLAIN), skipkeys=True).encode()


def _zipped(content: bytes, rng: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        arrays = all(name.endswith(".npy") for name in archive.namelist())
    if not arrays:
        return _torch(content, rng, zipped=True)
    with np.load(io.BytesIO(content)) as found:
        values: dict[str, Any] = dict(found)
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(sorted(values))
        if rng.random() < 0.2 and len(values) > 1:
            del values[name]
        else:
            values[name] = rng.choice((*ARRAYS, np.array([None, "x"], dtype=object)))
    written = io.BytesIO()
    np.savez_compressed(written, **values)
    return written.getvalue()


def _torch(content: bytes, rng: random.Random, zipped: bool) -> bytes:
    value = torch.load(io.BytesIO(content), weights_only=False)
    written = io.BytesIO()
    torch.save(changed(value, rng, (*PLAIN, *OTHERS)), written, _use_new_zipfile_serialization=zipped)
    return written.getvalue()


def _hdf5(content: bytes, rng: random.Random) -> bytes:
    written = io.BytesIO(content)
    with h5py.File(written, "r+") as file:
        found: list[tuple[Any, str]] = []  # an owner (a group, or attributes) and a name
        for group in (file, *(part for part in _parts(file) if isinstance(part, h5py.Group))):
            found += [(group, name) for name in group]
        found += [(part.attrs, name) for part in (file, *_parts(file)) for name in part.attrs]
        owner, name = rng.choice(found)
        new = rng.choice((*ARRAYS, *(value for value in PLAIN if isinstance(value, str | float | int))))
        del owner[name]
        if rng.random() < 0.8:
            try:
                owner[name] = new
            except (TypeError, ValueError, OverflowError, OSError):
                owner[name] = 1
    return written.getvalue()


def _parts(file: h5py.File) -> list[Any]:
    found: list[Any] = []
    file.visititems(lambda _, part: found.append(part))
    return found
