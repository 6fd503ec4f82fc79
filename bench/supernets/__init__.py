"""Space + construct slots -> a supernet: a module whose forward takes images and one architecture."""

import importlib
import importlib.util
from typing import TYPE_CHECKING

from bench.errors import RecipeError
from bench.rng import torch_seed
from bench.spaces import SPACES, Space
from bench.supernets.net import Net
from bench.supernets.norms import Norm

if TYPE_CHECKING:
    from bench.supernets.supernet import Supernet


def build_supernet(
    space: Space, net: Net, norm: Norm, *, channels: int, classes: int, resolution: int, seed: int
) -> "Supernet":
    """Return a freshly initialized supernet on the CPU; equal arguments give equal weights.

    The class is `Supernet` in the module of bench/supernets that has the space's name; a space from a
    plug-in brings its own as a method `supernet(net, norm, channels, classes, resolution)`.
    """
    import torch

    settings = {"channels": channels, "classes": classes, "resolution": resolution}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, "weights"))
        if hasattr(space, "supernet"):
            return space.supernet(net, norm, **settings)
        name = space.slot_name()
        known = spaces_with_supernet()
        if name not in known:
            raise RecipeError(f"space '{name}' has no supernet yet; spaces with one: {', '.join(known)}")
        module = importlib.import_module(f"bench.supernets.{name.replace('-', '_')}")
        return module.Supernet(space, net, norm, **settings)


def spaces_with_supernet() -> list[str]:
    """Return the names of the spaces that can be trained, without importing torch."""
    found = [name for name in SPACES.names() if hasattr(SPACES.get(name), "supernet")]
    return found + [
        name
        for name in SPACES.names()
        if importlib.util.find_spec(f"bench.supernets.{name.replace('-', '_')}") is not None
    ]
