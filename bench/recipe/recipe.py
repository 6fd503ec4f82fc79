"""The complete protocol of a supernet."""

import hashlib
import json
import math
from dataclasses import dataclass, field
from functools import cached_property

from bench.allowed import OneOf, at_least, positive
from bench.errors import RecipeError
from bench.optimize.averagings import Averaging
from bench.optimize.averagings.no_averaging import NoAveraging
from bench.optimize.losses import Loss
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.optimize.optimizers import Optimizer
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules import Schedule
from bench.optimize.updates import Update
from bench.optimize.updates.one_level import OneLevel
from bench.sample.images.images import Images
from bench.sample.paths import Paths
from bench.sample.paths.strict_fair import StrictFair
from bench.slot import OPEN, Slot, describe, open_settings, setting
from bench.spaces import Space
from bench.spaces.nb201 import NB201
from bench.supernets import Construct
from bench.supernets.norms import Norm
from bench.supernets.norms.batch_statistics import BatchStatistics

PROTOCOL = 3
"""Increase when training or prediction changes at equal settings: stored runs then belong to other recipes."""

SLOTS: dict[str, type[Slot]] = {
    "space": Space,
    "construct": Construct,
    "norm": Norm,
    "paths": Paths,
    "update": Update,
    "optimizer": Optimizer,
    "schedule": Schedule,
    "loss": Loss,
    "averaging": Averaging,
}
"""The base class of each slot of a recipe that a registry lists implementations of."""


@dataclass(frozen=True, kw_only=True)
class Recipe(Slot):
    """Construct (space, construct, norm), sample (paths, images), optimize (the rest), and how to predict.

    `clip` bounds the L2 norm of an update's gradient (infinite: no bound). `precision` is that of training and
    prediction: all in "float32", or convolutions in "bf16" by PyTorch's autocast, with weights, statistics and
    classifier in float32. `epochs` counts passes over the training images. `prediction_batch` is the number of held-out
    images in a batch, which matters if batch statistics normalize. A preset fills in the settings that are OPEN,
    including the schedule: a few epochs need a different one than hundreds.
    """

    space: Space = field(default_factory=NB201)
    construct: Construct = OPEN
    norm: Norm = field(default_factory=BatchStatistics)
    paths: Paths = field(default_factory=StrictFair)
    images: Images = field(default_factory=Images)
    update: Update = field(default_factory=OneLevel)
    optimizer: Optimizer = field(default_factory=SGD)
    schedule: Schedule = OPEN
    clip: float = setting(math.inf, positive("or infinite for no clipping"))
    loss: Loss = field(default_factory=CrossEntropy)
    averaging: Averaging = field(default_factory=NoAveraging)
    precision: str = setting(OPEN, OneOf(("float32", "bf16")), before="float32")
    epochs: int = setting(OPEN, at_least(1))
    prediction_batch: int = setting(OPEN, at_least(1, "images"))


@dataclass(frozen=True, kw_only=True)
class FilledRecipe(Recipe):
    """A recipe without open settings: it can be trained, and its hash names a stored run."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if left := open_settings(self):
            raise RecipeError(f"{', '.join(left)} of the recipe are open; fill them in with a preset (Preset.fill)")

    @classmethod
    def slot_name(cls) -> str:
        return Recipe.slot_name()

    @cached_property
    def spelled(self) -> str:
        """Return the whole recipe as JSON, defaults included."""
        return json.dumps(describe(self), sort_keys=True)

    @cached_property
    def hash(self) -> str:
        """Return ten hexadecimal digits that name the recipe; changing any setting or default changes them."""
        identity = f'{{"protocol": {PROTOCOL}, "recipe": {self.spelled}}}'
        return hashlib.sha256(identity.encode()).hexdigest()[:10]
