"""The whole protocol of a supernet."""

import hashlib
import json
from dataclasses import dataclass, field

from bench.errors import RecipeError
from bench.optimize.averagings import Averaging
from bench.optimize.averagings.no_averaging import NoAveraging
from bench.optimize.losses import Loss
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules import Schedule
from bench.sample.images.images import Images
from bench.sample.paths import Paths
from bench.sample.paths.strict_fair import StrictFair
from bench.slot import Slot, describe
from bench.spaces import Space
from bench.spaces.nb201 import NB201
from bench.supernets.net import Net
from bench.supernets.norms import Norm
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.ops import Ops
from bench.supernets.sharing import Sharing

PROTOCOL = 2
"""Raise when training, prediction or a field's default changes its meaning: older runs then count as other runs.

A new field keeps every older run if its default is what a recipe without the field meant.
"""


@dataclass(frozen=True, kw_only=True)
class Recipe(Slot):
    """Construct (space, net, norm, ops, sharing), sample (paths, images), optimize (the rest), and how to predict.

    `clip` bounds the L2 norm of an update's gradient (None: no bound). `epochs` counts passes over the
    training images. `prediction_batch` is how many held-out images a sub-network sees at a time, which
    matters wherever batch statistics normalize. None is left to the preset, the schedule too: a few epochs
    need another one than hundreds.
    """

    space: Space = field(default_factory=NB201)
    net: Net = field(default_factory=Net)
    norm: Norm = field(default_factory=BatchStatistics)
    ops: Ops = field(default_factory=Ops)
    sharing: Sharing = field(default_factory=Sharing)
    paths: Paths = field(default_factory=StrictFair)
    images: Images = field(default_factory=Images)
    optimizer: SGD = field(default_factory=SGD)
    schedule: Schedule | None = None
    clip: float | None = None
    loss: Loss = field(default_factory=CrossEntropy)
    averaging: Averaging = field(default_factory=NoAveraging)
    epochs: int | None = None
    prediction_batch: int | None = None

    def __post_init__(self) -> None:
        if self.clip is not None and self.clip <= 0:
            raise RecipeError(f"clip is {self.clip}; allowed: above 0, or None for no clipping")
        for name in ("epochs", "prediction_batch"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise RecipeError(f"{name} is {value}; allowed: 1 or more, or None for the preset's")


def recipe_hash(recipe: Recipe, preset: str) -> str:
    """Return ten hexadecimal digits that name a filled recipe at a preset; any changed setting changes them.

    Settings at their default do not enter, so that a slot which gains a field keeps its stored runs.
    """
    identity = {"protocol": PROTOCOL, "preset": preset, "recipe": describe(recipe, changed_only=True)}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]
