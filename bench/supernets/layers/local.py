"""Local sharing: copies of the weights of each choice, of which an architecture uses one at each decision."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

from bench.errors import RecipeError
from bench.spaces import Space
from bench.supernets import Construct
from bench.supernets.layers.observer import Observer, positive_means
from bench.supernets.layers.supernet import Supernet
from bench.types import Arch, Choice, Copied

Layer = tuple[int, int]
"""(decision, choice)"""
Entering = dict[Layer, Tensor]
"""Per layer that ran, the mean positive part of what entered it, [channel] over all cells."""
MOST_PATTERNS = 8
"""Patterns of copies whose computations on a batch are kept: those of the last three of six edges."""


class Assignment(Protocol):
    """Who uses which copies; see bench/optimize/sharing/state.py."""

    def copies_of(self, arch: Arch) -> tuple[int, ...]:
        """Return the copy that an architecture uses at each decision."""

    def refresh(self) -> None:
        """Called before architectures are predicted, when weights may have changed."""


class Watched(nn.Module):
    """A module that notes what enters it."""

    def __init__(self, module: nn.Module, notes: list[Tensor]) -> None:
        super().__init__()
        self.module, self._notes = module, notes

    def forward(self, values: Tensor, *others: Any) -> Tensor:
        """Return what the module returns."""
        self._notes.append(positive_means(values))
        return cast(Tensor, self.module(values, *others))


class LocalSupernet(Supernet):
    """A supernet with copies of some modules; its choices are `Copied`, or architectures, whose copies are looked up.

    `assignment` knows the copies of an architecture, one for each decision; the update that learns them sets it.
    Without it every architecture uses the first copies. What it returns is kept until `train` or `eval` is called.
    `seen`: while it is a dictionary, training notes in it what enters the layers of every choice that runs.
    """

    def __init__(self, layers: Mapping[Layer, Sequence[str]], base: Supernet, others: nn.ModuleList) -> None:
        super().__init__()
        self.layers, self.base, self.others = dict(layers), base, others
        self.cells, self.each_norm_once = base.cells, False  # a norm may run for two patterns of copies
        self.count = 1 + len(others)
        self.assignment: Assignment | None = None
        self.seen: dict[Copied, Entering] | None = None
        self.images: Tensor | None = None
        self._known: dict[Arch, tuple[int, ...]] = {}

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        named = self.named(choice)
        return self._view(named.copies)(images, named.arch)

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse computations that architectures with equal copies share; nothing while `seen` is a dictionary.

        Those of the latest few patterns of copies are kept, so memory does not grow with the architectures.
        """
        if self.training:
            self.images = images
        by_copies: dict[tuple[int, ...], Callable[[Choice], Tensor]] = {}

        def logits(choice: Choice) -> Tensor:
            named = self.named(choice)
            if self.seen is not None:
                result, self.seen[named] = self.watched(images, named)
                return result
            view = by_copies.pop(named.copies, None) or self._view(named.copies).on_images(images)
            by_copies[named.copies] = view  # the last one is the latest
            if len(by_copies) > MOST_PATTERNS:
                del by_copies[next(iter(by_copies))]
            return view(named.arch)

        return logits

    def named(self, choice: Choice) -> Copied:
        """Return the choice with its copies; raises `RecipeError` unless it is one architecture."""
        if isinstance(choice, Copied):
            return choice
        if not isinstance(choice, tuple):
            raise RecipeError(
                f"a supernet with copies takes one architecture, not a {type(choice).__name__}; leave out local sharing"
            )
        if choice not in self._known:
            self._known[choice] = self.assignment.copies_of(choice) if self.assignment else (0,) * len(choice)
        return Copied(choice, self._known[choice])

    def watched(self, images: Tensor, named: Copied) -> tuple[Tensor, Entering]:
        """Return the logits, and what enters each layer of the sub-network that ran."""
        notes: dict[Layer, list[Tensor]] = {layer: [] for layer in enumerate(named.arch) if layer in self.layers}
        logits = self._view(named.copies, notes)(images, named.arch)
        return logits, {layer: torch.cat(values) for layer, values in notes.items() if values}

    def settle(self, archs: Sequence[Arch]) -> None:
        """Look up the copies of architectures with the weights as they are now."""
        if self.assignment is not None:
            self.assignment.refresh()
            self._known = {}
        for arch in archs:
            self.named(arch)

    def train(self, mode: bool = True) -> "LocalSupernet":
        """Forget the copies looked up, which depend on the weights."""
        self._known = {}
        super().train(mode)
        return self

    def observer(self) -> Observer:
        """Return what looks at values without disturbing the supernet."""
        return Observer(self)

    def weights_of(self, layer: Layer, number: int) -> list[nn.Parameter]:
        """Return the parameters of one copy of a layer."""
        return [weight for name in self.layers[layer] for weight in self.module_of(name, number).parameters()]

    def module_of(self, name: str, number: int) -> nn.Module:
        """Return one copy of a module of the supernet without copies."""
        if number == 0:
            return self.base.get_submodule(name)
        return cast(nn.ModuleDict, self.others[number - 1])[_key(name)]

    def _view(self, copies: tuple[int, ...], notes: Mapping[Layer, list[Tensor]] | None = None) -> Supernet:
        """Return the supernet with these copies in their places; all modules with weights are the same objects."""
        self.base.rng = self.rng  # the training sets that of the whole
        places: dict[str, nn.Module] = {}
        for layer, names in self.layers.items():
            number, noted = copies[layer[0]], notes is not None and layer in notes
            if number or noted:
                for name in names:
                    module = self.module_of(name, number)
                    places[name] = Watched(module, notes[layer]) if notes is not None and noted else module
        return cast(Supernet, replaced(self.base, places)) if places else self.base


def replaced(module: nn.Module, places: Mapping[str, nn.Module]) -> nn.Module:
    """Return a module with others in the named places; what surrounds them is copied, the rest is shared."""
    found = copy.copy(module)
    children = dict(module._modules)
    inner: dict[str, dict[str, nn.Module]] = {}
    for name, other in places.items():
        first, _, rest = name.partition(".")
        if rest:
            inner.setdefault(first, {})[rest] = other
        else:
            children[first] = other
    for first, within in inner.items():
        children[first] = replaced(cast(nn.Module, children[first]), within)
    object.__setattr__(found, "_modules", children)
    return found


def with_copies(construct: Construct, space: Space, count: int, built: Callable[[str], Supernet]) -> LocalSupernet:
    """Return a supernet with `count` copies of every layer; `built(stream)` returns one initialized from a stream.

    The first copies, and all else, are those of a supernet without copies; the others have their own streams. Raises
    `RecipeError` for a construct without layers, and one whose sub-networks are not one architecture.
    """
    name, layers = construct.slot_name(), dict(construct.modules_by_choice(space))
    if construct.splits:
        how = f"split is {construct.split}" if construct.split is not None else f"split_by is {construct.split_by}"
        raise RecipeError(f"{name}.{how}, but local sharing shares one supernet; leave out one")
    if construct.archs_per_path > 1:
        raise RecipeError(f"{name} has cells of different architectures, which local sharing cannot train; share them")
    if not layers and construct.modules_by_choice(type(space)()):
        raise RecipeError(
            f"local sharing needs operations with weights, and what the mask leaves of space '{space.slot_name()}' has "
            "none; mask fewer"
        )
    if not layers:
        raise RecipeError(
            f"local sharing needs weights that belong to one choice of one decision, and {construct!r} names none; "
            "allowed: a construct with `modules_by_choice`, such as nb201-net whose edges and kernels have own weights"
        )
    others = nn.ModuleList()
    for number in range(1, count):
        other = built(f"weights/copy {number}")
        others.append(
            nn.ModuleDict({_key(each): other.get_submodule(each) for names in layers.values() for each in names})
        )
    return LocalSupernet(layers, built("weights"), others)


def _key(name: str) -> str:
    return name.replace(".", ":")  # names of modules have no dots
