"""What enters the layers of many sub-networks of a supernet with copies, one after the other."""

import copy
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from bench.supernets.layers.norm_layer import NormLayer
from bench.types import Copied

if TYPE_CHECKING:
    from bench.supernets.layers.local import Entering, Layer, LocalSupernet


def positive_means(values: Tensor) -> Tensor:
    """Return the mean over images and positions of the positive part of values, [channel].

    The mean of all of it is 0 in every architecture where a norm by batch statistics precedes.
    """
    return values.detach().float().relu().mean(dim=(0, 2, 3))


class Place(nn.Module):
    """One of several copies of a module, chosen by `number`; `noted` is what entered it, if that is `wanted`."""

    def __init__(self, copies: list[nn.Module]) -> None:
        super().__init__()
        self.copies = nn.ModuleList(copies)
        self.number, self.wanted = 0, False
        self.noted: Tensor | None = None

    def forward(self, values: Tensor, *others: Any) -> Tensor:
        """Return what the chosen copy returns."""
        if self.wanted:
            self.noted = positive_means(values)
        return cast(Tensor, self.copies[self.number](values, *others))


class Observer:
    """Looks at sub-networks without disturbing their supernet: no dropout, and norms use their batch's statistics.

    It has modules of its own, whose parameters are the supernet's: it stays valid when they change.
    """

    def __init__(self, supernet: "LocalSupernet") -> None:
        known: dict[int, nn.Module] = {}
        whole = cast("LocalSupernet", looking(supernet, known))
        self._base = whole.base
        self._places: dict[Layer, list[Place]] = {}
        for layer, names in supernet.layers.items():
            self._places[layer] = []
            for name in names:
                place = Place([whole.module_of(name, number) for number in range(supernet.count)])
                parent, _, last = name.rpartition(".")
                self._base.get_submodule(parent)._modules[last] = place
                self._places[layer].append(place)

    def entering(self, images: Tensor, named: Copied, wanted: "Collection[Layer]") -> "Entering":
        """Return what enters the wanted layers in a sub-network; those that it does not run are left out."""
        own = [(layer, self._places[layer]) for layer in enumerate(named.arch) if layer in self._places]
        for layer, places in own:
            for place in places:
                place.number, place.wanted, place.noted = named.copies[layer[0]], layer in wanted, None
        with torch.no_grad():
            self._base(images, named.arch)
        noted = {layer: [place.noted for place in places if place.noted is not None] for layer, places in own}
        return {layer: torch.cat(values) for layer, values in noted.items() if values}


def looking(module: nn.Module, known: dict[int, nn.Module]) -> nn.Module:
    """Return a module in evaluation mode with the same parameters, whose norms use their batch's statistics.

    `known` holds what was returned for a module, by its id.
    """
    if id(module) not in known:
        found = known[id(module)] = copy.copy(module)
        own: dict[str, Any] = {"_parameters": dict(module._parameters), "_buffers": dict(module._buffers)}
        own["_modules"] = {
            name: None if child is None else looking(child, known) for name, child in module._modules.items()
        }
        found.__dict__.update(own | {"training": False})
        if isinstance(found, NormLayer):
            found.running_mean = found.running_var = found.fixed = found.collect = None
    return known[id(module)]
