"""Checks of every norm."""

import math

import numpy as np

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.rng import stream
from bench.supernets.norms import Norm

SUITE = Suite("norms")
SUITE.include(SETTINGS)


@SUITE.check
def its_statistics_are_a_fraction_of_a_batch_and_a_number_of_images(kind: type[Norm]) -> None:
    momentum, images = kind().momentum, kind().recalibration_images
    if momentum is not None and not (isinstance(momentum, int | float) and 0 < momentum <= 1):
        raise broken(kind, f"has momentum {momentum!r}; expected None, or a number above 0 to 1")
    if isinstance(images, bool) or not isinstance(images, int) or images < 0:
        raise broken(kind, f"has recalibration_images {images!r}; expected a whole number, 0 or more")


@SUITE.check
def a_training_batch_is_normalized_by_its_own_statistics(kind: type[Norm]) -> None:
    import torch

    from bench.supernets.layers.norm_layer import EPSILON, NormLayer

    images = torch.from_numpy(stream(0, "contracts/norms").normal(1, 4, size=(8, 3, 8, 8)).astype(np.float32))
    mean, variance = images.mean(dim=(0, 2, 3)), images.var(dim=(0, 2, 3), correction=0)
    expected = (images - mean[:, None, None]) / torch.sqrt(variance[:, None, None] + EPSILON)
    for affine in (True, False):
        layer = NormLayer(3, kind(affine=affine)).train()
        if not torch.allclose(layer(images), expected, atol=1e-4):
            raise broken(kind, "does not normalize a training batch by its own mean and variance")
        if len(list(layer.parameters())) != 2 * affine:
            raise broken(kind, f"has {len(list(layer.parameters()))} weights with affine={affine}")


@SUITE.check
def a_trained_supernet_predicts_finite_numbers(kind: type[Norm]) -> None:
    from bench.predict.trained import TrainedSupernet

    for norm in variations(kind()):
        training = started(in_tiny(norm, epochs=1))
        training.run()
        genes = training.recipe.space.sample(stream(0, "contracts/norms"), 4)
        found = TrainedSupernet.of(training).ask(genes)
        if not all(map(math.isfinite, found.negative_cross_entropy)):
            raise broken(kind, f"{norm!r} gives predictions that are not finite after an epoch")


@SUITE.check
def a_killed_training_continues_bit_for_bit(kind: type[Norm]) -> None:
    for norm in variations(kind()):
        continues_bit_for_bit(in_tiny(norm))
