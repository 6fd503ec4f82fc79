"""A training state on disk; written atomically, read without running code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.errors import StoreError
from bench.files import remedy_of_reading, write_whole
from bench.untrusted.torch_file import load, reason

PARTS: dict[str, tuple[type, ...]] = dict(str=(str,), int=(int,), float=(float, int), dict=(dict,), list=(list,))
NOTHING = object()
REMEDY = "free some space and run again: it continues from the last checkpoint"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """State after an epoch: weights, the state of every slot, every random stream (JSON), the log so far.

    The training is identified by `recipe`, the hash of the filled recipe, and the run's `seed`. `kernels` names the
    CPU's vector instructions or the GPU that computed it. `slots` maps the name of each slot to its state. `software`
    lists the versions that computed it, in their order; it is empty in older checkpoints.
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
    software: list[dict[str, str]] = field(default_factory=list)

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
        content = load(path, device)
        _check_types(content)
        return Checkpoint(**content)
    except Exception as error:  # a damaged file raises a dozen types: BadZipFile, UnpicklingError, KeyError, ...
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> StoreError:
    """Return the error for a checkpoint that cannot be read, or whose content does not fit its training."""
    remedy = remedy_of_reading(path, error, "delete it to train this run again")
    return StoreError(f"{path} is not a readable checkpoint ({reason(error)}); {remedy}")


def _check_types(content: dict[str, Any]) -> None:
    """Raise `TypeError` unless every part of a checkpoint is of its type; a missing part is left to `Checkpoint`."""
    for part in fields(Checkpoint):
        found = content.get(part.name, NOTHING)
        kind = PARTS[str(getattr(part.type, "__name__", part.type)).partition("[")[0]]
        if found is not NOTHING and (not isinstance(found, kind) or isinstance(found, bool)):
            raise TypeError(f"its {part.name} is {type(found).__name__}, not {kind[0].__name__}")
    if not all(isinstance(value, Tensor) for value in content.get("supernet", {}).values()):
        raise TypeError("its supernet holds other values than tensors")
    if not all(isinstance(line, str) for line in content.get("log", [])):
        raise TypeError("its log holds other values than text")
    for versions in content.get("software", []):
        if not isinstance(versions, dict) or not all(isinstance(text, str) for text in versions.values()):
            raise TypeError("its software holds other values than versions by name")


def stream_states(streams: Mapping[str, np.random.Generator]) -> str:
    """Return the states of all streams as JSON."""
    return json.dumps({name: generator.bit_generator.state for name, generator in streams.items()})


def restore_streams(streams: Mapping[str, np.random.Generator], states: str) -> None:
    """Set every stream to its stored state."""
    for name, state in json.loads(states).items():
        streams[name].bit_generator.state = state
