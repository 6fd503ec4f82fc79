"""The frames of a study's figures, each read once and only if a figure needs it."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bench.analysis.costs_frame import costs_frame
from bench.analysis.followed_frame import followed_frame
from bench.analysis.frame import predictions_frame
from bench.analysis.learned_frame import learned_frame
from bench.analysis.search_frame import fronts_frame, searches_frame
from bench.analysis.training_frame import training_frame
from bench.errors import StoreError
from bench.figures.figure import Figure
from bench.runs.plan import PlannedRow
from bench.runs.search_plan import SearchPlan, plan_searches
from bench.scores.prediction_frame import arch_column
from bench.study.study import Study
from bench.tables.add_costs import published_costs
from bench.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd


class Frames:
    """What a study's figures are drawn from: its runs' predictions, training, what they learned and cost, its searches.

    `tables` are the study's truth and others of the same space, none if it is still to be built, `data` the folder of
    cost tables.
    """

    def __init__(self, study: Study, rows: Sequence[PlannedRow], tables: Sequence[Table], data: Path) -> None:
        self.study, self.rows, self.tables, self.data = study, list(rows), list(tables), data
        self._unread: dict[str, None] = {}

    @property
    def refused(self) -> tuple[str, ...]:
        """Return a line for every comparison of searches that cannot be made, and for every log that was not read."""
        return (*self.planned.refused, *self._unread)

    def _refuse(self, error: StoreError) -> None:
        self._unread[str(error)] = None

    def of(self, what: str) -> "pd.DataFrame":
        """Return the frame of what a figure is of: searches, fronts, what was learned, costs, training, truth, ..."""
        if what == "searches":
            return self.found
        if what == "learned":
            return self.learned
        if what == "costs":
            return self.costs
        if what == "training":
            return self.training
        if what == "followed":
            return self.followed
        if what == "truth":
            return self.truth
        return self.fronts if what == "fronts" else self.predictions

    def shown(self, figure: Figure) -> "pd.DataFrame":
        """Return the frame of what a figure is of, of a whole study with the rows that the figure shows."""
        frame = self.of(figure.of)
        whole = len(self.rows) == len(self.study.rows)
        return frame[frame.row.isin(figure.rows)] if figure.rows and whole else frame

    @cached_property
    def planned(self) -> SearchPlan:
        """Return the study's searches on its finished runs."""
        published = published_costs(self.tables[0]) if self.tables else None
        return plan_searches(self.study.searches, self.rows, self.data, [published] if published else [])

    @cached_property
    def predictions(self) -> "pd.DataFrame":
        """Return the predictions of the finished runs with the truth."""
        return predictions_frame(self.rows, self.tables[0])

    @cached_property
    def truth(self) -> "pd.DataFrame":
        """Return arch and true, the mean over training seeds in percent, of all architectures that have a truth."""
        import pandas as pd

        table = self.tables[0]
        return pd.DataFrame({"arch": arch_column(table.genes), "true": table.mean})

    @cached_property
    def learned(self) -> "pd.DataFrame":
        """Return the probabilities that the updates of the finished runs learned."""
        return learned_frame(self.rows, self._refuse)

    @cached_property
    def costs(self) -> "pd.DataFrame":
        """Return the time, passes and memory of the rows with finished runs."""
        return costs_frame(self.rows)

    @cached_property
    def training(self) -> "pd.DataFrame":
        """Return how the finished runs trained."""
        return training_frame(self.rows, self._refuse)

    @cached_property
    def followed(self) -> "pd.DataFrame":
        """Return tau-b while the finished runs trained."""
        return followed_frame(self.rows, self.tables[0], self._refuse)

    @cached_property
    def found(self) -> "pd.DataFrame":
        """Return what the stored searches found, against every table."""
        return searches_frame(self.planned.searches, self.tables)

    @cached_property
    def fronts(self) -> "pd.DataFrame":
        """Return the fronts that the stored searches found, and the true ones."""
        return fronts_frame(self.planned.searches, self.tables[0])
