"""Stored training logs and records -> a tidy data frame of how supernets trained and what that cost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.runs.cost import cost_of
from bench.runs.plan import PlannedRow
from bench.runs.training_log import read_probes

if TYPE_CHECKING:
    import pandas as pd

TRAINING = ("row", "seed", "epoch", "epochs", "accuracy", "probes", "minutes", "megabytes", "processor")
"""One line per row, seed and epoch: the mean `accuracy` in percent of `probes` fixed random architectures on held-out
images after the epoch of `epochs`. `minutes` of training are those of the whole run; `megabytes` (2^20 bytes) the most
that one of its first updates held (bench/train/memory.py), NaN where the run did not measure it. Rows that differ in
their score alone share a supernet; the first of them stands for all."""


def training_frame(rows: Sequence[PlannedRow]) -> "pd.DataFrame":
    """Return how the finished runs trained, in `TRAINING`."""
    import pandas as pd

    lines, known = [], set()
    for planned in rows:
        for run in planned.having("done"):
            if run.folder in known:
                continue
            known.add(run.folder)
            record = run.read().record
            held = record.budget.get("update_bytes")
            costs = (record.seconds["train"] / 60, np.nan if held is None else held / 2**20)
            processor = cost_of([record]).processors[0]
            for epoch, found in read_probes(run.folder).items():
                about = (planned.row.name, run.seed, epoch, run.recipe.epochs)
                lines.append((*about, float(np.mean(found)), len(found), *costs, processor))
    return pd.DataFrame(lines, columns=list(TRAINING))
