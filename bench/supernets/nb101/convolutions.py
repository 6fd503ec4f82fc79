"""Convolutions whose number of channels depends on the cell, in the ways in which fewer channels share weights."""

from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.pointwise import pointwise
from bench.supernets.nb101 import MOST_FEEDING
from bench.supernets.norms import Norm

RANDOM = ("window", "subset")


def widths_that_occur(channels: int) -> list[int]:
    """Return every number of channels that a vertex of a cell with `channels` output channels may have."""
    return sorted(
        {channels // count + more for count in range(1, MOST_FEEDING + 1) for more in (0, channels % count > 0)}
    )


@cache
def averaging(whole: int, part: int) -> Tensor:
    """Return the matrix [part, whole] that averages `whole` channels over `part` nearly equal ranges of them."""
    with torch.inference_mode(False):
        matrix = torch.zeros(part, whole)
        for row in range(part):
            first, last = row * whole // part, -(-(row + 1) * whole // part)
            matrix[row, first:last] = 1 / (last - first)
        return matrix


class DynamicWeight(nn.Module):
    """The weight of a convolution for every number of channels that a vertex may have.

    `both`: a convolution within a vertex, whose input has as many channels as its output; else only the output's vary.
    """

    def __init__(self, before: int, after: int, kernel: int, sharing: str, *, both: bool) -> None:
        super().__init__()
        self._sharing, self._both = sharing, both
        sizes = widths_that_occur(after) if sharing == "own" else [after]
        self.copies = nn.ParameterDict({
            str(size): nn.Conv2d(size if both else before, size, kernel, bias=False).weight for size in sizes
        })  # fmt: skip

    def forward(self, width: int, rng: np.random.Generator | None) -> Tensor:
        """Return the weight [after, before, row, column] for `width` channels; `rng` draws them in training."""
        if self._sharing == "own":
            return self.copies[str(width)]
        (whole,) = self.copies.values()
        largest = len(whole)
        if width == largest:
            return whole
        if self._sharing == "interpolated":
            matrix = averaging(largest, width).to(whole.device)
            cut = torch.einsum("oc,cikl->oikl", matrix, whole)
            return torch.einsum("ic,ockl->oikl", matrix, cut) if self._both else cut
        if self._sharing == "leading" or rng is None:
            return whole[:width, :width] if self._both else whole[:width]
        if self._sharing == "window":
            out, into = (slice(start, start + width) for start in rng.integers(largest - width + 1, size=2).tolist())
            return whole[out, into] if self._both else whole[out]
        chosen = [torch.from_numpy(np.sort(rng.choice(largest, size=width, replace=False))) for _ in range(2)]
        rows, columns = (each.to(whole.device) for each in chosen)
        cut = whole.index_select(0, rows)
        return cut.index_select(1, columns) if self._both else cut


class CentreWeight(nn.Module):
    """The weight of a 1x1 convolution that is the centre of a 3x3 kernel, times a learned factor if `transformed`."""

    def __init__(self, whole: DynamicWeight, transformed: bool) -> None:
        super().__init__()
        self._whole = (whole,)  # in a tuple, so that the weight is not registered a second time
        self.factor = nn.Parameter(torch.ones(())) if transformed else None

    def forward(self, width: int, rng: np.random.Generator | None) -> Tensor:
        """Return the weight [after, before, 1, 1]."""
        centre = self._whole[0](width, rng)[:, :, 1:2, 1:2]
        return centre if self.factor is None else self.factor * centre


class ConvNormRelu(nn.Module):
    """Convolution, norm and ReLU; a norm for each name in `sets`, and per number of channels if those share none."""

    def __init__(self, weight: nn.Module, channels: int, sharing: str, norm: Norm, sets: list[str]) -> None:
        super().__init__()
        self.weight, self._own = weight, sharing == "own"
        sizes = widths_that_occur(channels) if self._own else [channels]
        self.norms = nn.ModuleDict({f"{name}/{size}": NormLayer(size, norm) for name in sets for size in sizes})
        self._largest, self._name = channels, sets[0]
        self._several = len(sets) > 1

    def forward(self, values: Tensor, width: int, inputs: str, rng: np.random.Generator | None) -> Tensor:
        """Return `width` channels; `inputs` names the set of edges into the vertex."""
        weight = self.weight(width, rng)
        padding = weight.shape[2] // 2
        convolved = functional.conv2d(values, weight, padding=padding) if padding else pointwise(values, weight)
        name = inputs if self._several else self._name
        return functional.relu(self.norms[f"{name}/{width if self._own else self._largest}"](convolved))
