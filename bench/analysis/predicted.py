"""Stored runs -> the architectures of a truth that all their supernets predict."""

from collections.abc import Sequence

import numpy as np

from bench.runs.plan import PlannedRow
from bench.tables.table import Table
from bench.types import Flags


def predicted_by_all(rows: Sequence[PlannedRow], table: Table) -> Flags:
    """Return which architectures of a table every finished supernet of its whole space predicts, [arch].

    The rows are those of one truth. All of the table if there is no such supernet. Supernets of a masked space predict
    the architectures of their own space and do not count.
    """
    found = np.ones(len(table.genes), dtype=bool)
    seen: set[tuple[str, int]] = set()  # so that one of the runs that predict the same population is read
    for planned in rows:
        if not planned.runs or planned.runs[0].recipe.space != table.space:
            continue
        for run in planned.having("done"):
            stored = run.read()
            told = stored.record.predictions
            if (population := (str(told.get("population")), told["n"])) in seen:
                continue
            seen.add(population)
            at, known = table.rows(stored.predictions.genes)
            present = np.zeros(len(table.genes), dtype=bool)
            present[at[known]] = True
            found &= present
    return found
