"""The NAS-Bench-Macro supernet: one module per block and operation, in a chain."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces import Space
from bench.spaces.macro import BLOCKS, BOTTLENECKS, FIRSTS, HEAD
from bench.supernets.layers.chain import Chain
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.pointwise import Pointwise, pointwise
from bench.supernets.layers.precision import in_float32
from bench.supernets.macro import MacroNet
from bench.supernets.norms import Norm
from bench.types import Arch, Choice, Mixture


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


class MacroSupernet(Chain[Tensor]):
    """Stem, eight blocks, a last convolution and classifier; the architecture sets the operation of each block.

    Source: Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search (CVPR 2021), and the code of its
    benchmark.
    """

    def __init__(self, space: Space, construct: MacroNet, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__("a chain of blocks", BLOCKS, norm)
        self._allowed = space.allowed
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
        if not isinstance(choice, Mixture):
            return super().forward(images, choice)
        values = self.stem_of(images)
        for block, weights in enumerate(choice.weights):
            computed, others = choice.parts(block, self._allowed[block])
            values = others + sum(weights[kept] * self.block_of(block, (kept,), values) for kept in computed)
        return self.tail_of(values)

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        one = super().on_images(images)
        return lambda choice: self(images, choice) if isinstance(choice, Mixture) else one(choice)

    def stem_of(self, images: Tensor) -> Tensor:
        return functional.relu(self.stem_norm(self.stem(images)))

    def block_of(self, place: int, genes: Arch, state: Tensor) -> Tensor:
        return cast(Tensor, cast(nn.ModuleDict, self.blocks[place])[str(genes[0])](state))

    def tail_of(self, state: Tensor) -> Tensor:
        pooled = functional.relu(self.last_norm(self.last(state))).mean(dim=(2, 3))
        return in_float32(self.classifier, pooled)
