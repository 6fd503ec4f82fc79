"""The one training loop: supernets and stand-alone networks alike."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.errors import RecipeError, StoreError
from bench.optimize.schedules import Schedule
from bench.recipe.recipe import Recipe
from bench.rng import stream
from bench.sample.images.device_images import DeviceImages
from bench.sample.images.image_set import ImageSet
from bench.sample.images.images import split
from bench.supernets import build_supernet
from bench.supernets.layers.supernet import Supernet
from bench.train.checkpoint import Checkpoint, read_checkpoint, restore_streams, stream_states
from bench.types import Arch

PROBES = 5
"""Architectures whose accuracy on held-out images the training log follows."""
PROBE_IMAGES = 256


@dataclass(frozen=True, kw_only=True)
class EpochLog:
    """One line of train.jsonl: mean training loss, learning rate at the end, probe accuracies in percent."""

    epoch: int
    updates: int
    forward_passes: int
    loss: float
    rate: float
    probe_accuracy: list[float]
    seconds: float


class Training:
    """A recipe, its images and a seed, in the state after some epoch."""

    teacher: Supernet | None = None
    """What answers for a fixed teacher; set it before the training begins, where the loss wants one."""

    def __init__(self, recipe: Recipe, images: ImageSet, seed: int, device: str = "cpu") -> None:
        assert recipe.epochs is not None, "the preset fills in the sizes"
        assert recipe.images.batch is not None, "the preset fills in the sizes"
        self.recipe, self.seed, self.device, self.images_sha256 = recipe, seed, device, images.sha256
        self.images, self.held_out = device_images(recipe, images, device)
        self.epochs, self.batch_size = recipe.epochs, min(recipe.images.batch, len(self.images))
        self.supernet = fresh_supernet(recipe, images, seed).to(device)
        self.optimizer = recipe.optimizer.build(self.supernet)
        self.streams = {purpose: stream(seed, purpose) for purpose in ("paths", "images", "augmentation", "dropout")}
        self.supernet.rng = self.streams["dropout"]
        self.largest: Arch = tuple(int(gene) for gene in recipe.space.extremes()[1])
        if recipe.loss.teacher == "running" and self.largest not in next(self._drawn_from(stream(0, "teacher"))):
            raise RecipeError(
                f"loss '{recipe.loss.slot_name()}' needs the largest architecture in every update, which paths "
                f"'{recipe.paths.slot_name()}' do not give; allowed: sandwich"
            )
        self.probes = [tuple(int(g) for g in arch) for arch in recipe.space.sample(stream(0, "probes"), PROBES)]
        self.weights: dict[str, Tensor] = self.supernet.state_dict(keep_vars=True)  # the tensors themselves
        self.averaged = recipe.averaging.start(self.weights)
        self.epoch = self.updates = self.forward_passes = 0
        self.seconds = 0.0
        self.log: list[EpochLog] = []

    @property
    def updates_per_epoch(self) -> int:
        """Return how often the optimizer steps in an epoch; an incomplete last update is left out, but for a first."""
        batches = self.recipe.images.portion * (len(self.images) // self.batch_size)
        if not self.recipe.paths.same_batch:
            batches /= self.recipe.paths.per_update(self.recipe.space)
        return max(1, int(batches + 1e-9))  # thirds and the like do not come out even

    @property
    def total_updates(self) -> int:
        """Return how often the optimizer steps in all epochs."""
        return self.updates_per_epoch * self.epochs

    @property
    def finished(self) -> bool:
        """Return whether all epochs are trained."""
        return self.epoch >= self.epochs

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
        for update in self._updates():
            total += self._update(update)
            paths += len(update)
            after_update()
        self.epoch += 1
        loss = round(float(total) / paths, 5)  # a GPU is done with the epoch only then
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
        )
        self.log.append(line)
        return line

    def _updates(self) -> Iterator[list[tuple[Arch, np.ndarray]]]:
        """Yield, per update, its architectures each with the indices of its images."""
        batches = iter(shuffled_batches(len(self.images), self.batch_size, self.streams["images"]))
        paths = self.recipe.paths
        for _, archs in zip(range(self.updates_per_epoch), self._drawn_from(self.streams["paths"]), strict=False):
            if paths.same_batch:
                batch = next(batches)
                yield [(arch, batch) for arch in archs]
            else:
                own = [batch for _, batch in zip(archs, batches, strict=False)]
                yield [(arch, own[index % len(own)]) for index, arch in enumerate(archs)]

    def _drawn_from(self, rng: np.random.Generator) -> Iterator[list[Arch]]:
        """Yield the architectures of each update; where the topology is free, one for each cell behind another."""
        cells = self.supernet.cells if self.recipe.sharing.topology == "free" else 1
        sources = [self.recipe.paths.updates(self.recipe.space, rng) for _ in range(cells)]
        while True:
            drawn = np.concatenate([next(source) for source in sources], axis=1)
            yield [tuple(int(gene) for gene in arch) for arch in drawn]

    def _update(self, update: list[tuple[Arch, np.ndarray]]) -> Tensor:
        """Accumulate the gradients of all paths, step once, and return the summed loss."""
        recipe = self.recipe
        before, now = (self.updates - 1) / self.total_updates, self.updates / self.total_updates
        self.supernet.advance(before, now, (self.weights, self.averaged))
        scales = self._scales([arch for arch, _ in update])
        total = torch.zeros((), device=self.device)
        if recipe.paths.same_batch:
            values, labels = self._batch(update[0][1])
            losses = torch.stack(self._losses([arch for arch, _ in update], values, labels))
            (losses * torch.tensor(scales, device=self.device)).sum().backward()
            total = losses.detach().sum()
        else:
            for (arch, indices), scale in zip(update, scales, strict=True):
                values, labels = self._batch(indices)
                (loss,) = self._losses([arch], values, labels)
                (loss * scale).backward()
                total += loss.detach()
        if recipe.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.supernet.parameters(), recipe.clip)
        set_rate(self.optimizer, recipe, self.updates / self.total_updates)
        recipe.optimizer.step(self.optimizer)
        self.updates += 1
        self.forward_passes += len(update)
        recipe.averaging.update(self.averaged, self.weights, self.updates, self.total_updates)
        return total

    def _losses(self, archs: list[Arch], values: Tensor, labels: Tensor) -> list[Tensor]:
        """Return the loss of each architecture on one batch; what they share is computed once."""
        loss, ask = self.recipe.loss, self.supernet.on_images(values)
        if loss.teacher is None:
            return [loss(ask(arch), labels) for arch in archs]
        if loss.teacher == "running" and self.largest in archs:
            own = ask(self.largest)
            taught = {self.largest: loss(own, labels)}
            teacher = own.detach()
        else:
            asked = self.supernet if loss.teacher == "running" else self.teacher
            assert asked is not None, "a fixed teacher is trained before"
            taught = {}
            with torch.no_grad():
                teacher = asked(values, self.largest)
            self.forward_passes += 1
        return [taught[arch] if arch in taught else loss.taught(ask(arch), labels, teacher) for arch in archs]

    def _batch(self, indices: np.ndarray) -> tuple[Tensor, Tensor]:
        chosen = self.recipe.images
        augmentation = self.streams["augmentation"]
        return self.images.batch(indices, augmentation, flip=bool(chosen.flip), auto_augment=chosen.auto_augment)

    def _scales(self, archs: list[Arch]) -> list[float]:
        """Return what multiplies the gradient of each path."""
        recipe, decisions = self.recipe, self.recipe.space.decisions
        mean = 1 / len(archs) if recipe.paths.reduction == "mean" else 1.0
        assert recipe.schedule is not None, "the preset fills in the schedule"
        if type(recipe.schedule).path_factor is Schedule.path_factor:
            return [mean] * len(archs)
        progress = self.updates / self.total_updates
        complexities = recipe.space.complexity(np.array([arch[:decisions] for arch in archs], dtype=np.int8))
        return [mean * recipe.schedule.path_factor(progress, float(complexity)) for complexity in complexities]

    @torch.inference_mode()
    def _probe_accuracy(self) -> list[float]:
        if not len(self.held_out):
            return []
        self.supernet.eval()
        values, labels = self.held_out.batch(np.arange(min(PROBE_IMAGES, len(self.held_out))), None, flip=False)
        return [
            round(100 * float((self.supernet(values, arch).argmax(dim=1) == labels).double().mean()), 2)
            for arch in self.probes
        ]

    def checkpoint(self) -> Checkpoint:
        """Return everything that a later process needs to continue bit for bit."""
        return Checkpoint(
            images_sha256=self.images_sha256,
            epoch=self.epoch,
            updates=self.updates,
            forward_passes=self.forward_passes,
            seconds=self.seconds,
            supernet=self.supernet.state_dict(),
            optimizer=self.optimizer.state_dict(),
            averaged=self.averaged,
            streams=stream_states(self.streams),
            log=[json.dumps(vars(line)) for line in self.log],
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same recipe, images and seed."""
        self.supernet.load_state_dict(checkpoint.supernet)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        self.averaged = {name: value.to(self.device) for name, value in checkpoint.averaged.items()}
        restore_streams(self.streams, checkpoint.streams)
        self.epoch, self.updates = checkpoint.epoch, checkpoint.updates
        self.forward_passes, self.seconds = checkpoint.forward_passes, checkpoint.seconds
        self.log = [EpochLog(**json.loads(line)) for line in checkpoint.log]

    def continue_from(self, saved: Path) -> None:
        """Continue from a checkpoint on disk; raises `StoreError` if it is damaged or saw other images."""
        checkpoint = read_checkpoint(saved, self.device)
        if checkpoint.images_sha256 != self.images_sha256:
            raise StoreError(
                f"{saved} was trained on other images of '{self.recipe.images.dataset}' "
                f"(sha256 {checkpoint.images_sha256[:12]}, yours {self.images_sha256[:12]}); bring the former back, or "
                "delete the checkpoint to train anew"
            )
        self.restore(checkpoint)

    def calibration_batches(self) -> list[Tensor]:
        """Return the training images on which the norm re-estimates its statistics, none if it does not."""
        count = min(self.recipe.norm.recalibration_images, len(self.images))
        size = self.recipe.prediction_batch
        assert size is not None, "the preset fills in the batch"
        return [
            self.images.batch(np.arange(start, min(start + size, count)), None, flip=False)[0]
            for start in range(0, count, size)
        ]

    def ranking_weights(self) -> list[dict[str, Tensor]]:
        """Return the weights that answer predictions, more than one for an ensemble: predictions are their mean."""
        return self.recipe.averaging.members(self.averaged, self.weights)

    def ranking_supernet(self) -> Supernet:
        """Return the supernet that answers predictions, with the first of the weights that rank."""
        return self.with_weights(self.ranking_weights()[0])

    def with_weights(self, weights: dict[str, Tensor]) -> Supernet:
        """Return the supernet in evaluation with these weights; training does not go on after that."""
        self.supernet.load_state_dict(weights)
        return self.supernet.eval()


def device_images(recipe: Recipe, images: ImageSet, device: str) -> tuple[DeviceImages, DeviceImages]:
    """Return a filled recipe's training images, shifted in every batch, and its held-out ones, centred."""
    sizes = recipe.images
    assert sizes.train is not None, "the preset fills in the sizes"
    assert sizes.held_out is not None, "the preset fills in the sizes"
    assert sizes.shift is not None, "the preset fills in the augmentation"
    chosen, held_out = split(images, sizes.train, sizes.held_out)
    side = side_of(recipe, images)
    return (
        DeviceImages.of(images, chosen, resolution=side, shift=sizes.shift, device=device),
        DeviceImages.of(images, held_out, resolution=side, shift=0.0, device=device),
    )


def side_of(recipe: Recipe, images: ImageSet) -> int:
    """Return the side in pixels at which the recipe's nets see the images."""
    return recipe.net.resolution or images.x_train.shape[1]


def fresh_supernet(recipe: Recipe, images: ImageSet, seed: int) -> Supernet:
    """Return the untrained supernet of a seed, on the CPU."""
    return build_supernet(
        recipe.space,
        recipe.net,
        recipe.norm,
        recipe.ops,
        recipe.sharing,
        channels=images.x_train.shape[3],
        classes=images.classes,
        resolution=side_of(recipe, images),
        seed=seed,
    )


def shuffled_batches(images: int, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the indices of an epoch's batches, [batch] each; an incomplete last one is left out."""
    whole = images // size
    return np.split(rng.permutation(images)[: whole * size], whole)


def set_rate(optimizer: torch.optim.Optimizer, recipe: Recipe, progress: float) -> None:
    """Set the learning rate of an update; `progress` is the part of all updates done before it, 0 to below 1."""
    assert recipe.optimizer.rate is not None, "the preset fills in the rate"
    assert recipe.schedule is not None, "the preset fills in the schedule"
    for group in optimizer.param_groups:
        group["lr"] = recipe.optimizer.rate * recipe.schedule.factor(progress)


def clock(device: str) -> float:
    """Return the seconds by which a run is billed: those of its cores on a CPU, those of the wall on a GPU.

    What else the machine does, and how long a run was stopped, is not counted.
    """
    return time.process_time() if device == "cpu" else time.perf_counter()


def write_log(log: list[EpochLog], path: Path) -> None:
    """Write the training log as JSON lines, whole, so that a resumed run never repeats an epoch in it."""
    path.write_text("".join(json.dumps(vars(line)) + "\n" for line in log))


def describe_budget(training: Training) -> dict[str, Any]:
    """Return what the run spent: updates, forward passes, images seen."""
    return {
        "epochs": training.epoch,
        "updates": training.updates,
        "forward_passes": training.forward_passes,
        "images_seen": training.forward_passes * training.batch_size,
    }
