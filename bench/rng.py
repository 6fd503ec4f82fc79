"""Named random streams: a new draw in one place changes no draw elsewhere."""

import hashlib

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of `purpose` in the run `seed`; equal arguments give equal draws in any process.

    >>> bool(stream(0, "paths").random() == stream(0, "paths").random())
    True
    >>> bool(stream(0, "paths").random() == stream(0, "images").random())
    False
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))


def torch_seed(seed: int, purpose: str) -> int:
    """Return a seed for a `torch.Generator` of the same named stream."""
    return int(stream(seed, purpose).integers(2**62))
