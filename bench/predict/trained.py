"""A finished training -> predictions of many architectures, in chunks that survive a kill."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.predict.many import predict
from bench.predict.predictions import Predictions
from bench.progress import Step
from bench.runs.store import PartialPredictions
from bench.train.training import Training, clock
from bench.types import Genes

CHUNK = 1_000
"""Architectures between two saves while a space is ranked."""


def rank(
    training: Training, genes: Genes, progress: Path, threads: Callable[[], int], report: Callable[[Step], None]
) -> tuple[Predictions, float]:
    """Return the predictions of `genes` in their order, and the seconds spent.

    Every distinct architecture is asked once, in the order of its genes, so that neighbours share most. What is done
    stands in a file `progress`-<digest of their list>.npy, from which a killed run continues. Before each chunk
    `threads` says how many cores are free. Where several checkpoints rank, a prediction is the mean of theirs.
    """
    recipe, images = training.recipe, training.held_out
    assert recipe.prediction_batch is not None, "the preset fills in the batch"
    members = training.ranking_weights()
    calibration = training.calibration_batches()
    unique, inverse = np.unique(recipe.space.canonical(genes), axis=0, return_inverse=True)
    passes = len(members) * -(-len(images) // recipe.prediction_batch)
    digest = hashlib.sha256(unique.tobytes()).hexdigest()[:10]
    partial = PartialPredictions(progress.with_name(f"{progress.name}-{digest}.npy"))
    done, asked = len(partial) * passes, len(unique) * passes

    def after_arch() -> None:
        nonlocal done
        done += 1
        if done % passes == 0:
            report(Step("predict", done // passes, asked // passes, "architectures"))

    split = f"{recipe.images.dataset}/train, held out"
    while len(partial) < len(unique):
        chunk = unique[len(partial) : len(partial) + CHUNK]
        started = clock(training.device)
        answers = [
            predict(
                training.with_weights(weights),
                recipe.space,
                chunk,
                images,
                split=split,
                batch=recipe.prediction_batch,
                calibration=calibration,
                threads=threads(),
                after_arch=after_arch,
            )
            for weights in members
        ]
        accuracy = np.stack([answer.accuracy for answer in answers]).astype(np.float64)
        loss = np.stack([answer.negative_cross_entropy for answer in answers]).astype(np.float64)
        partial.append(accuracy.mean(axis=0), loss.mean(axis=0), clock(training.device) - started)
    accuracy, loss = partial.values[inverse.reshape(-1), :2].astype(np.float32).T
    whole = Predictions(genes=genes, accuracy=accuracy, negative_cross_entropy=loss, images=len(images), split=split)
    return whole, partial.seconds
