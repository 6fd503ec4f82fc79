"""The NAS-Bench-Macro supernet: one module per block and operation, in a chain."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.spaces import Space
from bench.spaces.macro import BLOCKS, BOTTLENECKS, FIRSTS, HEAD
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.pointwise import Pointwise, pointwise
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.prefixes import Prefixes
from bench.supernets.layers.supernet import Supernet
from bench.supernets.macro import MacroNet
from bench.supernets.norms import Norm
from bench.types import Choice, Mixture


class StridedIdentity(nn.Module):
    """The identity of the first block of a stage: a 1x1 convolution of every other pixel, and its norm."""

    def __init__(self, before: int, after: int, norm: Norm) -> None:
        super().__init__()
        self.conv, self.norm = Pointwise(before, after), NormLayer(after, norm)

    def forward(self, values: Tensor) -> Tensor:
        """Return [batch, after, height / 2, width / 2]."""
        # in PyTorch 2.15 the gradient of a strided 1x1 convolution with few channels writes out of bounds
        return self.norm(pointwise(values[:, :, ::2, ::2], self.conv.weight))


class Bottleneck(nn.Module):
    """An inverted bottleneck: 1x1 expansion, depthwise convolution, 1x1 projection; a shortcut where shapes agree."""

    def __init__(self, before: int, after: int, expansion: int, kernel: int, stride: int, norm: Norm) -> None:
        super().__init__()
        middle = expansion * before
        self.expand, self.expand_norm = Pointwise(before, middle), NormLayer(middle, norm)
        self.depthwise = nn.Conv2d(middle, middle, kernel, stride, kernel // 2, groups=middle, bias=False)
        self.depthwise_norm = NormLayer(middle, norm)
        self.project, self.project_norm = Pointwise(middle, after), NormLayer(after, norm)
        self._shortcut = stride == 1 and before == after

    def forward(self, values: Tensor) -> Tensor:
        """Return [batch, after, height / stride, width / stride]."""
        inner = functional.relu(self.expand_norm(self.expand(values)))
        inner = functional.relu(self.depthwise_norm(self.depthwise(inner)))
        result = self.project_norm(self.project(inner))
        return values + result if self._shortcut else result


class MacroSupernet(Supernet):
    """Stem, eight blocks, a last convolution and classifier; the architecture sets the operation of each block.

    Source: Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search (CVPR 2021), and the code of its
    benchmark.
    """

    each_norm_once = True

    def __init__(self, space: Space, construct: MacroNet, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__()
        self._allowed, self._tracks = space.allowed, norm.momentum is not None
        width, head = construct.width, HEAD * construct.width
        self.stem, self.stem_norm = nn.Conv2d(channels, width, 3, 1, 1, bias=False), NormLayer(width, norm)
        self.blocks = nn.ModuleList()
        for block in range(BLOCKS):
            stride = 2 if block in FIRSTS else 1
            operations: dict[str, nn.Module] = {}
            for choice in space.allowed[block]:
                if choice in BOTTLENECKS:
                    operations[str(choice)] = Bottleneck(width, stride * width, *BOTTLENECKS[choice], stride, norm)
                elif stride == 2:
                    operations[str(choice)] = StridedIdentity(width, stride * width, norm)
                else:
                    operations[str(choice)] = nn.Identity()
            self.blocks.append(nn.ModuleDict(operations))
            width *= stride
        self.last, self.last_norm = Pointwise(width, head), NormLayer(head, norm)
        self.classifier = nn.Linear(head, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        values = self._stem(images)
        if isinstance(choice, Mixture):
            for block, weights in enumerate(choice.weights):
                computed, others = choice.parts(block, self._allowed[block])
                values = others + sum(weights[kept] * self._block(block, kept, values) for kept in computed)
            return self._logits(values)
        return self._path(values, choice, Prefixes())

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse the stem, and the leading blocks of the previous architecture that have equal operations.

        If training tracks statistics nothing is reused, as every path must update them.
        """
        if self.training and self._tracks:
            return super().on_images(images)
        values, kept = self._stem(images), Prefixes[Tensor]()
        return lambda choice: self(images, choice) if isinstance(choice, Mixture) else self._path(values, choice, kept)

    def _path(self, values: Tensor, choice: Choice, kept: Prefixes[Tensor]) -> Tensor:
        if not isinstance(choice, tuple):
            raise RecipeError(
                f"a chain of blocks takes one architecture or a mixture, not a {type(choice).__name__}; name one"
            )
        return self._logits(kept.last(choice, values, lambda block, state: self._block(block, choice[block], state)))

    def _stem(self, images: Tensor) -> Tensor:
        return functional.relu(self.stem_norm(self.stem(images)))

    def _block(self, block: int, operation: int, values: Tensor) -> Tensor:
        return cast(Tensor, cast(nn.ModuleDict, self.blocks[block])[str(operation)](values))

    def _logits(self, values: Tensor) -> Tensor:
        pooled = functional.relu(self.last_norm(self.last(values))).mean(dim=(2, 3))
        return in_float32(self.classifier, pooled)
