"""Every number of a results table as CSV, one line per row and metric."""

import csv
import io
import math
from collections.abc import Sequence

from bench.analysis.results_table import NO_RUN, ResultRow

HEADER = ("row", "ranked_by", "seeds", "metric", "n", "value", "low", "high", "interval_over", "reason")
ACCURACY = "mean-supernet-accuracy"
"""The mean accuracy of a row's supernets in percent, which stands beside its tau; it has no interval."""


def results_csv(found: Sequence[ResultRow]) -> str:
    """Return a line of `HEADER` per row and metric; a number that does not exist is empty, and `reason` says why.

    `low` and `high` bound the 95 % interval, `interval_over` says what was resampled for it. A row of a masked space
    also has tau-b of the trivial predictors on its own architectures. A row without a run has one line, of no metric.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(HEADER)
    for row in found:
        if all(value.reason == NO_RUN for value in row.scores.values()):
            lines.writerow((row.name, row.by, row.seeds, "", row.n, "", "", "", "", NO_RUN))
            continue
        if row.accuracy:
            mean = _number(row.accuracy.mean)
            lines.writerow((row.name, row.by, row.seeds, ACCURACY, row.n, mean, "", "", "", ""))
        trivial = {f"kendall-tau-b of {name} (trivial)": value for name, value in row.trivial.items()}
        for name, value in {**row.scores, **trivial}.items():
            bounds = _number(value.low), _number(value.high)
            over = value.resampled if all(bounds) else ""
            written = (value.n, _number(value.value), *bounds, over, value.reason)
            lines.writerow((row.name, row.by, row.seeds, name, *written))
    return text.getvalue()


def _number(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""
