"""Inverted bottlenecks with squeeze-and-excitation: kernel and expansion at each of 16 layers."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from bench.errors import DataError
from bench.spaces import Space
from bench.spaces.stages import Size
from bench.types import Arch, Genes, PerArch

CHOICES = ((3, 4), (3, 5), (3, 6), (5, 4), (5, 5), (5, 6))
"""Kernel of the depthwise convolution and expansion of the channels, of each choice."""
NAMES = tuple(f"k{kernel}e{expansion}" for kernel, expansion in CHOICES)
STAGES = (1, 2, 2, 3, 3, 4, 1)
"""Layers per stage; the first of each has the stage's stride."""
LAYERS = sum(STAGES)
SQUEEZE = 4
"""Squeeze-and-excitation has a hidden channel for so many input channels of the layer."""


IMAGENET = Size(32, (16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 2, 1, 2, 1), 2, 1280, 224, 1000)
"""Stages, widths and strides of EfficientNet-B0. Source: Tan & Le, EfficientNet (ICML 2019), Table 1."""
CIFAR = Size(8, (4, 8, 12, 20, 28, 48, 80), (1, 1, 2, 2, 1, 2, 1), 1, 320, 32, 10)
"""A quarter of these widths on images of 32x32; `costs` are those of its networks."""


class Place(NamedTuple):
    """A layer's place: its stride, input and output channels, and input side."""

    stride: int
    before: int
    after: int
    side: int

    @property
    def hidden(self) -> int:
        """Return the hidden channels of squeeze-and-excitation."""
        return max(1, self.before // SQUEEZE)

    @property
    def residual(self) -> bool:
        """Return whether the input is added to the output: where the shapes are equal."""
        return self.stride == 1 and self.before == self.after


def places(size: Size) -> list[Place]:
    """Return the place of every layer of a network."""
    found, before, side = [], size.stem, -(-size.resolution // size.stem_stride)
    for layers, after, stride in zip(STAGES, size.widths, size.strides, strict=True):
        for layer in range(layers):
            found.append(Place(1 if layer else stride, before, after, side))
            before, side = after, -(-side // found[-1].stride)
    return found


def _layer(place: Place, kernel: int, expansion: int) -> tuple[int, int]:
    """Return the parameters, those of affine batch norms and biases included, and the multiply-adds of a layer."""
    middle, hidden = place.before * expansion, place.hidden
    pixels, after = place.side**2, (-(-place.side // place.stride)) ** 2
    params = place.before * middle + 2 * middle + kernel**2 * middle + 2 * middle
    params += 2 * middle * hidden + hidden + middle + middle * place.after + 2 * place.after
    flops = place.before * middle * pixels + kernel**2 * middle * after + middle * place.after * after
    return params, flops + 2 * middle * hidden


@cache
def layer_costs(size: Size) -> Float[np.ndarray, "cost layer choice"]:
    """Return the parameters and the multiply-adds of every choice at every layer."""
    found = [[_layer(place, *choice) for choice in CHOICES] for place in places(size)]
    return np.moveaxis(np.array(found, dtype=float), -1, 0)


def network_costs(genes: Genes, size: Size) -> tuple[PerArch, PerArch]:
    """Return parameters and multiply-adds of networks, each [arch].

    Parameters include batch norms and the biases of squeeze-and-excitation and classifier; multiply-adds are those of
    convolutions, squeeze-and-excitation and classifier.
    """
    of_layers = layer_costs(size)[:, np.arange(LAYERS), genes].sum(axis=2)
    last, start = places(size)[-1], -(-size.resolution // size.stem_stride)
    pixels, dense, classifier = (-(-last.side // last.stride)) ** 2, last.after * size.head, size.head * size.classes
    params = of_layers[0] + 29 * size.stem + dense + 2 * size.head + classifier + size.classes
    return params, of_layers[1] + 27 * size.stem * start**2 + dense * pixels + classifier


@dataclass(frozen=True, kw_only=True)
class MBConv(Space):
    """Inverted bottlenecks with squeeze-and-excitation: at 16 layers a kernel of 3 or 5 and an expansion of 4, 5 or 6.

    String: sixteen of `k3e4` ... `k5e6` joined by '-'. Every combination is an architecture, and all are different.
    `params` and `flops` are those of the network with a quarter of the widths of EfficientNet-B0 at 32x32;
    `imagenet-flops` those of its own widths at 224x224.
    Differs from the paper: it does not print the widths and strides of its 16 layers; they are those of EfficientNet-B0
    here, whose activations are ReLU. Source: papers/distribution-consistent-nas, section 4.1.

    >>> f"{MBConv().size:.3g}"
    '2.82e+12'
    """

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return (NAMES,) * LAYERS

    def parse(self, text: str) -> Arch:
        """Return the choice of each layer.

        >>> MBConv().parse("-".join(["k3e4"] * 15 + ["k5e6"]))[-2:]
        (0, 5)
        """
        parts = text.strip().split("-")
        if len(parts) != LAYERS:
            raise DataError(f"'{text}' has {len(parts)} layers, expected {LAYERS} joined by '-': k3e4-k5e6-...")
        for layer, part in enumerate(parts):
            if part not in NAMES:
                raise DataError(f"'{text}': '{part}' at layer {layer}; allowed: {', '.join(NAMES)}")
        return tuple(NAMES.index(part) for part in parts)

    def spell(self, arch: Arch) -> str:
        return "-".join(NAMES[choice] for choice in arch)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        params, flops = network_costs(genes, CIFAR)
        return {"params": params, "flops": flops, "imagenet-flops": network_costs(genes, IMAGENET)[1]}
