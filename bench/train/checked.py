"""What samplers and losses return is checked where it enters the training: at every update, and once on a trial."""

import copy
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from bench.errors import PluginError
from bench.optimize.losses import Loss
from bench.sample.paths import Paths
from bench.slot import Slot
from bench.spaces import Space
from bench.types import Genes

if TYPE_CHECKING:
    from bench.train.training import Training


def named(kind: str, slot: Slot, method: str) -> str:
    """Return what an error calls a slot: its kind and name, and the file and line of the method that is to blame."""
    function = inspect.unwrap(getattr(type(slot), method))
    try:
        place = f"{inspect.getsourcefile(function)}:{inspect.getsourcelines(function)[1]}"
    except (OSError, TypeError):
        place = "no file"
    return f"{kind} '{slot.slot_name()}' ({place})"


def checked_paths(drawn: Any, paths: Paths, space: Space) -> Genes:
    """Return the architectures of an update as int8 [path, decision]; raises `PluginError` if they are none."""
    count, wanted = paths.per_update(space), f"{paths.per_update(space)} paths of {space.decisions} decisions"
    if not isinstance(drawn, np.ndarray) or drawn.ndim != 2 or drawn.dtype.kind not in "iu":
        got = f"{drawn.dtype} of shape {drawn.shape}" if isinstance(drawn, np.ndarray) else type(drawn).__name__
        raise _wrong(paths, f"returned {got}; expected whole numbers [path, decision], {wanted}")
    if drawn.shape != (count, space.decisions):
        raise _wrong(paths, f"returned shape {drawn.shape}; expected {(count, space.decisions)}, {wanted}")
    for decision, allowed in enumerate(space.allowed):
        outside = ~np.isin(drawn[:, decision], allowed)
        if outside.any():
            gene = drawn[outside, decision][0]
            raise _wrong(
                paths,
                f"drew choice {gene} at decision {decision} of space '{space.slot_name()}'; allowed there: "
                + ", ".join(map(str, allowed)),
            )
    genes = drawn.astype(np.int8, copy=False)
    inside = space.contains(genes)
    if not inside.all():
        arch = genes[~inside][0].tolist()
        raise _wrong(paths, f"drew {arch}, which is no valid architecture of space '{space.slot_name()}'")
    return genes


def _wrong(paths: Paths, what: str) -> PluginError:
    own = "draw" if type(paths).updates is Paths.updates else "updates"
    return PluginError(f"{named('paths', paths, own)} {what}")


def checked_losses(losses: Any, count: int, loss: Loss) -> list[Tensor]:
    """Return the losses of a batch's sub-networks; raises `PluginError` unless each is a scalar."""
    own = "__call__" if type(loss).of_batch is Loss.of_batch else "of_batch"
    if not isinstance(losses, list) or len(losses) != count:
        got = f"{len(losses)} losses" if isinstance(losses, list) else type(losses).__name__
        raise PluginError(f"{named('loss', loss, own)} returned {got}; expected a list of {count}, one per path")
    for value in losses:
        if not isinstance(value, Tensor) or value.dim() != 0 or not value.is_floating_point():
            got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
            raise PluginError(f"{named('loss', loss, own)} returned {got}; expected a scalar, the mean over the batch")
    return losses


def try_first_update(training: "Training") -> None:
    """Make the first update on a copy of the training, so that a plug-in's mistake is found before anything is trained.

    Raises `PluginError` where a loss is not finite; the training itself stays as it is.
    """
    shared = {id(images): images for images in (training.images, training.held_out)}
    trial = copy.deepcopy(training, shared)
    trial.supernet.train()
    losses = trial.make_update(*next(trial.updates_of_epoch()))
    if not bool(losses.isfinite().all()):
        raise PluginError(
            f"{named('loss', training.recipe.loss, '__call__')} returned {losses.tolist()} in the first update; "
            "expected finite numbers"
        )
