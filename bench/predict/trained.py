"""A trained supernet as a value: weights, calibration images and held-out images, asked for predictions."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from bench.errors import StoreError
from bench.optimize.averagings import Weights
from bench.predict.many import predict
from bench.predict.partial import PartialPredictions
from bench.predict.predictions import Predictions
from bench.progress import Step
from bench.recipe.recipe import FilledRecipe
from bench.sample.images.device_images import DeviceImages
from bench.sample.images.image_set import ImageSet
from bench.sample.images.images import split
from bench.supernets.layers.supernet import Supernet
from bench.train.checkpoint import read_checkpoint
from bench.train.training import Training, clock, fresh_supernet, image_batches
from bench.types import Genes

CHUNK = 1_000
"""Architectures between two saves of what is predicted."""


class TrainedSupernet:
    """A supernet that is trained, asked on the same held-out images for every architecture.

    `members` are the weights that predict: of several, a prediction is the mean of theirs. `calibration` holds the
    training images that re-estimate a norm's statistics per architecture, none where it does not.
    """

    def __init__(
        self,
        recipe: FilledRecipe,
        supernet: Supernet,
        members: Sequence[Weights],
        calibration: list[Tensor],
        held_out: DeviceImages,
        device: str = "cpu",
    ) -> None:
        self.recipe, self.supernet, self.members = recipe, supernet, members
        self.calibration, self.held_out, self.device = calibration, held_out, device

    @classmethod
    def of(cls, training: Training) -> "TrainedSupernet":
        """Return the supernet of a finished training, which does not go on after that."""
        return cls(
            training.recipe,
            training.supernet,
            training.predicting_weights(),
            training.calibration_batches(),
            training.held_out,
            training.device,
        )

    @classmethod
    def load(
        cls, saved: Path, recipe: FilledRecipe, images: ImageSet, seed: int, device: str = "cpu"
    ) -> "TrainedSupernet":
        """Return the supernet of a finished training's checkpoint; neither optimizer nor training images are built.

        Raises `StoreError` if the file is damaged, another training's, or one that has epochs left.
        """
        checkpoint = read_checkpoint(saved, device)
        checkpoint.check(saved, recipe=recipe.hash, seed=seed, images_sha256=images.sha256)
        if checkpoint.epoch < recipe.epochs:
            raise StoreError(
                f"{saved} is a training after epoch {checkpoint.epoch} of {recipe.epochs}; run it to its end first"
            )
        supernet = fresh_supernet(recipe, images, seed).to(device)
        supernet.load_state_dict(checkpoint.supernet)
        recipe.construct.start(supernet).load_state_dict(checkpoint.slots["construct"])
        kept = recipe.averaging.start(checkpoint.supernet)
        kept.load_state_dict(checkpoint.slots["averaging"])
        sizes, side = recipe.images, recipe.construct.resolution
        chosen, held_out = split(images, sizes.train, sizes.held_out)
        count = min(recipe.norm.recalibration_images, len(chosen))
        calibrating = DeviceImages.of(images, chosen[:count], resolution=side, shift=0.0, device=device)
        return cls(
            recipe,
            supernet,
            recipe.averaging.predicting(kept, checkpoint.supernet),
            image_batches(calibrating, count, recipe.prediction_batch),
            DeviceImages.of(images, held_out, resolution=side, shift=0.0, device=device),
            device,
        )

    def ask(
        self,
        genes: Genes,
        *,
        progress: Path | None = None,
        threads: Callable[[], int] = lambda: 1,
        report: Callable[[Step], None] = lambda step: None,
    ) -> Predictions:
        """Return the predictions of `genes` [arch, decision] in their order.

        Every distinct architecture is asked once, in the order of its genes, so that neighbours share most. With
        `progress`, what is done stands in a file `progress`-<digest of their list>.npy, from which a killed run
        continues. Before each chunk `threads` says how many cores are free.
        """
        recipe = self.recipe
        unique, inverse = np.unique(recipe.space.canonical(genes), axis=0, return_inverse=True)
        passes = len(self.members) * -(-len(self.held_out) // recipe.prediction_batch)
        digest = hashlib.sha256(unique.tobytes()).hexdigest()[:10]
        partial = PartialPredictions(progress.with_name(f"{progress.name}-{digest}.npy") if progress else None)
        done, asked = len(partial) * passes, len(unique) * passes

        def after_arch() -> None:
            nonlocal done
            done += 1
            if done % passes == 0:
                report(Step("predict", done // passes, asked // passes, "architectures"))

        while len(partial) < len(unique):
            chunk = unique[len(partial) : len(partial) + CHUNK]
            started = clock(self.device)
            answers = []
            for weights in self.members:
                self.supernet.load_state_dict(weights)
                answer = predict(
                    self.supernet.eval(),
                    chunk,
                    self.held_out,
                    batch=recipe.prediction_batch,
                    calibration=self.calibration,
                    threads=threads(),
                    after_arch=after_arch,
                )
                answers.append(np.stack(answer).astype(np.float32))  # what a member says is stored in single precision
            accuracy, loss = np.stack(answers).astype(np.float64).mean(axis=0)
            partial.append(accuracy, loss, clock(self.device) - started)
        accuracy, loss = partial.values[inverse.reshape(-1), :2].astype(np.float32).T
        return Predictions(
            genes=genes,
            accuracy=accuracy,
            negative_cross_entropy=loss,
            images=len(self.held_out),
            split=f"{recipe.images.dataset}/train, held out",
            seconds=partial.seconds,
        )
