"""The runs of a study, which of them are done, missing, failed or damaged, and the truth and population that score."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.errors import LONGEST, ComparisonError, RecipeError, shown
from bench.population import DRAWN, Population
from bench.recipe.preset import Preset
from bench.runs.store import Run, folder_of
from bench.spaces import Space
from bench.study.study import Row, Study
from bench.tables.table import Table
from bench.truth import Truth
from bench.untrusted.json_object import read_object

MOST_SEEDS = 1_000
"""Maximum number of seeds in a range; more is taken as a typing error."""
SAMPLE = "random-1000"
"""The population of tables and figures, if the truth has at least as many architectures."""


@dataclass(frozen=True)
class PlannedRow:
    """A row of a study with one run per seed, in the order of the seeds."""

    row: Row
    runs: tuple[Run, ...]

    def having(self, status: str) -> list[Run]:
        """Return the runs that are done, missing, failed or damaged; one without a folder is missing.

        The folders are listed once, so that a thousand seeds are planned as fast as one.
        """
        if not self.runs:
            return []
        recipe = self.runs[0].folder.parent
        stored = {path.name for path in recipe.iterdir()} if recipe.is_dir() else set()
        here = (run for run in self.runs if status == "missing" or folder_of(run.seed) in stored)
        return [run for run in here if (run.status if folder_of(run.seed) in stored else "missing") == status]

    def seeds(self, status: str) -> list[int]:
        """Return the seeds whose run is done, missing, failed or damaged."""
        return [run.seed for run in self.having(status)]

    def failures(self) -> dict[int, str]:
        """Return the error of each failed seed."""
        return {run.seed: _failure(run) for run in self.having("failed")}

    def damaged(self) -> list[str]:
        """Return a line per damaged run, with the reason; damaged runs are left out of tables and figures."""
        return [f"{self.row.name}, seed {run.seed} is damaged: {run.damage}" for run in self.having("damaged")]


def _failure(run: Run) -> str:
    path = run.folder / "failed.json"
    try:
        return shown(read_object(path)["error"], LONGEST)
    except (OSError, ValueError, KeyError):
        return f"unknown: {path} is not readable"


def truth_of(study: Study, preset: Preset) -> Truth | None:
    """Return the truth that a study is scored against: the preset's if it has one for the study's space.

    None for a study of a space without a table.
    """
    assert not isinstance(study.truth, str), "a study parses its truth"
    own = Truth.parse(preset.truth) if preset.truth else None
    return own if own and study.truth and own.space == study.truth.space else study.truth


def others_of(study: Study, preset: Preset) -> tuple[Truth, ...]:
    """Return the other truths whose architectures the study's supernets predict at a preset.

    None if the preset has images of its own, and none if its supernets predict a population of fixed size, which is
    drawn from the study's truth alone.
    """
    truth = truth_of(study, preset)
    if truth is None or truth != study.truth or preset.population_in(study.baseline.space) in DRAWN:
        return ()
    return tuple(other for other in study.others if isinstance(other, Truth))


def needed_truth(study: Study, preset: Preset) -> Truth:
    """Return the truth that a study is scored against; raises `ComparisonError` if there is none."""
    truth = truth_of(study, preset)
    if truth is None:
        raise ComparisonError(
            f"study '{study.name}' names no truth, so its runs are not scored; "
            "store one with 'supernet-bench data add' and name it in the study (truth=...)"
        )
    return truth


def usual_population(table: Table, preset: Preset) -> Population:
    """Return the population of a preset's tables and figures: `SAMPLE`, or all of a smaller table.

    Supernets that predict a population of fixed size are scored on it. `Population.of` gives that of a masked space.
    """
    predicted = preset.population_in(table.space)
    name = SAMPLE if len(table.genes) >= DRAWN[SAMPLE] else "all"
    return Population(predicted if predicted in DRAWN else name, table.space, table.genes)


def predicted_population(space: Space, preset: Preset, table: Table | None, others: Sequence[Table] = ()) -> Population:
    """Return the architectures of a space, possibly masked, that a supernet of the preset predicts.

    For a space that cannot be listed these are the architectures of the truth's table and of `others`, the tables of
    `others_of`, or `SAMPLE` without a table.
    """
    name = preset.population_in(space)
    if not space.listable and table is None and name not in DRAWN:
        name = SAMPLE
    if space.listable or table is None:
        return Population(name, space)
    if not others:
        return Population(name, space, table.genes)
    return Population(name, space, np.unique(np.concatenate([t.genes for t in (table, *others)]), axis=0))


def plan(study: Study, preset: Preset, seeds: tuple[int, ...] | None, results: Path) -> list[PlannedRow]:
    """Return every row with its runs at the preset; `seeds` None: the study's own."""
    return [
        PlannedRow(row, tuple(Run(recipe, preset.name, seed, results) for seed in seeds or study.seeds))
        for row in study.rows
        for recipe in (preset.fill(row.recipe, row.times),)
    ]


def something_to_show(rows: list[PlannedRow]) -> bool:
    """Return whether a row after the first has a finished run; for a single row, whether it has one."""
    return any(planned.seeds("done") for planned in (rows[1:] or rows))


def asked_on(rows: list[PlannedRow]) -> str:
    """Return the held-out images on which the finished runs predicted, with all their numbers."""
    images = [run.read().record.images for planned in rows for run in planned.having("done")]
    counts = " or ".join(f"{count:,}" for count in sorted({image["held_out"] for image in images}))
    return f"{counts} images of {' or '.join(sorted({image['predicted_on'] for image in images}))}"


def trained_on(rows: list[PlannedRow]) -> str:
    """Return the image set of the rows' supernets."""
    return " and ".join(sorted({str(run.recipe.images.dataset) for planned in rows for run in planned.runs[:1]}))


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds in a text such as '0-2,7'; raises `RecipeError` for anything else.

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
