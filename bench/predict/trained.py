"""A trained supernet as a value: weights, calibration images and held-out images."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from bench.errors import StoreError
from bench.optimize.averagings import Weights
from bench.predict.many import predict
from bench.predict.partial import PartialPredictions
from bench.predict.predictions import Predictions
from bench.processes.progress import Step
from bench.recipe.recipe import FilledRecipe
from bench.sample.images.device_images import DeviceImages
from bench.sample.images.image_set import ImageSet
from bench.sample.images.images import split
from bench.supernets.layers.supernet import Supernet
from bench.train.checkpoint import read_checkpoint, unreadable
from bench.train.device import clock
from bench.train.fresh import fresh_supernet, image_batches, update_state
from bench.train.training import Training
from bench.types import Genes, PerArch

CHUNK = 1_000
"""Architectures between two saves of the predictions."""

LogProbability = Callable[[Genes], PerArch | None]


class TrainedSupernet:
    """A trained supernet, which predicts every architecture on the same held-out images.

    `members` holds the weights of each ensemble member; a prediction is the mean over the members. `calibration` holds
    the training images that re-estimate the norm's statistics per architecture; it is empty if the norm does not.
    `log_probability` gives that of architectures [arch, decision] under what the update learned, or None.
    """

    def __init__(
        self,
        recipe: FilledRecipe,
        supernet: Supernet,
        members: Sequence[Weights],
        calibration: list[Tensor],
        held_out: DeviceImages,
        device: str = "cpu",
        log_probability: LogProbability = lambda genes: None,
    ) -> None:
        self.recipe, self.supernet, self.members, self.log_probability = recipe, supernet, members, log_probability
        self.calibration, self.held_out, self.device = calibration, held_out, device

    @classmethod
    def of(cls, training: Training) -> "TrainedSupernet":
        """Return the supernet of a finished training; it shares the weights, so do not train on."""
        return cls(
            training.recipe,
            training.supernet,
            training.predicting_weights(),
            training.calibration_batches(),
            training.held_out,
            training.device,
            partial(training.recipe.update.log_probability, training.states["update"]),
        )

    @classmethod
    def load(
        cls, saved: Path, recipe: FilledRecipe, images: ImageSet, seed: int, device: str = "cpu"
    ) -> "TrainedSupernet":
        """Return the supernet of a finished training's checkpoint, without building optimizer or training images.

        Raises `StoreError` if the file is damaged, belongs to another training, or has epochs left.
        """
        checkpoint = read_checkpoint(saved, device)
        checkpoint.check(saved, recipe=recipe.hash, seed=seed, images_sha256=images.sha256)
        if checkpoint.epoch < recipe.epochs:
            raise StoreError(
                f"{saved} is a training after epoch {checkpoint.epoch} of {recipe.epochs}; finish the training first"
            )
        supernet = fresh_supernet(recipe, images, seed).to(device)
        try:
            supernet.load_state_dict(checkpoint.supernet)
            recipe.construct.start(supernet).load_state_dict(checkpoint.slots["construct"])
            kept = recipe.averaging.start(checkpoint.supernet)
            kept.load_state_dict(checkpoint.slots["averaging"])
            learned = update_state(recipe, supernet, seed)
            learned.load_state_dict(checkpoint.slots.get("update", {}))  # older checkpoints have no such slot
        except Exception as error:  # of whatever a slot makes of a state that is not its own
            raise unreadable(saved, error) from error
        side = recipe.construct.resolution
        chosen, held_out = split(images, recipe.images, seed)
        count = min(recipe.norm.recalibration_images, len(chosen))
        calibrating = DeviceImages.of(images, chosen[:count], resolution=side, shift=0.0, device=device)
        return cls(
            recipe,
            supernet,
            recipe.averaging.predicting(kept, checkpoint.supernet),
            image_batches(calibrating, count, recipe.prediction_batch),
            DeviceImages.of(images, held_out, resolution=side, shift=0.0, device=device),
            device,
            partial(recipe.update.log_probability, learned),
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

        Every distinct architecture is predicted once, in the order of the genes, in which consecutive architectures
        share most. With `progress`, the predictions so far are kept in `progress`-<digest of the list>.npy, from which
        a killed run continues. `threads` is called before each chunk and returns the number of free cores.
        """
        recipe = self.recipe
        unique, inverse = np.unique(recipe.space.canonical(genes), axis=0, return_inverse=True)
        passes = len(self.members) * -(-len(self.held_out) // recipe.prediction_batch)
        digest = hashlib.sha256(unique.tobytes()).hexdigest()[:10]
        known = PartialPredictions(progress.with_name(f"{progress.name}-{digest}.npy") if progress else None)
        done, total = len(known) * passes, len(unique) * passes

        def after_arch() -> None:
            nonlocal done
            done += 1
            if done % passes == 0:
                report(Step("predict", done // passes, total // passes, "architectures"))

        while len(known) < len(unique):
            chunk = unique[len(known) : len(known) + CHUNK]
            started = clock(self.device)
            by_member = []
            for weights in self.members:
                self.supernet.load_state_dict(weights)
                predicted = predict(
                    self.supernet.eval(),
                    chunk,
                    self.held_out,
                    batch=recipe.prediction_batch,
                    calibration=self.calibration,
                    threads=threads(),
                    precision=recipe.precision,
                    after_arch=after_arch,
                )
                by_member.append(np.stack(predicted).astype(np.float32))  # single precision, as stored
            accuracy, loss = np.stack(by_member).astype(np.float64).mean(axis=0)
            known.append(accuracy, loss, clock(self.device) - started)
        accuracy, loss = known.values[inverse.reshape(-1), :2].astype(np.float32).T
        learned = self.log_probability(genes)
        return Predictions(
            genes=genes,
            accuracy=accuracy,
            negative_cross_entropy=loss,
            images=len(self.held_out),
            split=f"{recipe.images.dataset}/train, held out",
            seconds=known.seconds,
            log_probability=None if learned is None else learned.astype(np.float32),
        )
