"""Few-shot supernets: after a shared start, each group of architectures has its own weights."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from torch import Tensor, nn

from bench.errors import RecipeError
from bench.slot import State
from bench.supernets.layers.splits import Groups
from bench.supernets.layers.supernet import Supernet
from bench.types import Choice, Mixture, PerCell


class FewShot(Supernet):
    """A copy of the supernet per group of architectures; until the split all architectures use the first.

    Architectures of one canonical form use the same copy. The momentum of the other copies starts at zero at
    the split.
    """

    def __init__(self, copies: Sequence[Supernet], groups: Groups) -> None:
        super().__init__()
        self._groups = groups
        self.copies = nn.ModuleList(copies)
        self.cells = copies[0].cells
        self.each_norm_once = all(copy.each_norm_once for copy in copies)
        self.is_split = True

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._copy(choice)(images, choice)

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse computations that architectures of one copy share."""
        by_copy: dict[Supernet, Callable[[Choice], Tensor]] = {}

        def logits(choice: Choice) -> Tensor:
            copy = self._copy(choice)
            if copy not in by_copy:
                by_copy[copy] = copy.on_images(images)
            return by_copy[copy](choice)

        return logits

    def _copy(self, choice: Choice) -> Supernet:
        if isinstance(choice, Mixture):
            raise RecipeError("a few-shot supernet cannot mix choices, as each has its own weights; leave out split")
        index = 0
        if self.is_split:
            first = choice.archs[0] if isinstance(choice, PerCell) else choice
            index = int(self._groups.of(np.array([first], dtype=np.int8))[0])
        found = cast(Supernet, self.copies[index])
        found.rng = self.rng  # the training sets that of the whole
        return found


class Split(State):
    """Whether the copies of a few-shot supernet are split, which happens after the fraction `after` of training."""

    def __init__(self, supernet: Supernet, after: float) -> None:
        assert isinstance(supernet, FewShot)
        self._supernet, self._after = supernet, after
        supernet.is_split = after == 0

    def reach(self, progress: float, kept: Sequence[dict[str, Any]]) -> None:
        """Split once `progress` reaches `after`: set every copy to the first one's weights, also in `kept`."""
        supernet = self._supernet
        if supernet.is_split or progress < self._after:
            return
        supernet.is_split = True
        names = list(supernet.copies[0].state_dict())
        for weights in (supernet.state_dict(keep_vars=True), *kept):
            for index in range(1, len(supernet.copies)):
                for name in names:
                    weights[f"copies.{index}.{name}"].data.copy_(weights[f"copies.0.{name}"].data)

    def state_dict(self) -> dict[str, Any]:
        return {"is_split": self._supernet.is_split}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self._supernet.is_split = bool(saved["is_split"])
