"""Supernets of other projects on NAS-Bench-201, built by their own code, against ours: training and prediction."""

import copy
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import torch
import typer
from torch import Tensor, nn
from torch.nn import functional

from bench.errors import BenchError
from bench.optimize.optimizers.sgd import SGD
from bench.predict.many import predict
from bench.recipe.preset import find_preset
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.rng import stream
from bench.sample.images.images import Images
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import AVG_POOL, CONV_1X1, CONV_3X3, NONE, SKIP
from bench.supernets.nb201 import NB201Net
from bench.train.training import Training
from bench.types import Arch, Genes
from benchmarks.peer_projects import PADA, AutoDL, Peer, shared_parameters
from benchmarks.predict import batches
from benchmarks.report import AsJson, Quick, report, start
from benchmarks.train import endless, fast_update, random_images

CLIP = 5.0
"""Largest norm of an update's gradient in the training scripts of both projects."""
TOLERANCE = 1e-9
"""Largest difference of a logit or a gradient in double precision, relative to the largest of them."""


class Size(NamedTuple):
    """The size of a measurement.

    The supernets alternate for `turns` of about `images` trained on, and of `archs` predicted on `predicted` images.
    """

    turns: int = 5
    images: int = 1_280
    archs: int = 4
    predicted: int = 500


QUICK = Size(turns=1, images=128, archs=1, predicted=64)

SIZES = {"width 16, 32x32": (16, 32, 64), "width 8, 16x16": (8, 16, 128)}
"""Width, resolution and images per update; the second are those of preset `laptop`."""

CHECKED = ((CONV_3X3,) * 6, (CONV_1X1,) * 6, (CONV_3X3, SKIP, NONE, AVG_POOL, CONV_1X1, CONV_3X3))
"""Architectures that use every weight and every operation."""

Way = Callable[[], int]


def main(
    autodl: Annotated[Path | None, typer.Option(metavar="PATH", help="A checkout of AutoDL-Projects.")] = None,
    pa_da: Annotated[Path | None, typer.Option(metavar="PATH", help="A checkout of PA-DA.")] = None,
    as_json: AsJson = False,
    quick: Quick = False,
) -> None:
    """Print images per CPU second of other projects' supernets and of ours of the same size, one thread each.

    Exits with code 1 if supernets of equal weights give different logits or gradients.
    """
    torch.set_num_threads(1)
    size, sizes = (QUICK, list(SIZES)[1:]) if quick else (Size(), list(SIZES))
    try:
        if autodl is None and pa_da is None:
            raise BenchError("no project to compare with; name a checkout: --autodl PATH, --pa-da PATH, or both")
        peers = [kind(path) for kind, path in ((AutoDL, autodl), (PADA, pa_da)) if path is not None]
        rows = [row for peer in peers for name in sizes for row in compared(peer, name, size)]
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
    notes = [
        "one cell per stage, residual reductions; images per CPU second of one thread, counted per architecture",
        f"train: one uniform path per update, gradient clipped to {CLIP:g}, the same images and paths; "
        "theirs: the steps of their scripts, with the images that ours is given, channels first",
        f"predict: {size.archs} random architectures on {size.predicted} images, theirs in evaluation mode; "
        "whole rankings, which share more: benchmarks.predict",
        "parameters: theirs has biases before the norms of its convolutions, AutoDL-Projects also affine norms outside "
        "of cells, which track statistics; all other parameters are the same",
        "difference: of a gradient (train) and of a logit (predict), relative, in double precision, with equal weights "
        "and batch statistics",
    ]
    report("peers", rows, as_json, notes)
    if max(row["difference"] for row in rows) > TOLERANCE:
        raise typer.Exit(1)


def compared(peer: Peer, name: str, size: Size) -> list[dict[str, Any]]:
    """Return the rows of training and prediction at a size."""
    width, resolution, batch = SIZES[name]
    recipe = recipe_of(width, resolution, batch, size.predicted)
    images = random_images(recipe)
    ours, drawn = Training(recipe, images, seed=0), Training(recipe, images, seed=0)
    theirs = peer.like(ours.supernet, width)
    found = differences(peer, theirs, ours)
    parameters = {"their parameters": counted(theirs), "our parameters": counted(ours.supernet)}
    ways = {
        "train": (their_updates(peer, theirs, drawn, size), our_updates(ours, size)),
        "predict": (their_predictions(peer, theirs, ours, size), our_predictions(ours, size)),
    }
    rows = []
    for what, pair in ways.items():
        rate, own = rates(pair, size.turns)
        row = {"setting": f"{peer.project}, {what}, {name}", "theirs": rate, "ours": own, "ratio": own / rate}
        rows.append(row | {"difference": found[what]} | parameters)
    return rows


def recipe_of(width: int, resolution: int, batch: int, held_out: int) -> FilledRecipe:
    """Return our recipe for the projects' supernet: residual reductions, one uniform path, gradients clipped."""
    laptop = find_preset("laptop").fill(Recipe(paths=Uniform(), images=Images(train=1_024, held_out=held_out)))
    construct = NB201Net(cells=1, width=width, resolution=resolution, reduction="residual")
    return replace(laptop, construct=construct, images=replace(laptop.images, batch=batch), clip=CLIP)


def counted(supernet: nn.Module) -> int:
    """Return the number of parameters."""
    return sum(parameter.numel() for parameter in supernet.parameters())


def differences(peer: Peer, theirs: nn.Module, ours: Training) -> dict[str, float]:
    """Return the largest relative difference of a gradient ("train") and of a logit ("predict"), in double precision.

    Of the sum over the architectures of `CHECKED`, by batch statistics; the supernets have the same weights.
    """
    values, labels = ours.images.batch(np.arange(ours.batch_size), None, flip=False)
    own, other = (copy.deepcopy(supernet).double().train() for supernet in (ours.supernet, theirs))
    with peer.errors_named():
        found = [peer.logits(other, values.double().contiguous(), arch) for arch in CHECKED]
        cross_entropy(found, labels).backward()
    expected = [own(values.double(), arch) for arch in CHECKED]
    cross_entropy(expected, labels).backward()
    gradients = [(gradient(one), gradient(another)) for one, another in shared_parameters(own, other)]
    return {"train": relative(gradients), "predict": relative(zip(expected, found, strict=True))}


def cross_entropy(logits: Sequence[Tensor], labels: Tensor) -> Tensor:
    """Return the sum of the mean cross-entropies."""
    return sum((functional.cross_entropy(each, labels) for each in logits), torch.zeros(()))


def gradient(parameter: nn.Parameter) -> Tensor:
    """Return the gradient of a parameter, zeros if it has none."""
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def relative(pairs: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Return the largest difference of two numbers in the same place, relative to the largest number of ours."""
    own, other = (torch.cat([each.detach().flatten() for each in side]) for side in zip(*pairs, strict=True))
    return float((own - other).abs().max() / own.abs().max())


def rates(ways: Sequence[Way], turns: int) -> list[float]:
    """Return the images per CPU second of each way, whose call returns its images; the ways alternate."""
    done, seconds = [0] * len(ways), [0.0] * len(ways)
    for turn in range(turns + 1):
        for index, way in enumerate(ways):
            started = time.process_time()
            images = way()
            if turn:  # the first turn chooses kernels
                seconds[index] += time.process_time() - started
                done[index] += images
    return [count / spent for count, spent in zip(done, seconds, strict=True)]


def our_updates(ours: Training, size: Size) -> Way:
    """Return a way that makes a turn's updates as a run does."""
    updates = endless(ours)

    def made() -> int:
        ours.supernet.train()
        for _ in range(size.images // ours.batch_size):
            fast_update(ours, next(updates))
        return size.images // ours.batch_size * ours.batch_size

    return made


def their_updates(peer: Peer, theirs: nn.Module, drawn: Training, size: Size) -> Way:
    """Return a way that makes a turn's updates by the steps of the projects' scripts, without their metrics.

    The images and paths are those of our updates.
    """
    updates, recipe = endless(drawn), drawn.recipe
    assert isinstance(recipe.optimizer, SGD)
    optimizer = torch.optim.SGD(
        theirs.parameters(),
        lr=recipe.optimizer.rate,
        momentum=recipe.optimizer.momentum,
        weight_decay=recipe.optimizer.weight_decay,
        nesterov=recipe.optimizer.nesterov,
    )

    def made() -> int:
        theirs.train()
        for _ in range(size.images // drawn.batch_size):
            genes, [batch] = next(updates)
            values, labels = drawn.images.batch(batch.images, drawn.streams["augmentation"], flip=False)
            optimizer.zero_grad()
            logits = peer.logits(theirs, values.contiguous(), as_arch(genes[0]))
            functional.cross_entropy(logits, labels).backward()
            torch.nn.utils.clip_grad_norm_(theirs.parameters(), CLIP)
            optimizer.step()
        return size.images // drawn.batch_size * drawn.batch_size

    return made


def our_predictions(ours: Training, size: Size) -> Way:
    """Return a way that predicts a turn's architectures as a run does, on one thread."""
    genes = drawn_archs(ours, size)

    def made() -> int:
        predict(ours.supernet.eval(), next(genes), ours.held_out, batch=ours.recipe.prediction_batch)
        return size.archs * len(ours.held_out)

    return made


def their_predictions(peer: Peer, theirs: nn.Module, ours: Training, size: Size) -> Way:
    """Return a way that predicts a turn's architectures one after another in evaluation mode, as the projects do."""
    genes, parts = drawn_archs(ours, size), batches(ours.held_out, ours.recipe.prediction_batch)
    contiguous = [(values.contiguous(), labels) for values, labels in parts]

    def made() -> int:
        theirs.eval()
        with torch.no_grad():
            for row in next(genes):
                for values, labels in contiguous:
                    logits = peer.logits(theirs, values, as_arch(row))
                    float((logits.argmax(dim=1) == labels).sum())
                    float(functional.cross_entropy(logits, labels))
        return size.archs * len(ours.held_out)

    return made


def drawn_archs(ours: Training, size: Size) -> Iterator[Genes]:
    """Yield each turn's architectures, the same for both supernets."""
    rng = stream(0, "benchmark")
    while True:
        yield ours.recipe.space.sample(rng, size.archs)


def as_arch(row: np.ndarray) -> Arch:
    """Return a row of genes as an architecture."""
    return tuple(int(gene) for gene in row)


if __name__ == "__main__":
    start(main)
