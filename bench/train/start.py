"""A training, and the teacher that must be trained before it."""

import copy
from collections.abc import Callable
from pathlib import Path

from bench.processes.progress import Step
from bench.recipe.recipe import FilledRecipe
from bench.sample.images.image_set import ImageSet
from bench.train.checked import try_first_update
from bench.train.checkpoint import write_checkpoint
from bench.train.training import Training

TEACHER = "teacher.pt"
"""Checkpoint of the teacher, which is trained first; the run's own checkpoint also holds its final weights."""


def start_training(
    recipe: FilledRecipe,
    images: ImageSet,
    seed: int,
    device: str = "cpu",
    *,
    folder: Path | None = None,
    report: Callable[[Step], None] = lambda step: None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Training, Training | None]:
    """Return the training of a recipe, and the finished training of its teacher, None without a teacher.

    The teacher's training continues from its checkpoint in `folder`, which is written after every epoch; `say` gets a
    line if it does so under other software.
    """
    before = recipe.loss.trained_first(recipe)
    if before is None:
        return Training(recipe, images, seed, device), None
    first = Training(before, images, seed, device)
    saved = folder / TEACHER if folder else None
    if saved and saved.is_file():
        first.continue_from(saved, lambda line: say(f"teacher: {line}"))
    else:  # a mistake in either recipe is found before the teacher is trained
        try_first_update(first)
        untrained = copy.deepcopy(first.supernet).eval()
        try_first_update(Training(recipe, images, seed, device, teacher=untrained))
    first.run(
        lambda line: write_checkpoint(first.checkpoint(), saved) if saved else None,
        lambda: report(Step("teacher", first.updates, first.total_updates, "updates")),
    )
    first.supernet.load_state_dict(first.predicting_weights()[0])
    return Training(recipe, images, seed, device, teacher=first.supernet.eval()), first
