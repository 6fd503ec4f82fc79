"""What a supernet predicts of a few architectures while it trains, so that tau can be seen to change."""

import copy

import numpy as np
from jaxtyping import Int8

from bench.predict.trained import TrainedSupernet
from bench.rng import stream
from bench.train.training import Training
from bench.types import Genes

FOLLOWED = 50
"""Architectures that are followed."""
MOMENTS = 10
"""A training of more epochs is looked at about so often, as predicting costs up to a tenth of a laptop's epoch."""
DIGITS = 4


def followed(genes: Genes) -> Int8[np.ndarray, "followed decision"]:
    """Return the architectures that a training follows of the `genes` [arch, decision] that it will predict.

    A random draw of `FOLLOWED`, or all if there are fewer; the same for every seed and row.
    """
    count = min(FOLLOWED, len(genes))
    return genes[np.sort(stream(0, "followed").choice(len(genes), count, replace=False))]


def looked_at(epoch: int, epochs: int) -> bool:
    """Return whether the followed architectures are predicted after an epoch of `epochs`, 1 the first.

    >>> [epoch for epoch in range(1, 61) if looked_at(epoch, 60)]
    [6, 12, 18, 24, 30, 36, 42, 48, 54, 60]
    >>> [epoch for epoch in range(1, 4) if looked_at(epoch, 3)]
    [1, 2, 3]
    """
    return epoch == epochs or epoch % max(1, epochs // MOMENTS) == 0


def predicted_now(training: Training, genes: Genes) -> tuple[dict[str, list[float]], float]:
    """Return what the weights of the moment predict of `genes`, and the seconds that it took.

    By the name of the score a list [arch]: accuracies in percent, and cross-entropies in nats, negative, so that higher
    is better. Images, batches and re-estimated statistics are those of the final prediction. The weights are those of
    this moment, before any averaging over moments. A copy predicts, so that the training goes on as if nothing had been
    asked.
    """
    now = TrainedSupernet(
        training.recipe,
        copy.deepcopy(training.supernet),
        [training.weights],
        training.calibration_batches(),
        training.held_out,
        training.device,
    )
    found = now.ask(genes)
    scores = {"accuracy": found.accuracy, "negative_cross_entropy": found.negative_cross_entropy}
    return {name: [round(float(one), DIGITS) for one in values] for name, values in scores.items()}, found.seconds
