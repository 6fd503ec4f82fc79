"""What a test of a claim would cost: the missing runs of its rows, or the minutes of a row that is alike."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from bench.runs.cost import cost_of
from bench.runs.expected import Expected, minutes_left, spelled
from bench.runs.plan import PlannedRow
from bench.runs.store import UNFINISHED, Run
from bench.study.claim import Cheaper, Compared, Favours, NoProxy, Rows, Searched, Untested
from bench.study.study import STUDIES, Study

UNKNOWN = "no run in this space is stored to estimate from"


class Costs:
    """What is left to run for a claim, from the timings of the stored runs."""

    def __init__(
        self,
        rows: Callable[[Study], Sequence[PlannedRow]],
        alike: Callable[[Study], Sequence[PlannedRow]] | None = None,
    ) -> None:
        """Take `rows`, which returns a study's rows with their runs, and the same of a preset of equal sizes."""
        self.rows = rows
        self._left: dict[str, dict[Path, Expected | None]] = {}
        self._known = [one for one in (rows, alike) if one is not None]

    @cached_property
    def stored(self) -> list[Run]:
        """Return the finished runs of all studies, each once."""
        planned = [row for study in STUDIES.all() for one in self._known for row in one(study)]
        runs = {run.folder: run for row in planned for run in row.runs}
        return [run for run in runs.values() if run.status == "done"]

    def of_rows(self, test: Rows) -> str:
        """Return the missing seeds of a claim's rows with their expected minutes; empty if none."""
        study = STUDIES.get(test.study)
        names = _rows_of(test, study)
        rows = [planned for planned in self.rows(study) if planned.row.name in names]
        missing = {run.folder for planned in rows for run in planned.runs if run.status in UNFINISHED}
        if not missing:
            return ""
        if study.name not in self._left:
            self._left[study.name] = minutes_left(self.rows(study), self.stored)
        runs = f"{len(missing)} run{'s' if len(missing) > 1 else ''} of study {study.name}"
        return f"{runs}: {spelled((self._left[study.name][folder] for folder in missing), UNKNOWN)}"

    def of_untested(self, test: Untested) -> str:
        """Return the cost of a claim that no row tests: in words, or from the minutes of a row that is alike."""
        if test.like is None:
            return test.cost
        study, row = test.like.found()
        [planned] = [planned for planned in self.rows(study) if planned.row.name == row.name]
        done = planned.having("done")
        if not done:
            return UNKNOWN
        each = cost_of([run.read().record for run in done])
        cost = Expected(minutes=each.minutes * test.times * test.seeds, gpu=each.gpu)
        return f"{spelled([cost], UNKNOWN)}, from the time of row '{row.name}'"


def _rows_of(test: Rows, study: Study) -> set[str]:
    """Return the names of a claim's row and of what it is compared with."""
    if isinstance(test, NoProxy):
        return {row.name for row in study.rows}
    _, row = test.found()
    if isinstance(test, Compared | Favours):
        return {row.name, test.against or row.against or study.rows[0].name}
    if isinstance(test, Searched):
        return {row.name, test.against_row or row.name}
    return {row.name, test.against} if isinstance(test, Cheaper) else {row.name}
