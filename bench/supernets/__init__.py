"""Supernets; one file or folder per family, with its construct (imports no torch) and its module."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from bench.allowed import Maybe, OneOf, Text, at_least, between
from bench.errors import RecipeError
from bench.registry import Registry
from bench.rng import torch_seed
from bench.slot import OPEN, Slot, State, setting
from bench.spaces import Space
from bench.supernets.norms import Norm
from bench.types import Arch, Choice

if TYPE_CHECKING:
    from torch import nn

    from bench.supernets.layers.supernet import Supernet

Stack = Callable[[Sequence[Any], Sequence[Arch]], "nn.Module"]
"""Stand-alone networks and their architectures -> one module, which gives all their logits [network, class, batch]."""


@dataclass(frozen=True, kw_only=True)
class Construct(Slot, ABC):
    """The size of the supernets of one space, the weights that architectures share, and their operations.

    `resolution` is the side in pixels to which images are downsampled; it must divide the images' side.
    `split`: the decision whose choices get a supernet each (few-shot). For the fraction `split_after` of training all
    share one supernet, from whose weights the others then start; 0 trains them separately from the beginning. None: no
    split. Source: Zhao et al., Few-shot neural architecture search (ICML 2021). `split_choice` names one choice of that
    decision: two supernets, one for architectures with it and one for the others. `split_by` "nonlinear": a supernet
    for every number of nonlinear operations, instead of a decision's choices. Source: EFS-NAS (AAAI 2025). Differs from
    it: all are as wide as one supernet.

    A subclass names its `space`. Its `sizes` map the name of each preset to the values that it fills in: settings of
    the construct (`"resolution"`), and others that replace the preset's (`"images.batch"`, `"epochs"`, `"population"`).

    Its `stand_alone` map the name of each table that `table build` can build to the recipe that trains a network from
    scratch: the `"preset"` that fills it in, and the settings that differ from it, named `"slot.setting"`, or by the
    name of a slot or of a field of the recipe (`"construct.width"`, `"norm"`, `"epochs"`).
    """

    space: ClassVar[str]
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]]
    stand_alone: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})

    resolution: int = setting(OPEN, at_least(1, "pixels"))
    split: int | None = setting(None, Maybe(at_least(0, "a decision counted from 0"), "no split"))
    split_after: float = setting(0.5, between(0, 1, below=True, unit="of all updates"))
    split_choice: str | None = setting(None, Maybe(Text(), "every choice by itself"), before=None)
    split_by: str = setting("decision", OneOf(("decision", "nonlinear")), before="decision")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.split_choice is not None and self.split is None:
            raise RecipeError(
                f"{self.slot_name()}.split_choice is '{self.split_choice}', but split is None; name its decision"
            )

    @property
    def splits(self) -> bool:
        """Return whether architectures are split into groups with weights of their own."""
        return self.split is not None or self.split_by != "decision"

    @abstractmethod
    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        """Return a supernet for images of `channels` colours, initialized by PyTorch's global generator.

        Raises `RecipeError` for a norm or a mask that the settings cannot be combined with.
        """

    @property
    def work(self) -> float:
        """Return the cost of one image in a sub-network, in a unit specific to this family."""
        return float(self.resolution**2)

    @property
    def archs_per_path(self) -> int:
        """Return the number of architectures that make up a path in training."""
        return 1

    def choice(self, archs: Sequence[Arch]) -> Choice:
        """Return the path made up of `archs_per_path` architectures."""
        return archs[0]

    def stack(self, space: Space, norm: Norm) -> Stack:
        """Return what stacks stand-alone networks of different architectures, to train many of them at once.

        Raises `RecipeError`, naming the settings that allow it, if they can only be trained one by one: by default.
        """
        raise RecipeError(f"construct '{self.slot_name()}' has no stacked networks")

    def modules_by_choice(self, space: Space) -> Mapping[tuple[int, int], tuple[str, ...]]:
        """Return the names of the modules that only sub-networks with a choice use, by (decision, choice).

        Local sharing gives these modules copies. Every name is that of one module of the supernet, which belongs to one
        choice and has parameters; a choice without parameters is left out. By default there are none.
        """
        return {}

    def start(self, supernet: "Supernet") -> State:
        """Return the construct's state: whether a few-shot supernet has been split."""
        if not self.splits:
            return State()
        from bench.supernets.layers.few_shot import Split

        return Split(supernet, self.split_after)

    def update(self, state: State, progress: float, kept: "Sequence[dict[str, Any]]") -> None:
        """Called before every update with the fraction of training done; may change the supernet.

        An override that changes weights must change every set in `kept`, the weights kept by an averaging, in the same
        way.
        """
        if self.splits:
            from bench.supernets.layers.few_shot import Split

            assert isinstance(state, Split)
            state.reach(progress, kept)


def build_supernet(
    construct: Construct, space: Space, norm: Norm, *, channels: int, classes: int, seed: int, stream: str = "weights"
) -> "Supernet":
    """Return a freshly initialized supernet on the CPU; equal arguments give equal weights.

    `stream` names the random stream of the weights.

    Raises `RecipeError` for a construct of another space and for settings that do not fit the space.
    """
    import torch

    if construct.space != space.slot_name():
        raise RecipeError(
            f"construct '{construct.slot_name()}' is for space '{construct.space}', not for '{space.slot_name()}'; "
            "leave the construct out for the space's own"
        )

    def built() -> "Supernet":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(torch_seed(seed, stream))
            return construct.module(space, norm, channels=channels, classes=classes)

    if not construct.splits:
        return built()
    from bench.supernets.layers.few_shot import FewShot
    from bench.supernets.layers.splits import groups_of

    groups = groups_of(construct, space)
    return FewShot([built() for _ in range(groups.count)], groups)


CONSTRUCTS: Registry[type[Construct]] = Registry("constructs", "bench.supernets", Construct)


def construct_of(space: Space) -> type[Construct]:
    """Return the construct of a space's supernets; raises `RecipeError` if there is none."""
    found = {CONSTRUCTS.get(name).space: CONSTRUCTS.get(name) for name in CONSTRUCTS.names()}
    name = space.slot_name()
    if name not in found:
        raise RecipeError(f"space '{name}' has no supernet yet; spaces with one: {', '.join(sorted(found))}")
    return found[name]
