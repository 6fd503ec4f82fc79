"""Checks of plug-ins' return values: at every update, and in a trial update before training."""

import copy
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from bench.errors import PluginError, place_of
from bench.optimize.losses import Loss
from bench.optimize.schedules import Schedule
from bench.optimize.updates import Update
from bench.sample.paths import Paths
from bench.slot import Slot, State
from bench.spaces import Space
from bench.types import Genes

if TYPE_CHECKING:
    from bench.train.training import Training


def named(kind: str, slot: Slot, method: str) -> str:
    """Return how an error names a slot: its kind and name, and the file and line of the faulty method."""
    return f"{kind} '{slot.slot_name()}' ({place_of(getattr(type(slot), method))})"


def paths_per_update(paths: Paths, space: Space) -> int:
    """Return the number of architectures per update; raises `PluginError` unless it is an integer, 1 or more."""
    count: Any = paths.per_update(space)
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise PluginError(
            f"{named('paths', paths, 'per_update')} returned {count!r}; expected a whole number, 1 or more"
        )
    return int(count)


def started_paths(paths: Paths, space: Space, rng: np.random.Generator, state: State) -> Iterator[Any]:
    """Return the iterator over an epoch's updates; raises `PluginError` if `updates` does not return an iterator."""
    found: Any = paths.updates(space, rng, state)
    if not isinstance(found, Iterator):
        raise _wrong(paths, f"returned {type(found).__name__}; expected an endless iterator over updates")
    return found


def next_paths(updates: Iterator[Any], paths: Paths, space: Space, count: int) -> Genes:
    """Return the checked architectures of the next update; raises `PluginError` if the iterator has ended."""
    try:
        drawn = next(updates)
    except StopIteration:
        raise _wrong(paths, "ended within an epoch; expected an endless iterator over updates") from None
    except RuntimeError as error:
        if isinstance(error.__cause__, StopIteration):  # a generator turns it into a RuntimeError
            raise _wrong(paths, "raised StopIteration; expected architectures") from error
        raise
    return checked_paths(drawn, paths, space, count)


def checked_paths(drawn: Any, paths: Paths, space: Space, count: int) -> Genes:
    """Return the `count` architectures of an update as int8 [path, decision]; raises `PluginError` if invalid."""
    if not isinstance(drawn, np.ndarray) or drawn.ndim != 2 or drawn.dtype.kind not in "iu":
        got = f"{drawn.dtype} of shape {drawn.shape}" if isinstance(drawn, np.ndarray) else type(drawn).__name__
        raise _wrong(paths, f"returned {got}; expected whole numbers {_wanted(count, space)}")
    permitted, decision = _permitted(space)
    if drawn.shape != (count, len(decision)):
        raise _wrong(paths, f"returned shape {drawn.shape}; expected {_wanted(count, space)}")
    highest = permitted.shape[1] - 1
    if drawn.min() < 0 or drawn.max() > highest or not permitted[decision, drawn].all():
        outside = (drawn < 0) | (drawn > highest) | ~permitted[decision, np.clip(drawn, 0, highest)]
        path, place = np.argwhere(outside)[0]
        choices = ", ".join(map(str, space.allowed[place]))
        raise _wrong(
            paths,
            f"drew choice {drawn[path, place]} at decision {place} of space '{space.slot_name()}'; "
            f"allowed there: {choices}",
        )
    genes = drawn.astype(np.int8, copy=False)
    if type(space).valid is not Space.valid:
        inside = space.valid(genes)
        if not inside.all():
            arch = genes[~inside][0].tolist()
            raise _wrong(paths, f"drew {arch}, which is not a valid architecture of space '{space.slot_name()}'")
    return genes


@lru_cache(maxsize=8)
def _permitted(space: Space) -> tuple[Bool[np.ndarray, "decision choice"], np.ndarray]:
    """Return which choices each decision allows, and the indices of the decisions."""
    allowed = space.allowed
    permitted = np.zeros((len(allowed), max(max(choices) for choices in allowed) + 1), dtype=bool)
    for decision, choices in enumerate(allowed):
        permitted[decision, list(choices)] = True
    return permitted, np.arange(len(allowed))


def _wanted(count: int, space: Space) -> str:
    return f"[path, decision] of shape {(count, space.decisions)}: per_update returned {count}"


def _wrong(paths: Paths, what: str) -> PluginError:
    own = "draw" if type(paths).updates is Paths.updates else "updates"
    return PluginError(f"{named('paths', paths, own)} {what}")


def checked_losses(losses: Any, count: int, loss: Loss) -> list[Tensor]:
    """Return the losses of a batch's sub-networks; raises `PluginError` unless each is a scalar with a gradient."""
    if not isinstance(losses, list) or len(losses) != count:
        got = f"{len(losses)} losses" if isinstance(losses, list) else type(losses).__name__
        raise _wrong_loss(loss, f"returned {got}; expected a list of {count}, one per path")
    for value in losses:
        if not isinstance(value, Tensor) or value.dim() != 0 or not value.is_floating_point():
            got = f"shape {tuple(value.shape)} of {value.dtype}" if isinstance(value, Tensor) else type(value).__name__
            raise _wrong_loss(loss, f"returned {got}; expected a scalar tensor, the mean over the batch")
        if not value.requires_grad and torch.is_grad_enabled():
            raise _wrong_loss(loss, "returned a tensor that needs no gradient; expected one computed from the logits")
    return losses


def _wrong_loss(loss: Loss, what: str) -> PluginError:
    own = "__call__" if type(loss).of_batch is Loss.of_batch else "of_batch"
    return PluginError(f"{named('loss', loss, own)} {what}")


def checked_factor(factor: Any, schedule: Schedule, method: str) -> float:
    """Return what a method of a schedule returned; raises `PluginError` unless it is a finite number, 0 or more."""
    number = isinstance(factor, int | float | np.integer | np.floating) and not isinstance(factor, bool)
    if not number or not 0 <= factor < float("inf"):
        raise PluginError(
            f"{named('schedule', schedule, method)} returned {factor!r}; expected a finite number, 0 or more"
        )
    return float(factor)


def checked_step(losses: Any, count: int, update: Update) -> Tensor:
    """Return the losses [path] that an update returned; raises `PluginError` unless there is one per sub-network."""
    if not isinstance(losses, Tensor) or tuple(losses.shape) != (count,) or losses.requires_grad:
        got = type(losses).__name__
        if isinstance(losses, Tensor):
            got = f"shape {tuple(losses.shape)}" + (" with gradients" if losses.requires_grad else "")
        raise PluginError(
            f"{named('update', update, 'step')} returned {got}; expected the losses [path] of {count} sub-networks, "
            "without gradients"
        )
    return losses


def try_first_update(training: "Training") -> None:
    """Make the first update on a copy of the training, to find a plug-in's mistake before anything is trained.

    Raises `PluginError` if a loss is not finite; the training itself is not changed.
    """
    shared = {id(images): images for images in (training.images, training.held_out)}
    trial = copy.deepcopy(training, shared)
    trial.supernet.train()
    losses = trial.make_update(*next(trial.updates_of_epoch()))
    if not bool(losses.isfinite().all()):
        raise _wrong_loss(
            training.recipe.loss, f"returned {losses.tolist()} in the first update; expected finite numbers"
        )
