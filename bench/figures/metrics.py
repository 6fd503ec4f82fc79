"""Several metrics of every row side by side, beside what counting parameters gives and the truth's own ceiling."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure, of_row
from bench.figures.style import CEILING, TRIVIAL, canvas, colours
from bench.scores.ceiling import CEILING_ROW

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

ACCURACY = "mean supernet accuracy (%)"
"""Of the sampled architectures: no ranking metric, but what is often taken for one."""
ARROWS = {"higher": "↑", "lower": "↓"}
PARAMS = "params (trivial)"
LINES = {PARAMS: (TRIVIAL, "--"), CEILING_ROW: (CEILING, ":")}
"""The rows that no supernet is, as a line through every row."""


def numbers(frame: "pd.DataFrame", metrics: tuple[str, ...]) -> "pd.DataFrame":
    """Return row, metric, n, mean, low, high, seeds on the sampled architectures of each row.

    Low and high bound the 95 % interval over seeds (Student t), or over architectures where a row has one seed.
    The row `params (trivial)` ranks by live parameters, in the population of the first row; that of the ceiling, where
    the truth has several training seeds, ranks by one of them.
    """
    import pandas as pd

    from bench.scores import METRICS
    from bench.scores.interval import Value, bootstrap, of_one_seed, within_range

    lines = []
    sampled = frame[frame.sampled]

    def add(row: str, metric: str, found: Value) -> None:
        lines.append((row, metric, found.n, found.value, found.low, found.high, found.seeds))

    for row, runs in sampled.groupby("row", sort=False):
        seeds = [run for _, run in runs.groupby("seed")]
        for name in metrics:
            if name == ACCURACY and row == CEILING_ROW:
                continue
            if name == ACCURACY:
                means = [float(run.predicted.mean()) for run in seeds]
                found = [of_one_seed(mean, len(seeds[0])) for mean in means]
                add(str(row), name, of_row(row, found))
            else:
                metric, draws = METRICS.get(name), 200 if len(seeds) == 1 else 1
                found = [
                    bootstrap(metric, run.ranked.to_numpy(), run.true.to_numpy(), resamples=draws) for run in seeds
                ]
                add(str(row), name, within_range(metric, of_row(row, found)))
    if len(sampled) and np.isfinite(sampled.params).all():
        first = next(run for _, run in sampled.groupby(["row", "seed"], sort=False))
        params, true = first.params.to_numpy(), first.true.to_numpy()
        for name in metrics:
            if name != ACCURACY:
                add(PARAMS, name, bootstrap(METRICS.get(name), params, true, resamples=200))
    return pd.DataFrame(lines, columns=["row", "metric", "n", "mean", "low", "high", "seeds"])


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return one panel per metric with its direction, rows from top to bottom; lines are what no supernet is."""
    from bench.scores import METRICS

    names = list(dict.fromkeys(lines.metric))
    supernets = [row for row in dict.fromkeys(lines.row) if row not in LINES]
    rows = supernets + [row for row in LINES if row in set(lines.row)]
    own = colours(supernets, caption.colours) | {row: colour for row, (colour, _) in LINES.items()}
    columns = min(4, len(names))
    height = -(-len(names) // columns)
    figure, grid = canvas(2.2 + 2.3 * columns, 0.9 + height * (0.7 + 0.24 * len(rows)), height, columns)
    for index, name in enumerate(names):
        ax = grid[index // columns][index % columns]
        part = lines[lines.metric == name].set_index("row").reindex(rows)
        for place, row in enumerate(rows):
            value = part.loc[row]
            if np.isfinite(value["mean"]):
                error = [[np.nan_to_num(value["mean"] - value.low)], [np.nan_to_num(value.high - value["mean"])]]
                ax.errorbar(value["mean"], place, xerr=error, fmt="o", markersize=4, capsize=3, color=own[row])
        for row, (colour, style) in LINES.items():
            if row in rows and np.isfinite(part.loc[row, "mean"]):
                ax.axvline(part.loc[row, "mean"], color=colour, linewidth=0.8, linestyle=style)
        ax.set_yticks(range(len(rows)), rows if index % columns == 0 else [""] * len(rows))
        ax.set_ylim(len(rows) - 0.5, -0.5)
        arrow = "\n(no direction)" if name == ACCURACY else f" {ARROWS[METRICS.get(name).better]}"
        ax.set_title(name.replace("/", "\n") + arrow, fontsize=8)
    for unused in range(len(names), height * columns):
        grid[unused // columns][unused % columns].remove()
    figure.suptitle(
        f"{caption}\nbars: 95 % interval over seeds, over architectures for one seed", fontsize=8, color="#444444"
    )
    return figure


def of_metrics(name: str, about: str, *metrics: str) -> Figure:
    """Return the figure of these metrics."""
    return Figure(name=name, about=about, numbers=partial(numbers, metrics=metrics), draw=draw)


ADDITIONAL_METRICS = of_metrics(
    "additional-metrics",
    "papers/single-path-ranking-correlations, Figures 11 and 12",
    "kendall-tau-b",
    "spearman",
    "pearson",
    "top-n-trend",
    "precision-at-top/5%",
    "kendall-tau-b/top-50",
    "regret",
    ACCURACY,
)
FACTOR_METRICS = of_metrics(
    "factor",
    "How to train your supernet: sparse tau, supernet accuracy and the chance to surpass random search",
    "sparse-kendall-tau/truth-0.1%",
    ACCURACY,
    "surpass-random-search/n-10",
)
CHANNEL_METRICS = of_metrics(
    "channel-metrics",
    "papers/neural-channel-search, Tables 2 to 5: tau, beside what they do not show",
    "kendall-tau-b",
    "spearman",
    "kendall-tau-b/top-50",
    "precision-at-top/5%",
    "regret",
    ACCURACY,
)
