"""The runs of a study, and which of them are done, missing, failed or damaged."""

from dataclasses import dataclass
from pathlib import Path

from bench.errors import LONGEST, shown
from bench.recipe.preset import Preset
from bench.runs.store import Run, folder_of
from bench.study.study import Row, Study
from bench.untrusted.json_object import read_object


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
