"""Stored training logs -> a tidy data frame of what updates learned, the only input of its figure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.analysis.logs import Refuse, each_log, fail
from bench.runs.plan import PlannedRow
from bench.runs.training_log import read_probabilities

if TYPE_CHECKING:
    import pandas as pd

LEARNED = ("row", "seed", "epoch", "epochs", "decision", "choice", "probability")
"""One line per row, seed, epoch, decision and choice that the space allows: its probability, 0 to 1, after the epoch of
`epochs`. Rows that differ in their score alone share a supernet; the first of them stands for all."""


def learned_frame(rows: Sequence[PlannedRow], refuse: Refuse = fail) -> "pd.DataFrame":
    """Return the probabilities that the updates of finished runs learned, in `LEARNED`; empty if none learned any.

    `refuse` as in `each_log`.
    """
    import pandas as pd

    lines, known = [], set()
    for planned, run, tables in each_log(rows, lambda run: read_probabilities(run.folder, run.recipe.space), refuse):
        if run.folder in known:
            continue
        known.add(run.folder)
        space, epochs = run.recipe.space, run.recipe.epochs
        names, choices = space.decision_names, space.readable_choices
        for epoch, table in tables.items():
            lines += [
                (planned.row.name, run.seed, epoch, epochs, names[decision], choices[decision][choice], value)
                for decision, kept in enumerate(space.allowed)
                for choice, value in ((one, float(table[decision, one])) for one in kept)
            ]
    return pd.DataFrame(lines, columns=list(LEARNED))
