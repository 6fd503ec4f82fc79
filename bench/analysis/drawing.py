"""What a study's figures are drawn from: its truth, its frames and its caption."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bench.analysis.frames import Frames
from bench.errors import StoreError, unknown_name
from bench.figures.figure import Caption, Figure
from bench.recipe.preset import Preset
from bench.runs.plan import PlannedRow, asked_on, trained_on
from bench.runs.scored_on import needed_table
from bench.study.colours import RowColours
from bench.study.study import STUDIES, Study
from bench.tables.catalog import open_truths_beside

if TYPE_CHECKING:
    import pandas as pd


class Drawing:
    """A study with its finished runs and its truth, ready to be drawn."""

    def __init__(self, study: Study, rows: list[PlannedRow], size: Preset, data: Path) -> None:
        self.study, self.rows, self.size, self.data = study, rows, size, data
        self.table = needed_table(study, size, data)

    @cached_property
    def caption(self) -> Caption:
        """Return what every figure of the study says of its runs."""
        colours = RowColours(STUDIES.all()).of(self.study)
        table, rows, of = self.table, self.rows, len(self.study.rows)
        some = f"{len(rows)} of {of} rows" if len(rows) < of else ""
        return Caption(
            truth=table.truth,
            preset=self.size.name,
            images=asked_on(rows),
            trained_on=trained_on(rows),
            colours=colours,
            coverage=table.coverage,
            rows=some,
            seeds=max((len(row.runs) for row in rows), default=0),
            absent=tuple(row.row.name for row in rows if not row.seeds("done")),
        )

    @cached_property
    def frames(self) -> Frames:
        """Return the frames of the figures; searches are scored on the same architectures of other images too."""
        beside = open_truths_beside(self.table.truth, self.data) if self.study.searches else []
        return Frames(self.study, self.rows, [self.table, *beside], self.data)

    def numbers(self, figure: Figure) -> "pd.DataFrame":
        """Return the numbers of a figure; empty if nothing of its rows is stored."""
        return figure.numbers(self.frames.shown(figure))

    def named(self, name: str | None) -> Figure:
        """Return a figure of the study by name, the first for None; raises `UnknownName`, `StoreError` without any."""
        by_name = {figure.name: figure for figure in self.study.figures}
        if not by_name:
            raise StoreError(f"study '{self.study.name}' has no figures; name another study")
        if name is not None and name not in by_name:
            raise unknown_name("figure", name, by_name, f"these are the figures of study '{self.study.name}'")
        return by_name[name] if name else self.study.figures[0]


def check_finished(study: Study, rows: list[PlannedRow], preset: str, seeds: str | None, results: Path) -> None:
    """Raise `StoreError` with the command that makes runs unless a row has a finished one."""
    if not any(row.seeds("done") for row in rows):
        wanted = f" with seeds {seeds}" if seeds is not None else ""
        raise StoreError(
            f"no finished run of study '{study.name}' at preset '{preset}'{wanted} in {results}; "
            f"'supernet-bench run {study.name} --preset {preset}{f' --seeds {seeds}' if seeds else ''}' makes them"
        )
