"""Few-shot supernets: one decision's choices have weights of their own after a common start."""

import re
from collections.abc import Callable, Iterable
from typing import cast

import numpy as np
from torch import Tensor, nn

from bench.spaces import Space
from bench.supernets.layers import supernet
from bench.types import Arch


class Supernet(supernet.Supernet):
    """A copy of the supernet per choice of one decision; until the split all architectures use the first.

    Architectures that compute the same function use the same copy: where the decision is dead, that of the
    canonical form's choice. Momentum of the other copies starts anew at the split.
    """

    def __init__(self, space: Space, copies: dict[int, supernet.Supernet], *, decision: int, after: float) -> None:
        super().__init__()
        self._space, self._decision, self._after = space, decision, after
        self._index = {choice: index for index, choice in enumerate(copies)}
        self.copies = nn.ModuleList(copies.values())
        self.cells = next(iter(copies.values())).cells
        self.each_norm_once = all(copy.each_norm_once for copy in copies.values())
        self.is_split = True

    def advance(self, before: float, now: float, states: Iterable[dict[str, Tensor]]) -> None:
        """Let every copy start from the first one's weights when the split is reached."""
        self.is_split = now >= self._after
        if before < self._after <= now and now > 0:
            for state in states:
                for name, values in state.items():
                    values.data.copy_(state[re.sub(r"copies\.\d+\.", "copies.0.", name)].data)

    def forward(self, images: Tensor, arch: Arch) -> Tensor:
        return self._copy(arch)(images, arch)

    def on_images(self, images: Tensor) -> Callable[[Arch], Tensor]:
        """Keep what architectures of one copy share."""
        asked: dict[supernet.Supernet, Callable[[Arch], Tensor]] = {}

        def logits(arch: Arch) -> Tensor:
            copy = self._copy(arch)
            if copy not in asked:
                asked[copy] = copy.on_images(images)
            return asked[copy](arch)

        return logits

    def _copy(self, arch: Arch) -> supernet.Supernet:
        index = 0
        if self.is_split:
            genes = np.array([arch[: self._space.decisions]], dtype=np.int8)
            index = self._index.get(int(self._space.canonical(genes)[0, self._decision]), 0)
        return cast(supernet.Supernet, self.copies[index])
