"""Several metrics of every row, with those of the best trivial predictor and of the truth's ceiling."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure, of_row, score_of_row
from bench.figures.style import CEILING, TRIVIAL, canvas, colours, named
from bench.figures.typeset.names import readable
from bench.scores.ceiling import CEILING_ROW
from bench.scores.prediction_frame import scored

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

    from bench.scores.interval import Value

ACCURACY = "mean supernet accuracy (%)"
"""Mean over the sampled architectures; not a ranking metric, although often used as one."""
PUBLISHED = "kendall-tau-b"
"""The one metric that sources print for their rows."""
MEANT = {
    "sparse-kendall-tau/truth-0.1%": "sparse: truths rounded to 0.1 %",
    "surpass-random-search/n-10": "chance to surpass: ten random architectures are all worse than the predicted best",
    "top-n-trend": "top-N trend: tau of mean prediction and N, over the true top N",
}
"""What the note says of metrics whose titles do not tell it."""
COLUMNS = ("row", "metric", "n", "mean", "low", "high", "seeds", "trivial", "counted", "published")


def numbers(frame: "pd.DataFrame", metrics: tuple[str, ...]) -> "pd.DataFrame":
    """Return a line of `COLUMNS` for every row and metric, on the architectures of the row's own space.

    Low and high bound the 95 % interval over architectures and seeds, or over architectures for a row with one seed.
    `trivial` is the metric of `counted`, the trivial predictor of highest tau-b on the same architectures, and
    `published` the tau printed in the row's source, at its own size, NaN otherwise. It stands beside our tau-b, which
    comes first if a source prints a tau and the `metrics` are others. Metrics of the true top are computed on all
    predictions, the others on the sampled ones. If the truth has several training seeds, the last row is its ceiling.
    """
    import pandas as pd

    if PUBLISHED not in metrics and frame.published.notna().any():
        metrics = (PUBLISHED, *metrics)
    lines = []
    for row, runs in frame.groupby("row", sort=False):
        seeds = [run for _, run in runs.groupby("seed")]
        for name in metrics:
            found = _score(row, name, seeds)
            if found is not None:
                trivial, counted = (np.nan, "") if row == CEILING_ROW else _trivial(name, seeds[0])
                published = runs.published.iloc[0] if name == PUBLISHED else np.nan
                measured = (found.n, found.value, found.low, found.high, found.seeds)
                lines.append((row, name, *measured, trivial, counted, published))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _score(row: object, name: str, seeds: "list[pd.DataFrame]") -> "Value | None":
    """Return a row's score over its seeds; None for the supernet accuracy of the ceiling."""
    from bench.scores.interval import of_one_seed
    from bench.scores.metrics import METRICS

    if name != ACCURACY:
        return score_of_row(row, seeds, METRICS.get(name))
    if row == CEILING_ROW:
        return None
    found = [scored(run, "predicted") for run in seeds]
    return of_row(row, [of_one_seed(one.mean, one.n) for one in found])


def _trivial(name: str, run: "pd.DataFrame") -> tuple[float, str]:
    """Return the metric of the trivial predictor on the architectures of a run, and the predictor's name."""
    from bench.scores.metrics import METRICS

    counted = str(run.counted.iloc[0])
    if name == ACCURACY or not counted:
        return np.nan, counted
    return scored(run, "trivial").value(METRICS.get(name)), counted


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return one panel per metric with its direction, rows from top to bottom, ticks for the trivial predictor.

    A row that lacks seeds has open markers, and its number of seeds beside its name.
    """
    from bench.scores.metrics import METRICS

    names, rows = list(dict.fromkeys(lines.metric)), list(dict.fromkeys(lines.row))
    supernets = [row for row in rows if row != CEILING_ROW]
    own = colours(supernets, caption.colours) | {CEILING_ROW: CEILING}
    seeds = lines.groupby("row", sort=False).seeds.max()
    thin = {row: caption.thin(row, seeds[row]) for row in rows}
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
                inside = "white" if thin[row] else own[row]
                ax.errorbar(value["mean"], place, xerr=error, fmt="o", markersize=4, capsize=3, color=own[row],
                            markerfacecolor=inside)  # fmt: skip
            trivial = named(value.counted) if np.isfinite(value.trivial) else ""
            ax.plot(value.trivial, place, "|", color=TRIVIAL, markersize=13, markeredgewidth=1.2, label=trivial)
            ax.plot(value.published, place, "D", color=own[row], markersize=4.5, markerfacecolor="none")
        if CEILING_ROW in rows and np.isfinite(part.loc[CEILING_ROW, "mean"]):
            ax.axvline(part.loc[CEILING_ROW, "mean"], color=CEILING, linewidth=0.8, linestyle=":")
        labels = [f"{row}{thin[row]}" for row in rows]
        ax.set_yticks(range(len(rows)), labels if index % columns == 0 else [""] * len(rows))
        ax.set_ylim(len(rows) - 0.5, -0.5)
        arrow = "\n(no direction)" if name == ACCURACY else f" {METRICS.get(name).arrow}"
        ax.set_title(readable(name.replace("/", "\n")) + arrow, fontsize=8)
    for unused in range(len(names), height * columns):
        grid[unused // columns][unused % columns].remove()
    counted = " or ".join(sorted({name for name in lines.counted if name}))
    ticks = (
        f"; grey ticks: {readable(counted)}, the best trivial predictor on the same architectures" if counted else ""
    )
    sources = "; diamonds: tau in the source, at its own size" if lines.published.notna().any() else ""
    meant = "".join(f"; {MEANT[name]}" for name in names if name in MEANT)
    note = f"{bars(seeds[supernets], caption)}{ticks}{meant}{sources}{caption.not_stored}"
    figure.suptitle(f"{caption}\n{note}", fontsize=8, color="#444444", wrap=True)
    return figure


def bars(seeds: "pd.Series[int]", caption: Caption) -> str:
    """Return what the bars and the open markers of rows with so many seeds are."""
    if (seeds == 1).all():
        return "bars: 95 % interval over architectures, one seed"
    few = f"; open markers: fewer than {caption.seeds} seeds" if (seeds < caption.seeds).any() else ""
    alone = ", of rows with one seed over architectures alone" if (seeds == 1).any() else ""
    return f"bars: 95 % interval over architectures and seeds{alone}{few}"


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
