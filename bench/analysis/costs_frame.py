"""Finished runs -> a data frame of what each row costs: time, passes and memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.runs.cost import cost_of
from bench.runs.expected import timing
from bench.runs.memory import update_memory
from bench.runs.plan import PlannedRow

if TYPE_CHECKING:
    import pandas as pd

COSTS = ("row", "seeds", "training", "prediction", "processors", "passes", "images", "for_gradients", "kept")
"""One line per row with a finished run: means over its seeds, minutes of one core for `training` and `prediction`,
passes and images of training, and the bytes of `bench.runs.memory.Memory`. Rows that differ in their score alone share
a supernet; the first of them stands for all."""


def costs_frame(rows: Sequence[PlannedRow]) -> "pd.DataFrame":
    """Return what each row costs, in `COSTS`; empty without a finished run."""
    import pandas as pd

    lines, known = [], set()
    for planned in rows:
        done = planned.having("done")
        if not done or done[0].folder in known:
            continue
        known.add(done[0].folder)
        records, times = [run.read().record for run in done], [timing(run) for run in done]
        cost, memory = cost_of(records), update_memory(done[0].recipe)
        passes = float(np.mean([record.budget["forward_passes"] for record in records]))
        minutes = [float(np.mean(seconds)) / 60 for seconds in zip(*((t.train, t.predict) for t in times), strict=True)]
        about = (planned.row.name, len(done), *minutes, ", ".join(cost.processors), passes, cost.images)
        lines.append((*about, memory.for_gradients, memory.kept))
    return pd.DataFrame(lines, columns=list(COSTS))
