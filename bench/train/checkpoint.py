"""A training state on disk; written atomically, read without running code."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.errors import StoreError
from bench.files import remedy_of_reading, write_whole

REMEDY = "free some space and run again: it continues from the last checkpoint"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """State after an epoch: weights, the state of every slot, every random stream (JSON), the log so far.

    The training is identified by `recipe`, the hash of the filled recipe, and the run's `seed`. `kernels` names the
    CPU's vector instructions or the GPU that computed it. `slots` maps the name of each slot to its state.
    """

    recipe: str
    seed: int
    images_sha256: str
    kernels: str
    epoch: int
    updates: int
    forward_passes: int
    seconds: float
    supernet: dict[str, Tensor]
    slots: dict[str, dict[str, Any]]
    streams: str
    log: list[str]

    def check(self, path: Path, *, recipe: str, seed: int, images_sha256: str) -> None:
        """Raise `StoreError` if the checkpoint belongs to another training."""
        for what, found, wanted in (
            ("recipe", self.recipe, recipe),
            ("seed", self.seed, seed),
            ("images", self.images_sha256[:12], images_sha256[:12]),
        ):
            if found != wanted:
                raise StoreError(
                    f"{path} was trained with {what} {found}, this run has {what} {wanted}; restore this run's own "
                    "checkpoint, or delete this one to train again"
                )


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write the checkpoint; raises `StoreError` and keeps the previous one if that fails."""
    content = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    write_whole(path, lambda file: torch.save(content, file), remedy=REMEDY)


def read_checkpoint(path: Path, device: str) -> Checkpoint:
    """Return the checkpoint; raises `StoreError` if the file is damaged or is not a checkpoint."""
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():  # torch.load compares no checksums
                raise ValueError(f"the checksum of {damaged} is wrong")
        return Checkpoint(**torch.load(path, map_location=device, weights_only=True))
    except Exception as error:  # a damaged file raises a dozen types: BadZipFile, UnpicklingError, KeyError, ...
        remedy = remedy_of_reading(path, error, "delete it to train this run again")
        raise StoreError(f"{path} is not a readable checkpoint ({error}); {remedy}") from error


def stream_states(streams: Mapping[str, np.random.Generator]) -> str:
    """Return the states of all streams as JSON."""
    return json.dumps({name: generator.bit_generator.state for name, generator in streams.items()})


def restore_streams(streams: Mapping[str, np.random.Generator], states: str) -> None:
    """Set every stream to its stored state."""
    for name, state in json.loads(states).items():
        streams[name].bit_generator.state = state
