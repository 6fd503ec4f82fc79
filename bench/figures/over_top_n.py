"""Predicted accuracy and ranking correlation over the true top N."""

from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colour

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

TOP_N = (10, 25, 50, 150, 250, 500)
METRICS = {"accuracy": "mean supernet accuracy (%)", "tau": "Kendall's tau-b (1 is best)"}


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return row, metric, group (true top N, or the population), n, mean, low, high and seeds.

    All that are tied with the N-th belong to a top N, as in the scores. `mean` is over seeds; low and high
    bound its 95 % Student-t interval over seeds, cut at the range of the metric, empty for one seed.
    """
    import pandas as pd

    from bench.scores import METRICS
    from bench.scores.interval import Value, over_seeds

    kendall = METRICS.get("kendall-tau-b")
    values: dict[tuple[str, str, str, int], list[Value]] = {}
    for (row, _), run in frame.groupby(["row", "seed"], sort=False):
        sampled = {run.population.iloc[0]: run[run.sampled]}
        groups = {str(n): run.nlargest(n, "true", keep="all") for n in TOP_N if n <= len(run)} | sampled
        for group, part in groups.items():
            found = {
                "accuracy": float(part.predicted.mean()),
                "tau": kendall(part.predicted.to_numpy(), part.true.to_numpy()),
            }
            for metric, value in found.items():
                one = Value(value=value, low=np.nan, high=np.nan, n=len(part), resampled="seeds")
                values.setdefault((str(row), metric, group, len(part)), []).append(one)
    lines = []
    for (row, metric, group, n), seeds in values.items():
        interval = over_seeds(seeds)
        low, high = (-1.0, 1.0) if metric == "tau" else (0.0, 100.0)  # Student's t knows no bounds
        lines.append(
            (
                row,
                metric,
                group,
                n,
                interval.value,
                np.maximum(interval.low, low),
                np.minimum(interval.high, high),
                interval.seeds,
            )
        )
    return pd.DataFrame(lines, columns=["row", "metric", "group", "n", "mean", "low", "high", "seeds"])


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return two panels: mean supernet accuracy and tau-b over the true top N, with intervals over seeds."""
    figure, [axes] = canvas(8.0, 3.4, 1, 2)
    groups = list(dict.fromkeys(lines.group))
    for ax, (metric, label) in zip(axes, METRICS.items(), strict=True):
        for row, part in lines[lines.metric == metric].groupby("row", sort=False):
            part = part.set_index("group").reindex(groups).reset_index()
            tops = part[part.group.str.isdigit()]
            across = [groups.index(group) for group in part.group]
            name = f"{row} ({part.seeds.max()} seed{'s' if part.seeds.max() > 1 else ''})"
            ax.plot(across[: len(tops)], tops["mean"], "-", color=colour(row), linewidth=1.2)
            ax.errorbar(
                across,
                part["mean"],
                yerr=[part["mean"] - part.low, part.high - part["mean"]],
                fmt="o",
                markersize=4,
                capsize=3,
                color=colour(row),
                label=name,
                linewidth=1,
            )
        ax.set_xticks(range(len(groups)), [group.replace("-", "\n") for group in groups])
        ax.set_xlabel("N best architectures by ground truth", fontsize=8)
        ax.set_ylabel(label, fontsize=8)
    axes[1].axhline(0, color="#999999", linewidth=0.8)
    axes[0].legend(fontsize=7, frameon=False)
    figure.suptitle(f"{caption}\nbars: 95 % interval over seeds (Student t)", fontsize=8, color="#444444")
    return figure


OVER_TOP_N = Figure(
    name="over-top-n",
    about="papers/single-path-ranking-correlations, Figure 4",
    numbers=numbers,
    draw=draw,
)
