"""Many NAS-Bench-201 networks as one module: every weight is stacked over the networks that have it.

The plain networks are `bench.supernets.nb201.network.NB201Supernet` with a single path; this computes the same numbers
up to rounding, with the plain module's attribute names, so that `state_dict()` has the same keys. Activations are
[network, channel, row, column, batch].
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces.nb201 import AVG_POOL, EDGES, NONE, SKIP
from bench.supernets.layers.norm_layer import EPSILON, NormLayer
from bench.supernets.nb201 import network as nb201
from bench.supernets.nb201.routes import Route, join, split
from bench.supernets.nb201.toeplitz import convolve
from bench.types import Arch


def stack(tensors: Sequence[Tensor | None]) -> Tensor:
    """Return detached copies along a new first axis, `network`."""
    return torch.stack([tensor.detach() for tensor in tensors if tensor is not None])


class Norms(nn.Module):
    """Tracked affine batch norms: a group norm in which each (network, channel) is one contiguous group."""

    def __init__(self, layers: Sequence[NormLayer]) -> None:
        super().__init__()
        assert layers[0].momentum is not None, "checked by the caller"
        self.momentum = layers[0].momentum
        self.weight = nn.Parameter(stack([layer.weight for layer in layers]))
        self.bias = nn.Parameter(stack([layer.bias for layer in layers]))
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("running_mean", stack([layer.running_mean for layer in layers]))
        self.register_buffer("running_var", stack([layer.running_var for layer in layers]))

    def forward(self, values: Tensor) -> Tensor:
        """Return `values` normalized by the batch while training, by the running statistics otherwise."""
        if not self.training:
            scale = self.weight * (self.running_var + EPSILON).rsqrt()
            shift = self.bias - self.running_mean * scale
            return values * scale[..., None, None, None] + shift[..., None, None, None]
        networks, channels = values.shape[:2]
        groups, count = networks * channels, values[0, 0].numel()
        weight, bias = self.weight.view(-1), self.bias.view(-1)
        result, mean, inverse = torch.native_group_norm(values, weight, bias, 1, groups, count, groups, EPSILON)
        with torch.no_grad():
            variance = (inverse.view_as(self.running_var) ** -2 - EPSILON) * (count / (count - 1))
            self.running_mean.lerp_(mean.view_as(self.running_mean), self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        return result


class Convolutions(nn.Module):
    """The convolution and norm of several networks; the caller applies the ReLU."""

    def __init__(self, layers: Sequence[nb201.Convolution]) -> None:
        super().__init__()
        self.conv = Weights([layer.conv.weight for layer in layers])
        self.norm = Norms([layer.norm for layer in layers])

    def forward(self, rectified: Tensor) -> Tensor:
        """Return the normalized convolutions."""
        weight = self.conv.weight
        return self.norm(convolve_1x1(rectified, weight) if weight.shape[-1] == 1 else convolve(rectified, weight))


class Weights(nn.Module):
    """Stacked weights under the attribute name of the plain layer."""

    def __init__(self, weights: Sequence[Tensor], biases: Sequence[Tensor] | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(stack(weights))
        if biases is not None:
            self.bias = nn.Parameter(stack(biases))


def convolve_1x1(values: Tensor, weight: Float[Tensor, "network after before 1 1"]) -> Tensor:
    """Return the 1x1 convolutions of `values`."""
    networks, _, *rest = values.shape
    return torch.bmm(weight.flatten(2), values.reshape(networks, values.shape[1], -1)).view(networks, -1, *rest)


def average(values: Tensor, side: int, stride: int, padding: int) -> Tensor:
    """Return average pooling that does not count padding; the batch is passed as PyTorch's channels."""
    networks, channels, rows, columns, batch = values.shape
    images = values.reshape(networks * channels, rows, columns, batch).permute(0, 3, 1, 2)
    pooled = functional.avg_pool2d(images, side, stride, padding, count_include_pad=False)
    return pooled.permute(0, 2, 3, 1).reshape(networks, channels, rows // stride, columns // stride, batch)


class Stem(nn.Module):
    """The stem of every network reads the same images: one product with their 3x3 patches."""

    def __init__(self, layers: Sequence[nb201.Convolution]) -> None:
        super().__init__()
        self.conv = Weights([layer.conv.weight for layer in layers])
        self.norm = Norms([layer.norm for layer in layers])

    def forward(self, images: Float[Tensor, "batch channel row column"]) -> Tensor:
        """Return [network, channel, row, column, batch]."""
        batch, _, rows, columns = images.shape
        weight = self.conv.weight
        patches = functional.unfold(images.to(weight.dtype), 3, padding=1)  # [batch, channel * 9, pixel]
        patches = patches.permute(1, 2, 0).flatten(1)
        found = weight.flatten(2).flatten(0, 1) @ patches
        return self.norm(found.view(len(weight), -1, rows, columns, batch))


class Cells(nn.Module):
    """One cell of every network; each edge has every operation once, stacked over the networks that use it."""

    def __init__(self, cells: Sequence[nb201.Cell], archs: Sequence[Arch]) -> None:
        super().__init__()
        self.operations = nn.ModuleDict()
        self.routes = nn.ModuleDict()
        self.used: list[tuple[int, int]] = []
        for edge in range(len(EDGES)):
            for choice in sorted({arch[edge] for arch in archs} - {NONE}):
                owners = [index for index, arch in enumerate(archs) if arch[edge] == choice]
                name = f"{edge}/{choice}"
                self.used.append((edge, choice))
                self.routes[name] = Route(owners, len(archs))
                if choice in nb201.KERNELS:
                    plain: list[Any] = [cells[owner].operations[name] for owner in owners]
                    self.operations[name] = Convolutions(plain)

    def forward(self, values: Tensor) -> Tensor:
        """Return the cells' outputs; zeros for cells that no path reaches."""
        arrived: list[list[tuple[Route, Tensor]]] = [[], [], [], []]
        start = values
        for node in range(4):
            if node:
                start = join(arrived[node]) if arrived[node] else torch.zeros_like(values)
            leaving = [(edge, choice) for edge, choice in self.used if EDGES[edge][0] == node]
            if not leaving:
                continue
            routes = [self.route(edge, choice) for edge, choice in leaving]
            parts = split(start, routes, [choice in nb201.KERNELS for _, choice in leaving])
            for (edge, choice), route, part in zip(leaving, routes, parts, strict=True):
                arrived[EDGES[edge][1]].append((route, self._operate(edge, choice, part)))
        return start

    def route(self, edge: int, choice: int) -> Route:
        """Return which networks have the operation `choice` on `edge`."""
        found = self.routes[f"{edge}/{choice}"]
        assert isinstance(found, Route)
        return found

    def _operate(self, edge: int, choice: int, values: Tensor) -> Tensor:
        if choice == SKIP:
            return values
        if choice == AVG_POOL:
            return average(values, 3, 1, 1)
        return self.operations[f"{edge}/{choice}"](values)


class Reductions(nn.Module):
    """The normalized shortcut between two stages, of every network."""

    def __init__(self, blocks: Sequence[nb201.PooledReduction]) -> None:
        super().__init__()
        self.shortcut = Weights([block.shortcut.weight for block in blocks])
        self.norm = Norms([block.norm for block in blocks])

    def forward(self, values: Tensor) -> Tensor:
        """Return [network, after, row / 2, column / 2, batch]."""
        return self.norm(convolve_1x1(average(values, 2, 2, 0), self.shortcut.weight))


class StackedNetworks(nn.Module):
    """Networks of canonical architectures with pooled reductions and tracked affine norms, all on the same images."""

    def __init__(self, networks: Sequence[nb201.NB201Supernet], archs: Sequence[Arch]) -> None:
        super().__init__()
        self.stem = Stem([network.stem for network in networks])
        self.stages = nn.ModuleList()
        for stages in zip(*(network.stages.children() for network in networks), strict=True):
            cells: Any = zip(*(stage.children() for stage in stages), strict=True)
            self.stages.append(nn.ModuleList(Cells(same_cell, archs) for same_cell in cells))
        blocks: Any = zip(*(network.reductions.children() for network in networks), strict=True)
        self.reductions = nn.ModuleList(Reductions(same_block) for same_block in blocks)
        self.last_norm = Norms([network.last_norm for network in networks])
        self.classifier = Weights(
            [network.classifier.weight for network in networks], [network.classifier.bias for network in networks]
        )

    def forward(self, images: Float[Tensor, "batch channel row column"]) -> Float[Tensor, "network class batch"]:
        """Return the logits of every network."""
        values = self.stem(images)
        for stage, cells in enumerate(self.stages):
            if stage:
                values = self.reductions[stage - 1](values)
            for cell in cells.children():
                values = cell(values)
        pooled = functional.relu(self.last_norm(values)).mean(dim=(2, 3))
        return torch.baddbmm(self.classifier.bias[..., None], self.classifier.weight, pooled)
