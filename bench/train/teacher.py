"""The fixed teacher of a recipe: its largest architecture, trained alone before the supernet."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.optimize.averagings.no_averaging import NoAveraging
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.progress import Step
from bench.recipe.recipe import Recipe
from bench.sample.images.image_set import ImageSet
from bench.sample.paths.sandwich import Sandwich
from bench.train.checkpoint import write_checkpoint
from bench.train.training import Training


def teacher_recipe(recipe: Recipe) -> Recipe:
    """Return how the teacher of a filled recipe is trained: the largest architecture alone, on labels."""
    return replace(
        recipe,
        paths=Sandwich(between=0, smallest=False),
        loss=CrossEntropy(),
        averaging=NoAveraging(),
        epochs=getattr(recipe.loss, "epochs", None) or recipe.epochs,
    )


def trained_teacher(
    recipe: Recipe, images: ImageSet, seed: int, device: str, saved: Path, report: Callable[[Step], None]
) -> Training:
    """Return the finished training of the teacher, continued from `saved` and stored there after every epoch."""
    training = Training(teacher_recipe(recipe), images, seed, device)
    if saved.is_file():
        training.continue_from(saved)
    training.run(
        lambda line: write_checkpoint(training.checkpoint(), saved),
        lambda: report(Step("teacher", training.updates, training.total_updates, "updates")),
    )
    return training
