"""Space + construct slots -> a supernet: a module whose forward takes images and one architecture."""

import importlib
import importlib.util
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from bench.errors import RecipeError
from bench.rng import torch_seed
from bench.spaces import SPACES, Space
from bench.supernets.net import Net
from bench.supernets.norms import Norm
from bench.supernets.ops import Ops
from bench.supernets.sharing import Sharing

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet


def build_supernet(
    space: Space,
    net: Net,
    norm: Norm,
    ops: Ops | None = None,
    sharing: Sharing | None = None,
    *,
    channels: int,
    classes: int,
    resolution: int,
    seed: int,
) -> "Supernet":
    """Return a freshly initialized supernet on the CPU; equal arguments give equal weights.

    The class is `Supernet` in the module of bench/supernets that has the space's name; a space from a
    plug-in brings its own as a method `supernet(net, norm, ops, sharing, channels, classes, resolution)`.
    Raises `RecipeError` for a space without a supernet and for settings that the space does not know.
    """
    import torch

    ops, sharing = ops or Ops(), sharing or Sharing()
    settings = {"channels": channels, "classes": classes, "resolution": resolution}
    build = _builder(space)

    def built() -> "Supernet":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(torch_seed(seed, "weights"))
            return build(net, norm, ops, sharing, **settings)

    if sharing.split is None:
        return built()
    if sharing.split >= space.decisions:
        raise RecipeError(f"sharing.split is {sharing.split}; allowed: 0 to {space.decisions - 1}, the decisions")
    from bench.supernets.layers import few_shot

    copies = {choice: built() for choice in space.allowed[sharing.split]}
    return few_shot.Supernet(space, copies, decision=sharing.split, after=sharing.split_after)


def _builder(space: Space) -> Callable[..., "Supernet"]:
    if hasattr(space, "supernet"):
        return space.supernet
    name = space.slot_name()
    known = spaces_with_supernet()
    if name not in known:
        raise RecipeError(f"space '{name}' has no supernet yet; spaces with one: {', '.join(known)}")
    return partial(importlib.import_module(f"bench.supernets.{name.replace('-', '_')}.network").Supernet, space)


def spaces_with_supernet() -> list[str]:
    """Return the names of the spaces that can be trained, without importing torch."""
    found = [name for name in SPACES.names() if hasattr(SPACES.get(name), "supernet")]
    return found + [
        name
        for name in SPACES.names()
        if importlib.util.find_spec(f"bench.supernets.{name.replace('-', '_')}") is not None
    ]
