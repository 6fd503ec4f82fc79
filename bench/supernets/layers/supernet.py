"""What every supernet offers to training and prediction."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor, nn

from bench.errors import RecipeError
from bench.slot import Slot
from bench.types import Arch


class Supernet(nn.Module, ABC):
    """Shared weights of a whole space; one architecture is active per call.

    `cells` counts the cells that may each take an architecture of their own; an `arch` as long as all of theirs
    together names one after another. `rng` draws dropout masks; the training sets it. `each_norm_once`: no norm runs
    twice in one sub-network, so that statistics of neighbours can be shared.
    """

    cells: int = 1
    rng: np.random.Generator | None = None
    each_norm_once: bool = False

    @abstractmethod
    def forward(self, images: Tensor, arch: Arch) -> Tensor:
        """Return logits [batch, class] of the sub-network `arch` on images [batch, channel, height, width]."""

    def on_images(self, images: Tensor) -> Callable[[Arch], Tensor]:
        """Return `arch -> logits` on a fixed batch; an override may keep what several architectures share.

        The order changes no bit of the answers, equal to those of `forward`; lexicographic order of genes shares most.
        """
        return lambda arch: self(images, arch)

    def advance(self, before: float, now: float, states: Iterable[dict[str, Tensor]]) -> None:
        """Take note that training went from one progress to another (0 to 1), before the update at `now`.

        An override that changes weights changes every one of `states` alike: the weights, and what is averaged.
        """
        return


def refuse(kind: str, settings: Iterable[tuple[Slot, str, object]]) -> None:
    """Raise `RecipeError` for a setting, (slot, name, what leaves it out), that spaces of this kind do not have."""
    for slot, name, absent in settings:
        value = getattr(slot, name)
        if value != absent:
            raise RecipeError(
                f"{slot.slot_name()}.{name} is {value!r}, which {kind} spaces do not have; allowed here: {absent!r}"
            )
