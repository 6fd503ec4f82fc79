"""Checks of every construct and of the supernet that it builds."""

from typing import TYPE_CHECKING

import numpy as np

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import CLASSES, continues_bit_for_bit, in_tiny
from bench.errors import BenchError, RecipeError
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.rng import stream
from bench.spaces import SPACES
from bench.supernets import Construct, build_supernet
from bench.types import Choice

if TYPE_CHECKING:
    from torch import Tensor

    from bench.supernets.layers.supernet import Supernet

SUITE = Suite("constructs")
SUITE.include(SETTINGS)
SAMPLED = 8


@SUITE.check
def its_space_is_registered_and_its_sizes_fill_a_recipe_at_every_preset_it_names(kind: type[Construct]) -> None:
    space = SPACES.get(kind.space)()
    unknown = sorted(set(kind.sizes) - set(PRESETS))
    if unknown or not kind.sizes:
        raise broken(kind, f"has sizes at {', '.join(unknown) or 'no preset'}; presets: {', '.join(PRESETS)}")
    for name in kind.sizes:
        try:
            PRESETS[name].fill(Recipe(space=space, construct=kind()))
        except BenchError as error:
            raise broken(kind, f"has sizes at preset '{name}' that do not fill a recipe: {error}") from error


@SUITE.check
def every_table_that_it_builds_has_a_recipe(kind: type[Construct]) -> None:
    from bench.stand_alone.protocols import protocol_of

    for table in kind.stand_alone:
        try:
            protocol_of(kind, table)
        except BenchError as error:
            raise broken(kind, f"names a table that cannot be built: {error}") from error


@SUITE.check
def a_sub_network_gives_finite_logits_and_a_gradient(kind: type[Construct]) -> None:
    recipe = in_tiny(kind())
    for channels in (1, 3):
        supernet, images = _built(recipe, channels), _images(recipe, channels)
        for arch in _choices(recipe):
            logits = supernet(images, arch)
            if tuple(logits.shape) != (len(images), CLASSES) or not bool(logits.isfinite().all()):
                raise broken(
                    kind.module,
                    f"gives logits of shape {tuple(logits.shape)} for {arch}, finite: {bool(logits.isfinite().all())}; "
                    f"expected finite ones of shape {(len(images), CLASSES)}",
                )
            if not logits.requires_grad:
                raise broken(kind.module, f"gives logits without a gradient for {arch}; it has no weights to train")


@SUITE.check
def equal_seeds_give_equal_weights_and_others_differ(kind: type[Construct]) -> None:
    recipe = in_tiny(kind())
    first, again, other = (_built(recipe, 3, seed).state_dict() for seed in (0, 0, 1))
    if first.keys() != again.keys() or any(not bool((first[name] == again[name]).all()) for name in first):
        raise broken(kind.module, "builds different weights for equal seeds; use PyTorch's global generator")
    if all(bool((first[name] == other[name]).all()) for name in first):
        raise broken(kind.module, "builds equal weights for different seeds; use PyTorch's global generator")


@SUITE.check
def many_sub_networks_on_the_same_images_answer_as_each_alone(kind: type[Construct]) -> None:
    import torch

    for construct in variations(kind()):
        recipe = in_tiny(construct)
        if recipe.construct.archs_per_path > 1:
            continue
        supernet, images = _built_or_none(recipe), _images(recipe, 3)
        if supernet is None:
            continue
        supernet.eval()
        with torch.inference_mode():
            logits = supernet.on_images(images)
            for arch in _choices(recipe):
                together, alone = logits(arch), supernet(images, arch)
                if not bool((together == alone).all()):
                    raise broken(
                        type(supernet).on_images,
                        f"gives other logits for {arch} than forward, with {construct!r}; all bits must agree",
                    )


@SUITE.check
def sub_networks_differ(kind: type[Construct]) -> None:
    import torch

    recipe = in_tiny(kind())
    supernet, images = _built(recipe, 3).eval(), _images(recipe, 3)
    with torch.inference_mode():
        found = {supernet(images, arch).numpy().tobytes() for arch in _choices(recipe)}
    if len(found) < 2:
        raise broken(kind.module, f"gives {SAMPLED} architectures the same logits; does forward use its choice?")


@SUITE.check
def a_killed_training_continues_bit_for_bit_whatever_the_settings(kind: type[Construct]) -> None:
    for construct in variations(kind()):
        if (recipe := in_tiny(construct)) and _built_or_none(recipe) is not None:
            continues_bit_for_bit(recipe)


@SUITE.check
def a_killed_few_shot_training_continues_bit_for_bit(kind: type[Construct]) -> None:
    space = SPACES.get(kind.space)()
    decision = next((place for place, allowed in enumerate(space.allowed) if 1 < len(allowed) <= 5), None)
    if decision is None:
        decision = min(range(space.decisions), key=lambda place: len(space.allowed[place]))
    for after in (0.0, 0.25, 0.5):
        continues_bit_for_bit(in_tiny(kind(split=decision, split_after=after)))


def _built(recipe: FilledRecipe, channels: int, seed: int = 0) -> "Supernet":
    supernet = build_supernet(
        recipe.construct, recipe.space, recipe.norm, channels=channels, classes=CLASSES, seed=seed
    )
    supernet.rng = stream(0, "dropout")  # as a training does
    return supernet.train()


def _built_or_none(recipe: FilledRecipe) -> "Supernet | None":
    """Return the supernet, None if its settings cannot be combined."""
    try:
        return _built(recipe, 3)
    except RecipeError:
        return None


def _images(recipe: FilledRecipe, channels: int) -> "Tensor":
    import torch

    side = recipe.construct.resolution
    values = stream(0, "contracts/constructs").normal(size=(8, channels, side, side)).astype(np.float32)
    return torch.from_numpy(values)


def _choices(recipe: FilledRecipe) -> list[Choice]:
    """Return a few architectures, including the extremes, in the order of prediction."""
    genes = np.concatenate([recipe.space.extremes(), recipe.space.sample(stream(0, "contracts/constructs"), SAMPLED)])
    return [tuple(int(gene) for gene in arch) for arch in np.unique(genes, axis=0)]
