"""A training state on disk; written whole or not at all, read back without running code."""

import json
import os
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.errors import StoreError


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """State after an epoch: weights, optimizer, averaged weights, every random stream (JSON), the log so far."""

    images_sha256: str
    epoch: int
    updates: int
    forward_passes: int
    seconds: float
    supernet: dict[str, Tensor]
    optimizer: dict[str, Any]
    averaged: dict[str, Tensor]
    streams: str
    log: list[str]


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write by temporary name and one rename; raises `StoreError` and keeps the last good one if that fails."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        torch.save({field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}, temporary)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
        temporary.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {path} ({error}); free some space and run again: it continues from the last checkpoint"
        ) from error


def read_checkpoint(path: Path, device: str) -> Checkpoint:
    """Return the checkpoint; raises `StoreError` if the file is damaged or not ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():  # torch.load compares no checksums
                raise ValueError(f"the checksum of {damaged} is wrong")
        return Checkpoint(**torch.load(path, map_location=device, weights_only=True))
    except Exception as error:  # a damaged file raises a dozen types: BadZipFile, UnpicklingError, KeyError, ...
        raise StoreError(f"{path} is not a readable checkpoint ({error}); delete it to train this run anew") from error


def stream_states(streams: dict[str, np.random.Generator]) -> str:
    """Return the states of all streams as JSON."""
    return json.dumps({name: generator.bit_generator.state for name, generator in streams.items()})


def restore_streams(streams: dict[str, np.random.Generator], states: str) -> None:
    """Set every stream to its stored state."""
    for name, state in json.loads(states).items():
        streams[name].bit_generator.state = state
