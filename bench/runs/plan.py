"""The runs of a study, and which of them are done, missing, failed or damaged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.recipe.changes import filled_with
from bench.recipe.preset import Preset, multiplied
from bench.recipe.recipe import FilledRecipe
from bench.runs.store import STATES, UNFINISHED, Run, failure_in, folder_of
from bench.study.study import Row, Study

TRIALS = "trials"
"""The folder, beside those of the presets, of runs with settings of the user's own."""


@dataclass(frozen=True)
class PlannedRow:
    """A row of a study with one run per seed, in the order of the seeds."""

    row: Row
    runs: tuple[Run, ...]

    def having(self, status: str) -> list[Run]:
        """Return the runs that are done, missing, failed or damaged; one without a folder is missing.

        The folders are listed once, so that a thousand seeds are planned as fast as one.
        """
        stored = self._stored()
        here = (run for run in self.runs if status == "missing" or folder_of(run.seed) in stored)
        return [run for run in here if (run.status if folder_of(run.seed) in stored else "missing") == status]

    def by_status(self) -> dict[str, list[Run]]:
        """Return the runs in each of `STATES`; each run is looked at once, so that it is in one of them."""
        stored = self._stored()
        found: dict[str, list[Run]] = {status: [] for status in STATES}
        for run in self.runs:
            found[run.status if folder_of(run.seed) in stored else "missing"].append(run)
        return found

    def begun(self) -> list[Run]:
        """Return the missing and failed runs that have a folder, on which a process may work now."""
        stored = self._stored()
        return [run for run in self.runs if folder_of(run.seed) in stored and run.status in UNFINISHED]

    def _stored(self) -> set[str]:
        """Return the names of the folders of all stored seeds."""
        recipe = self.runs[0].folder.parent if self.runs else None
        return {path.name for path in recipe.iterdir()} if recipe and recipe.is_dir() else set()

    def seeds(self, status: str) -> list[int]:
        """Return the seeds whose run is done, missing, failed or damaged."""
        return [run.seed for run in self.having(status)]

    def failures(self) -> dict[int, str]:
        """Return the error of each failed seed."""
        return {run.seed: failure_in(run.folder) for run in self.having("failed")}

    def damaged(self) -> list[str]:
        """Return a line per damaged run, with the reason; damaged runs are left out of tables and figures."""
        return [f"{self.row.name}, seed {run.seed} is damaged: {run.damage}" for run in self.having("damaged")]


def plan(
    study: Study,
    preset: Preset,
    seeds: tuple[int, ...] | None,
    results: Path,
    changes: Sequence[str] = (),
    rows: Sequence[Row] | None = None,
) -> list[PlannedRow]:
    """Return every row with its runs at the preset, or the `rows` given; `seeds` None: the study's own.

    `changes` (see `bench.recipe.changes`) make trials of them: each changes every row, before a row's factors multiply
    it. Trials are stored in `trials_in(results)`, where no table, figure or report looks for a study's runs.
    """
    folder = trials_in(results) if changes else results
    rows = study.rows if rows is None else rows
    rows = [replace(row, published=None, reported=None) for row in rows] if preset.like else rows
    return [
        PlannedRow(row, tuple(Run(recipe, preset.name, seed, folder) for seed in seeds or study.seeds))
        for row in rows
        for recipe in (_recipe(row, preset, changes),)
    ]


def _recipe(row: Row, preset: Preset, changes: Sequence[str]) -> FilledRecipe:
    if not changes:
        return row.filled(preset)
    return multiplied(filled_with(row.recipe, preset, changes), row.times)


def trials_in(results: Path) -> Path:
    """Return the folder of the trials of a folder of runs."""
    return results / TRIALS


def something_to_show(rows: list[PlannedRow]) -> bool:
    """Return whether a row after the first has a finished run; for a single row, whether it has one."""
    return any(planned.seeds("done") for planned in (rows[1:] or rows))


def asked_on(rows: list[PlannedRow]) -> str:
    """Return the held-out images on which the finished runs predicted, with all their numbers."""
    images = [run.read().record.images for planned in rows for run in planned.having("done")]
    counts = " or ".join(f"{count:,}" for count in sorted({image["held_out"] for image in images}))
    own = [planned.runs[0].recipe.images.held_out_by_seed for planned in rows if planned.having("done")]
    drawn = "" if not any(own) else ", drawn for each seed" if all(own) else ", drawn for each seed in some rows"
    return f"{counts} images of {' or '.join(sorted({image['predicted_on'] for image in images}))}{drawn}"


def trained_on(rows: list[PlannedRow]) -> str:
    """Return the image set of the rows' supernets."""
    return " and ".join(sorted({str(run.recipe.images.dataset) for planned in rows for run in planned.runs[:1]}))
