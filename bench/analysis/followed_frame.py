"""What stored training logs say of the architectures that they followed -> tau after each epoch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import StoreError
from bench.population import Population
from bench.predict.followed import followed
from bench.runs.plan import PlannedRow
from bench.runs.training_log import LOG, read_followed
from bench.scores.join import join
from bench.scores.metrics import METRICS
from bench.scores.score_run import score_run
from bench.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

TAU = METRICS.get("kendall-tau-b")
FOLLOWED_COLUMNS = ("row", "seed", "epoch", "epochs", "tau", "n")
"""One line per row, seed and moment: `tau`, tau-b of what the supernet predicts after the epoch of `epochs`, on the `n`
followed architectures whose truth is known; by the row's own score, by accuracy if the log does not have that."""


def followed_frame(rows: Sequence[PlannedRow], table: Table) -> "pd.DataFrame":
    """Return tau-b while the finished runs trained, in `FOLLOWED_COLUMNS`; none of runs that followed none."""
    import pandas as pd

    lines = []
    for planned in rows:
        for run in planned.having("done"):
            moments = read_followed(run.folder)
            if not moments:
                continue
            genes, own = followed(run.read().predictions.genes), planned.row.score.replace("-", "_")
            everything = Population("all", table.space, table.genes).of(run.recipe.space)
            for epoch, scores in moments.items():
                values = scores.get(own, scores.get("accuracy", []))
                if len(values) != len(genes):
                    raise StoreError(
                        f"{run.folder / LOG}, line {epoch}: {len(values)} followed architectures; expected "
                        f"{len(genes)}; restore it, or delete {run.folder} to run it again"
                    )
                scored = score_run(join(planned.row.name, genes, np.array(values), table), table, everything)
                about = (planned.row.name, run.seed, epoch, run.recipe.epochs)
                lines.append((*about, scored.value(TAU), scored.n))
    return pd.DataFrame(lines, columns=list(FOLLOWED_COLUMNS))
