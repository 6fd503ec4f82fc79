"""Stored training logs -> a tidy data frame of how supernets trained."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.analysis.logs import Refuse, each_log, fail
from bench.runs.plan import PlannedRow
from bench.runs.training_log import read_probes

if TYPE_CHECKING:
    import pandas as pd

TRAINING = ("row", "seed", "epoch", "epochs", "accuracy", "probes")
"""One line per row, seed and epoch: the mean `accuracy` in percent of `probes` fixed random architectures on held-out
images after the epoch of `epochs`. Rows that differ in their score alone share a supernet; the first of them stands
for all."""


def training_frame(rows: Sequence[PlannedRow], refuse: Refuse = fail) -> "pd.DataFrame":
    """Return how the finished runs trained, in `TRAINING`; `refuse` as in `each_log`."""
    import pandas as pd

    lines, known = [], set()
    for planned, run, probes in each_log(rows, lambda run: read_probes(run.folder), refuse):
        if run.folder in known:
            continue
        known.add(run.folder)
        for epoch, found in probes.items():
            about = (planned.row.name, run.seed, epoch, run.recipe.epochs)
            lines.append((*about, float(np.mean(found)), len(found)))
    return pd.DataFrame(lines, columns=list(TRAINING))
