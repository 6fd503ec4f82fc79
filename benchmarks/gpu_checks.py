"""Whether a GPU computes what the CPU computes: the same updates, the same predictions, the same bits again."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from bench.device.kernels import settle_card
from bench.predict.many import predict
from bench.recipe.recipe import FilledRecipe
from bench.rng import stream
from bench.train.training import Training
from benchmarks.train import random_images

UPDATES = 3
ARCHS = 24
BATCH = 32
"""Images of an update: the CPU computes them too."""
LIMITS = {
    "loss of the first update": 1e-3,
    "gradient, 1 - cosine": 1e-3,
    "loss of the last update": 2e-2,
    "cross-entropies of the same weights": 1e-3,
    "cross-entropies, several cells per call": 1e-3,
    "cross-entropies in bf16": 0.1,
    "weights of two runs": 0.0,
}
"""The largest difference of each kind; batch statistics amplify rounding from update to update."""


def checked(recipe: FilledRecipe, device: str) -> dict[str, Any]:
    """Return the largest differences between device and CPU, from the same seed, and which exceed their limits."""
    settle_card()
    images = replace(recipe.images, train=UPDATES * BATCH, held_out=min(200, recipe.images.held_out), batch=BATCH)
    small = replace(recipe, images=images, precision="float32", epochs=1)
    trainings = [Training(small, random_images(small), 0, where) for where in ("cpu", device, device)]
    losses, gradients = zip(*(trained(training) for training in trainings), strict=True)
    found = {
        "loss of the first update": _apart(losses[0][0], losses[1][0]),
        "gradient, 1 - cosine": 1 - float(torch.cosine_similarity(gradients[0], gradients[1], dim=0)),
        "loss of the last update": _apart(losses[0][-1], losses[1][-1]),
        "weights of two runs": max(
            _apart(one, other)
            for one, other in zip(trainings[1].weights.values(), trainings[2].weights.values(), strict=True)
        ),
    }
    trainings[1].supernet.load_state_dict(trainings[0].supernet.state_dict())
    exact = _predicted(trainings[0])
    found["cross-entropies of the same weights"] = _largest(exact, _predicted(trainings[1]))
    found["cross-entropies, several cells per call"] = _largest(exact, _predicted(trainings[1], together=8))
    found["cross-entropies in bf16"] = _largest(exact, _predicted(trainings[1], precision="bf16"))
    wrong = [name for name, limit in LIMITS.items() if not found[name] <= limit]
    return {"differences": found, "limits": LIMITS, "exceeded": wrong}


def trained(training: Training) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return the losses of each update, on the CPU, and the gradient of the first."""
    training.supernet.train()
    losses, gradient = [], torch.empty(0)
    for number, (genes, batches) in enumerate(training.updates_of_epoch()):
        if not number:
            choices = [choice for batch in batches for choice in batch.choices]
            state = training.streams["augmentation"].bit_generator.state
            torch.stack(training.losses(batches[0], choices)).sum().backward()
            training.streams["augmentation"].bit_generator.state = state
            weights = [weight for weight in training.supernet.parameters() if weight.grad is not None]
            gradient = torch.cat([weight.grad.flatten().cpu() for weight in weights if weight.grad is not None])
            training.optimizer.zero_grad(set_to_none=True)
        losses.append(training.make_update(genes, batches).cpu())
    return losses, gradient


def _predicted(training: Training, precision: str = "float32", together: int = 1) -> np.ndarray:
    genes = training.recipe.space.sample(stream(0, "benchmark"), ARCHS)
    batch = training.recipe.prediction_batch
    supernet, held_out = training.supernet.eval(), training.held_out
    return predict(supernet, genes, held_out, batch=batch, precision=precision, together=together)[1]


def _apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one.detach().cpu() - other.detach().cpu()).abs().max()) if one.numel() else 0.0


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max())
