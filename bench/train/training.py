"""The one training loop: supernets and stand-alone networks alike."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.device.provenance import changed, software
from bench.errors import RecipeError, StoreError
from bench.optimize.averagings import Kept
from bench.optimize.losses import Asked
from bench.optimize.schedules import Schedule
from bench.optimize.updates import Batch
from bench.recipe.recipe import FilledRecipe
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.sample.paths import Paths
from bench.slot import State
from bench.supernets.layers.precision import computing
from bench.supernets.layers.supernet import Supernet
from bench.train.checked import (
    checked_factor,
    checked_losses,
    checked_step,
    next_paths,
    paths_per_update,
    started_paths,
)
from bench.train.checkpoint import (
    Checkpoint,
    read_checkpoint,
    restore_streams,
    stream_states,
    unreadable,
    write_checkpoint,
)
from bench.train.device import clock, kernels
from bench.train.fresh import device_images, fresh_supernet, image_batches, shuffled_batches, update_state
from bench.train.log import EpochLog
from bench.types import Arch, Choice, Copied, Genes, Mixture, PerCell

PROBES = 5
"""Architectures whose accuracy on held-out images the training log follows."""
PROBE_IMAGES = 256


class Training:
    """The training of a recipe on images with a seed, and its state.

    `teacher` is the trained supernet of the recipe that `Loss.trained_first` returns.
    """

    def __init__(
        self, recipe: FilledRecipe, images: ImageSet, seed: int, device: str = "cpu", teacher: nn.Module | None = None
    ) -> None:
        self.recipe, self.seed, self.device, self.images_sha256 = recipe, seed, device, images.sha256
        self.images, self.held_out = device_images(recipe, images, seed, device)
        self.batch_size = min(recipe.images.batch, len(self.images))
        self.paths_per_update = paths_per_update(recipe.paths, recipe.space)
        self.supernet: Supernet = fresh_supernet(recipe, images, seed).to(device)
        self.optimizer = recipe.optimizer.build(self.supernet)
        self.streams = {purpose: stream(seed, purpose) for purpose in ("paths", "images", "augmentation", "dropout")}
        self.supernet.rng = self.streams["dropout"]
        self.weights: dict[str, Tensor] = self.supernet.state_dict(keep_vars=True)  # the tensors themselves
        self.kept: Kept = recipe.averaging.start(self.weights)
        self.states: dict[str, State] = {
            "construct": recipe.construct.start(self.supernet),
            "paths": recipe.paths.start(recipe.space),
            "update": update_state(recipe, self.supernet, seed),
            "loss": recipe.loss.start(teacher),
            "averaging": self.kept,
        }
        self.largest: Arch = tuple(int(gene) for gene in recipe.space.extremes()[1])
        self.probes = [tuple(int(g) for g in arch) for arch in recipe.space.sample(stream(0, "probes"), PROBES)]
        self.epoch = self.updates = self.forward_passes = 0
        self.seconds = 0.0
        self.log: list[EpochLog] = []
        self.earlier: list[dict[str, str]] = []  # versions that computed a part of it, other than those of this process

    @property
    def updates_per_epoch(self) -> int:
        """Return the number of updates in an epoch, at least 1; an incomplete last update is left out."""
        batches = self.recipe.images.fraction * (len(self.images) // self.batch_size)
        if not self.recipe.paths.same_batch:
            batches /= self.paths_per_update
        return max(1, int(batches + 1e-9))  # against rounding errors of fractions such as 1/3

    @property
    def total_updates(self) -> int:
        """Return the number of updates in all epochs."""
        return self.updates_per_epoch * self.recipe.epochs

    @property
    def progress(self) -> float:
        """Return the fraction of training done, in updates."""
        return self.updates / self.total_updates

    @property
    def finished(self) -> bool:
        """Return whether all epochs are trained."""
        return self.epoch >= self.recipe.epochs

    def run(
        self,
        after_epoch: Callable[[EpochLog], None] = lambda line: None,
        after_update: Callable[[], None] = lambda: None,
    ) -> None:
        """Train the epochs that are left."""
        while not self.finished:
            after_epoch(self.train_epoch(after_update))

    def train_epoch(self, after_update: Callable[[], None] = lambda: None) -> EpochLog:
        """Train one epoch and return its log line."""
        started = clock(self.device)
        self.supernet.train()
        total = torch.zeros((), device=self.device)
        paths = 0
        for genes, batches in self.updates_of_epoch():
            losses = self.make_update(genes, batches)
            total += losses.sum()
            paths += len(losses)
            after_update()
        self.epoch += 1
        loss = round(float(total) / paths, 5)  # waits for the GPU, so that `seconds` is complete
        seconds = clock(self.device) - started
        self.seconds += seconds
        line = EpochLog(
            epoch=self.epoch,
            updates=self.updates,
            forward_passes=self.forward_passes,
            loss=loss,
            rate=self.optimizer.param_groups[0]["lr"],
            probe_accuracy=self._probe_accuracy(),
            seconds=round(seconds, 2),
            learned=self.recipe.update.learned(self.states["update"]),
        )
        self.log.append(line)
        return line

    def updates_of_epoch(self) -> Iterator[tuple[Genes, list[Batch]]]:
        """Yield, per update of an epoch, its genes and its sub-networks with their images."""
        images = iter(shuffled_batches(len(self.images), self.batch_size, self.streams["images"]))
        drawn = self.paths_drawn_from(self.streams["paths"])
        for _, (genes, choices) in zip(range(self.updates_per_epoch), drawn, strict=False):
            if self.recipe.paths.same_batch:
                yield genes, [Batch(choices=choices, images=next(images))]
            else:
                own = [batch for _, batch in zip(choices, images, strict=False)]
                yield (
                    genes,
                    [Batch(choices=[choice], images=own[index % len(own)]) for index, choice in enumerate(choices)],
                )

    def paths_drawn_from(self, rng: np.random.Generator) -> Iterator[tuple[Genes, list[Choice]]]:
        """Yield the genes [path, decision] and the sub-networks of each update, checked.

        If a path consists of several architectures, the genes are those of the first.
        """
        recipe, parts = self.recipe, self.recipe.construct.archs_per_path
        sources = [started_paths(recipe.paths, recipe.space, rng, self.states["paths"]) for _ in range(parts)]
        while True:
            drawn = [next_paths(source, recipe.paths, recipe.space, self.paths_per_update) for source in sources]
            archs = [[tuple(int(gene) for gene in arch) for arch in genes] for genes in drawn]
            yield drawn[0], [recipe.construct.choice(path) for path in zip(*archs, strict=True)]

    def make_update(self, genes: Genes, batches: list[Batch]) -> Tensor:
        """Make one update of the weights and of the slots' states; return the losses [path]."""
        recipe = self.recipe
        recipe.construct.update(self.states["construct"], self.progress, list(self.kept.sets.values()))
        found = recipe.update.step(self.states["update"], self, batches)
        losses = checked_step(found, sum(len(batch.choices) for batch in batches), recipe.update)
        self.updates += 1
        recipe.averaging.update(self.kept, self.weights, self.updates, self.total_updates)
        if type(recipe.paths).observe is not Paths.observe:  # only if overridden, as a GPU synchronizes here
            recipe.paths.observe(self.states["paths"], genes, losses.cpu().numpy())
        return losses

    def losses(self, batch: Batch, update: Sequence[Choice]) -> list[Tensor]:
        """Return the loss of each sub-network of a batch; shared parts are computed once."""
        images, labels = self._augmented(batch)

        def passed() -> None:
            self.forward_passes += 1

        def logits(choice: Choice) -> Tensor:
            passed()
            return shared(choice).float()

        @torch.no_grad()
        def apart(choice: Choice) -> Tensor:
            passed()
            logits = self.supernet(images, choice).float()
            torch.clear_autocast_cache()  # copies without a gradient, which older versions of PyTorch would use again
            return logits

        asked = Asked(
            images=images,
            labels=labels,
            logits=logits,
            apart=apart,
            update=update,
            largest=self.largest,
            passed=passed,
        )
        with computing(self.recipe.precision, self.device):
            shared = self.supernet.on_images(images)
            found = self.recipe.loss.of_batch(self.states["loss"], asked, batch.choices)
        return checked_losses(found, len(batch.choices), self.recipe.loss)

    @torch.no_grad()
    def accuracies(self, batch: Batch) -> Tensor:
        """Return the fraction of a batch's images that each sub-network classifies correctly [path]."""
        images, labels = self._augmented(batch)
        self.forward_passes += len(batch.choices)
        with computing(self.recipe.precision, self.device):
            shared = self.supernet.on_images(images)
            right = [(shared(choice).argmax(dim=1) == labels).float().mean() for choice in batch.choices]
            torch.clear_autocast_cache()  # copies without a gradient, as in `losses`
        return torch.stack(right)

    def _augmented(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the images of a batch, augmented as the recipe says, and their labels."""
        how = self.recipe.images
        return self.images.batch(
            batch.images, self.streams["augmentation"], flip=how.flip, auto_augment=how.auto_augment
        )

    def scales(self, choices: Sequence[Choice]) -> list[float]:
        """Return the factor of each path's gradient."""
        recipe = self.recipe
        mean = 1 / len(choices) if recipe.paths.reduction == "mean" else 1.0
        if type(recipe.schedule).path_factor is Schedule.path_factor:
            return [mean] * len(choices)
        archs = [first_arch(choice) for choice in choices]
        complexities = recipe.schedule.complexity(recipe.space, np.array(archs, dtype=np.int8))
        factors = [recipe.schedule.path_factor(self.progress, float(each)) for each in complexities]
        return [mean * checked_factor(factor, recipe.schedule, "path_factor") for factor in factors]

    def descend(self) -> None:
        """Clip the gradients that have accumulated, set the learning rate, and step the optimizer."""
        recipe = self.recipe
        if np.isfinite(recipe.clip):
            torch.nn.utils.clip_grad_norm_(self.supernet.parameters(), recipe.clip)
        set_rate(self.optimizer, recipe, self.progress)
        recipe.optimizer.step(self.optimizer)

    @torch.inference_mode()
    def _probe_accuracy(self) -> list[float]:
        if not (len(self.held_out) and self.probes):
            return []
        self.supernet.eval()
        values, labels = self.held_out.batch(np.arange(min(PROBE_IMAGES, len(self.held_out))), None, flip=False)
        with computing(self.recipe.precision, self.device):
            right = [(self.supernet(values, arch).argmax(dim=1) == labels).double().mean() for arch in self.probes]
        return [round(100 * share, 2) for share in torch.stack(right).tolist()]

    def checkpoint(self) -> Checkpoint:
        """Return all state that another process needs to continue bit for bit."""
        slots = {name: state.state_dict() for name, state in self.states.items()}
        return Checkpoint(
            recipe=self.recipe.hash,
            seed=self.seed,
            images_sha256=self.images_sha256,
            kernels=kernels(self.device),
            epoch=self.epoch,
            updates=self.updates,
            forward_passes=self.forward_passes,
            seconds=self.seconds,
            supernet=self.supernet.state_dict(),
            slots=slots | {"optimizer": self.optimizer.state_dict()},
            streams=stream_states(self.streams),
            log=[line.as_json for line in self.log],
            software=[*self.earlier, software()],
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same recipe, images and seed."""
        self.supernet.load_state_dict(checkpoint.supernet)
        self.optimizer.load_state_dict(checkpoint.slots["optimizer"])
        for name, state in self.states.items():
            state.load_state_dict(checkpoint.slots[name])
        restore_streams(self.streams, checkpoint.streams)
        self.epoch, self.updates = checkpoint.epoch, checkpoint.updates
        self.forward_passes, self.seconds = checkpoint.forward_passes, checkpoint.seconds
        self.log = [EpochLog(**json.loads(line)) for line in checkpoint.log]
        self.earlier = [known for known in checkpoint.software or [{}] if known != software()]

    def continue_from(self, saved: Path, say: Callable[[str], None] = lambda line: None) -> None:
        """Continue from a checkpoint on disk; raises `StoreError` if it is damaged or belongs to another training.

        Another training has another recipe, seed or images, or, while epochs are left, was computed by other kernels,
        which round differently. If the checkpoint was written under other versions of the software, `say` gets a line
        that names them, and the checkpoint is written again with both.
        """
        checkpoint = read_checkpoint(saved, self.device)
        checkpoint.check(saved, recipe=self.recipe.hash, seed=self.seed, images_sha256=self.images_sha256)
        if checkpoint.epoch < self.recipe.epochs and checkpoint.kernels != kernels(self.device):
            raise StoreError(
                f"{saved} was computed by {checkpoint.kernels}, this process computes by {kernels(self.device)}, which "
                "rounds differently; continue it on the machine that began it, or delete it to train again"
            )
        try:
            self.restore(checkpoint)
        except Exception as error:  # of whatever a slot makes of a state that is not its own
            raise unreadable(saved, error) from error
        if difference := changed((checkpoint.software or [{}])[-1], software()):
            say(f"continues under other software, which may round differently: {difference}")
            write_checkpoint(self.checkpoint(), saved)

    def calibration_batches(self) -> list[Tensor]:
        """Return the training images on which the norm re-estimates its statistics; empty if it does not."""
        count = min(self.recipe.norm.recalibration_images, len(self.images))
        return image_batches(self.images, count, self.recipe.prediction_batch)

    def predicting_weights(self) -> list[dict[str, Tensor]]:
        """Return the weights of each ensemble member: a prediction is the mean over the members."""
        return self.recipe.averaging.predicting(self.kept, self.weights)


def first_arch(choice: Choice) -> Arch:
    """Return the architecture of a path; of its first cell if the cells differ."""
    if isinstance(choice, Mixture):
        raise RecipeError("the schedule's factor depends on the path, but the update trains mixtures; name another one")
    if isinstance(choice, Copied):
        return choice.arch
    return choice.archs[0] if isinstance(choice, PerCell) else choice


def set_rate(optimizer: torch.optim.Optimizer, recipe: FilledRecipe, progress: float) -> None:
    """Set the learning rate of the update after the fraction `progress` of training."""
    factor = checked_factor(recipe.schedule.factor(progress), recipe.schedule, "factor")
    for group in optimizer.param_groups:
        group["lr"] = recipe.optimizer.rate * factor


def describe_budget(training: Training) -> dict[str, Any]:
    """Return the budget spent: epochs, updates, forward passes, images seen."""
    return {
        "epochs": training.epoch,
        "updates": training.updates,
        "forward_passes": training.forward_passes,
        "images_seen": training.forward_passes * training.batch_size,
    }
