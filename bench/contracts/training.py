"""A tiny training with an implementation in its slot, for checks, and the check that a killed training continues."""

import tempfile
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import PluginError, RecipeError
from bench.recipe.preset import PRESETS, Preset
from bench.recipe.recipe import SLOTS, FilledRecipe, Recipe
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.sample.images.images import Images
from bench.sample.paths.sandwich import Sandwich
from bench.slot import Slot
from bench.spaces import SPACES, Space
from bench.supernets import Construct, construct_of

if TYPE_CHECKING:
    from bench.train.checkpoint import Checkpoint
    from bench.train.training import Training

IMAGES = Images(dataset="noise", train=24, held_out=8, batch=12, shift=0.125, flip=True)
"""Two batches in an epoch."""
CLASSES = 5


def smallest_preset(construct: type[Construct]) -> Preset:
    """Return the first preset at which a construct has sizes; raises `RecipeError` if there is none."""
    for name, preset in PRESETS.items():
        if name in construct.sizes:
            return preset
    raise RecipeError(
        f"construct '{construct.slot_name()}' has no sizes at any preset; define `sizes`, such as "
        "{'smoke': {'resolution': 8}}"
    )


def tiny(epochs: int = 2, **slots: Any) -> FilledRecipe:
    """Return a filled recipe with few images and some slots set, at the smallest preset of its construct.

    Unless `paths` is set, every update trains the largest architecture, which some losses need.
    """
    recipe = Recipe(epochs=epochs, images=IMAGES, **({"paths": Sandwich(between=1)} | slots))
    construct = slots["construct"] if "construct" in slots else construct_of(recipe.space)()
    return smallest_preset(type(construct)).fill(replace(recipe, construct=construct))


def in_tiny(slot: Slot, **slots: Any) -> FilledRecipe:
    """Return a tiny recipe with an implementation in its slot."""
    own: dict[str, Any] = {next(name for name, base in SLOTS.items() if isinstance(slot, base)): slot}
    if isinstance(slot, Construct):
        own["space"] = SPACES.get(slot.space)()
    return tiny(**(own | slots))


def noise(side: int) -> ImageSet:
    """Return random images with a side in pixels, the same in every process."""
    rng = stream(0, "contracts/noise")
    pixels = rng.integers(0, 256, size=(64, side, side, 3), dtype=np.uint8)
    labels = np.arange(64, dtype=np.uint8) % CLASSES
    return ImageSet(
        name="noise", x_train=pixels[:56], y_train=labels[:56], x_test=pixels[56:], y_test=labels[56:], source="noise"
    )


def started(recipe: FilledRecipe) -> "Training":
    """Return the training of a tiny recipe before its first update, with its teacher trained."""
    from bench.train.start import start_training

    return start_training(recipe, noise(recipe.construct.resolution), seed=0)[0]


def continues_bit_for_bit(recipe: FilledRecipe) -> None:
    """Raise `PluginError` unless a training killed after its first epoch ends with the bits of an uninterrupted one."""
    from bench.train.checkpoint import read_checkpoint, write_checkpoint

    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "checkpoint.pt"
        whole, cut = started(recipe), started(recipe)
        whole.train_epoch()
        write_checkpoint(whole.checkpoint(), saved)
        whole.run()
        cut.restore(read_checkpoint(saved, "cpu"))
        cut.run()
    differing = differences(whole.checkpoint(), cut.checkpoint())
    if not same(whole.predicting_weights(), cut.predicting_weights()):
        differing.append("the weights that predict")
    if differing:
        raise PluginError(
            f"a training killed after an epoch and continued from its checkpoint differs from an uninterrupted one in "
            f"{', '.join(differing)}; recipe: {_brief(recipe)}. Keep what a slot remembers in its State "
            "(state_dict, load_state_dict), and draw random numbers only from the stream passed to it"
        )


def differences(one: "Checkpoint", other: "Checkpoint") -> list[str]:
    """Return the names of the parts that differ between two checkpoints, slots separately; times are ignored."""
    found = [f.name for f in fields(one) if f.name not in ("slots", "seconds", "log") and not _same(one, other, f.name)]
    names = sorted(one.slots.keys() | other.slots.keys())
    return found + [f"the state of '{name}'" for name in names if not same(one.slots.get(name), other.slots.get(name))]


def _same(one: "Checkpoint", other: "Checkpoint", name: str) -> bool:
    return same(getattr(one, name), getattr(other, name))


def same(one: Any, other: Any) -> bool:
    """Return whether two nested states are equal; NaNs are equal to each other."""
    import torch

    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one.nan_to_num(), other.nan_to_num())
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return isinstance(other, list | tuple) and len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _brief(recipe: FilledRecipe) -> str:
    shown = ("construct", "norm", "paths", "update", "optimizer", "schedule", "loss", "averaging")
    return ", ".join(f"{name}={getattr(recipe, name).slot_name()}" for name in shown)


def spaces_to_try() -> list[Space]:
    """Return every registered space without invalid combinations, and NAS-Bench-201 masked and with one fixed cell.

    A sampler of one's own may draw each decision by itself, which graphs such as NAS-Bench-101's do not allow.
    """
    every = [space for name in SPACES.names() if type(space := SPACES.get(name)()).valid is Space.valid]
    cells = SPACES.get("nb201")
    return [*every, cells(mask=("none", "nor_conv_1x1")), cells(fixed=cells().spell((3, 1, 0, 2, 4, 3)))]  # type: ignore[call-arg]
