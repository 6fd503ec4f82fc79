"""What a study's runs are, and which of them are done, missing or failed."""

import json
from dataclasses import dataclass
from pathlib import Path

from bench.errors import RecipeError
from bench.preset import Preset
from bench.recipe import Recipe
from bench.store import Run, read_record
from bench.study import Row, Study

MOST_SEEDS = 1_000
"""Of one range: more is a slip of the pen."""


@dataclass(frozen=True)
class PlannedRow:
    """A row of a study with one run per seed, in the order of the seeds."""

    row: Row
    runs: tuple[Run, ...]

    def seeds(self, status: str) -> list[int]:
        """Return the seeds whose run is done, missing or failed."""
        return [run.seed for run in self.runs if run.status == status]

    def failures(self) -> dict[int, str]:
        """Return, per failed seed, what its run said."""
        return {run.seed: _failure(run) for run in self.runs if run.status == "failed"}


def _failure(run: Run) -> str:
    path = run.folder / "failed.json"
    try:
        return str(json.loads(path.read_text())["error"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"unknown, as {path} is not readable"


def truth_of(study: Study, preset: Preset) -> str:
    """Return the table a study is scored against: the preset's where its images have a truth of their own."""
    same_space = preset.table is not None and preset.table.split("/")[0] == study.table.split("/")[0]
    return preset.table if preset.table and same_space else study.table


def plan(study: Study, preset: Preset, seeds: tuple[int, ...] | None, results: Path) -> list[PlannedRow]:
    """Return every row with its runs at the preset; `seeds` None takes the study's own."""
    return [
        PlannedRow(row, tuple(Run(recipe, preset.name, seed, results) for seed in seeds or study.seeds))
        for row in study.rows
        for recipe in (preset.fill(row.recipe, row.times),)
    ]


def asked_on(rows: list[PlannedRow]) -> str:
    """Return the held-out images that the finished runs were asked on, every number of them that occurs."""
    images = [read_record(run.record_path).images for planned in rows for run in planned.runs if run.status == "done"]
    counts = " or ".join(f"{count:,}" for count in sorted({image["held_out"] for image in images}))
    return f"{counts} images of {' or '.join(sorted({image['predicted_on'] for image in images}))}"


def trained_on(rows: list[PlannedRow]) -> str:
    """Return the image set of the rows' supernets."""
    return " and ".join(sorted({str(run.recipe.images.dataset) for planned in rows for run in planned.runs}))


def planned_passes(recipe: Recipe) -> float:
    """Return about how many batches a filled recipe's training sends through a sub-network."""
    sizes, paths = recipe.images, recipe.paths
    assert sizes.train is not None, "the preset fills in the sizes"
    assert sizes.batch is not None, "the preset fills in the sizes"
    assert recipe.epochs is not None, "the preset fills in the sizes"
    batches = recipe.epochs * sizes.portion * sizes.train / sizes.batch
    return batches * (paths.per_update(recipe.space) if paths.same_batch else 1)


def minutes_left(rows: list[PlannedRow]) -> float | None:
    """Return the expected minutes of one worker for all unfinished runs, from stored timings; None without any.

    Training is taken to cost the same per forward pass as in the finished runs, prediction the same per run.
    """
    runs = [run for planned in rows for run in planned.runs]
    done = [run for run in runs if run.status == "done"]
    left = [run for run in runs if run.status != "done"]
    if not done:
        return None
    seconds = [read_record(run.record_path).seconds for run in done]
    predict = sum(spent["predict"] for spent in seconds) / len(done)
    train = sum(sum(spent.values()) for spent in seconds) - predict * len(done)
    per_pass = train / sum(planned_passes(run.recipe) for run in done)
    return (predict * len(left) + per_pass * sum(planned_passes(run.recipe) for run in left)) / 60


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that '0-2,7' spells.

    >>> parse_seeds("0-2,7")
    (0, 1, 2, 7)
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or (dash and int(last) < int(first)):
            raise RecipeError(f"seeds '{text}': '{part}' is neither a number nor a range; write them like 0-2,7")
        low, high = int(first), int(last if dash else first)
        if high - low >= MOST_SEEDS:
            raise RecipeError(f"seeds '{text}': '{part}' is {high - low + 1:,} seeds; allowed: at most {MOST_SEEDS:,}")
        seeds.extend(range(low, high + 1))
    return tuple(dict.fromkeys(seeds))
