"""What stored training logs say of the architectures that they followed -> tau after each epoch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.analysis.logs import Refuse, each_log, fail
from bench.errors import StoreError
from bench.population import Population
from bench.predict.followed import followed
from bench.runs.plan import PlannedRow
from bench.runs.store import Run
from bench.runs.training_log import LOG, read_followed
from bench.scores.join import join
from bench.scores.metrics import METRICS
from bench.scores.score_run import score_run
from bench.tables.table import Table
from bench.types import Genes

if TYPE_CHECKING:
    import pandas as pd

TAU = METRICS.get("kendall-tau-b")
FOLLOWED_COLUMNS = ("row", "seed", "epoch", "epochs", "tau", "n")
"""One line per row, seed and moment: `tau`, tau-b of what the supernet predicts after the epoch of `epochs`, on the `n`
followed architectures whose truth is known; by the row's own score, by accuracy if the log does not have that."""


def followed_frame(rows: Sequence[PlannedRow], table: Table, refuse: Refuse = fail) -> "pd.DataFrame":
    """Return tau-b while the finished runs trained, in `FOLLOWED_COLUMNS`; none of runs that followed none.

    `refuse` as in `each_log`.
    """
    import pandas as pd

    lines = []
    for planned, run, (genes, moments) in each_log(rows, _predicted, refuse):
        everything = Population("all", table.space, table.genes).of(run.recipe.space)
        for epoch, scores in moments.items():
            values = scores.get(planned.row.score.replace("-", "_"), scores["accuracy"])
            scored = score_run(join(planned.row.name, genes, np.array(values), table), table, everything)
            about = (planned.row.name, run.seed, epoch, run.recipe.epochs)
            lines.append((*about, scored.value(TAU), scored.n))
    return pd.DataFrame(lines, columns=list(FOLLOWED_COLUMNS))


def _predicted(run: Run) -> tuple[Genes, dict[int, dict[str, list[float]]]]:
    """Return the architectures that a run followed, and what it predicted of them by epoch and score."""
    moments = read_followed(run.folder)
    genes = followed(run.read().predictions.genes)
    for epoch, scores in moments.items():
        lengths = {len(values) for values in scores.values()}
        if lengths != {len(genes)} or "accuracy" not in scores:
            raise StoreError(
                f"{run.folder / LOG}, line {epoch}: followed has lists of {sorted(lengths)} numbers for "
                f"{', '.join(scores)}; expected {len(genes)} numbers for accuracy and each other score; restore it, or "
                f"delete {run.folder} to run it again"
            )
    return genes, moments
