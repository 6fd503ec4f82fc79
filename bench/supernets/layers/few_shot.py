"""Few-shot supernets: one decision's choices have weights of their own after a common start."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from torch import Tensor, nn

from bench.errors import RecipeError
from bench.slot import State
from bench.spaces import Space
from bench.supernets.layers.supernet import Supernet
from bench.types import Choice, Mixture, PerCell


class FewShot(Supernet):
    """A copy of the supernet per choice of one decision; until the split all architectures use the first.

    Architectures that compute the same function use the same copy: where the decision is dead, that of the
    canonical form's choice. Momentum of the other copies starts anew at the split.
    """

    def __init__(self, space: Space, copies: dict[int, Supernet], *, decision: int) -> None:
        super().__init__()
        self._space, self._decision = space, decision
        self._index = {choice: index for index, choice in enumerate(copies)}
        self.copies = nn.ModuleList(copies.values())
        self.cells = next(iter(copies.values())).cells
        self.each_norm_once = all(copy.each_norm_once for copy in copies.values())
        self.is_split = True

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._copy(choice)(images, choice)

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Keep what architectures of one copy share."""
        asked: dict[Supernet, Callable[[Choice], Tensor]] = {}

        def logits(choice: Choice) -> Tensor:
            copy = self._copy(choice)
            if copy not in asked:
                asked[copy] = copy.on_images(images)
            return asked[copy](choice)

        return logits

    def _copy(self, choice: Choice) -> Supernet:
        if isinstance(choice, Mixture):
            raise RecipeError("a few-shot supernet mixes no choices, as each has weights of its own; leave out split")
        index = 0
        if self.is_split:
            first = choice.archs[0] if isinstance(choice, PerCell) else choice
            genes = np.array([first], dtype=np.int8)
            index = self._index.get(int(self._space.canonical(genes)[0, self._decision]), 0)
        return cast(Supernet, self.copies[index])


class Split(State):
    """Whether the copies of a few-shot supernet have left their common start, after the fraction `after`."""

    def __init__(self, supernet: Supernet, after: float) -> None:
        assert isinstance(supernet, FewShot)
        self._supernet, self._after = supernet, after
        supernet.is_split = after == 0

    def reach(self, progress: float, kept: Sequence[dict[str, Any]]) -> None:
        """Let every copy start from the first one's weights once the split is reached, in `kept` weights too."""
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
