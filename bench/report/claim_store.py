"""The stored runs of a preset, and the truths that score them, for all claims at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import DataError, UnknownName
from bench.recipe.preset import Preset
from bench.report.answers import Answer, answers
from bench.runs.plan import PlannedRow, plan
from bench.runs.scored_on import truth_of
from bench.study.study import Study
from bench.tables.table import Table
from bench.truth import Truth


class NoTableError(DataError):
    """The truth of a claim is damaged or not installed."""


@dataclass(frozen=True)
class Store:
    """The stored runs of a preset and the truths that score them; studies are planned and answered once."""

    preset: Preset
    results: Path
    tables: Callable[[Truth], Table]
    data: Path
    answered: dict[str, Sequence[Answer]]
    planned: dict[str, list[PlannedRow]] = field(default_factory=dict)

    def rows(self, study: Study) -> list[PlannedRow]:
        """Return the study's rows with their runs."""
        if study.name not in self.planned:
            self.planned[study.name] = plan(study, self.preset, None, self.results)
        return self.planned[study.name]

    def table(self, study: Study) -> Table | None:
        """Return the table that scores the study, None if it has no truth, or its own is still to be built."""
        truth = truth_of(study, self.preset)
        try:
            return None if truth is None else self.open(truth)
        except NoTableError as error:
            if study.built and isinstance(error.__cause__, UnknownName):
                return None
            raise

    def open(self, truth: Truth) -> Table:
        """Return the table of a truth; raises `NoTableError`."""
        try:
            return self.tables(truth)
        except (DataError, UnknownName) as error:
            raise NoTableError(str(error)) from error

    def answers(self, study: Study) -> Sequence[Answer]:
        """Return the study's own answers, empty if none of its rows can be answered."""
        if study.name not in self.answered:
            rows, table = self.rows(study), self.table(study)
            possible = table is not None and any(row.seeds("done") for row in rows)
            self.answered[study.name] = answers(rows, table) if possible and table is not None else []
        return self.answered[study.name]
