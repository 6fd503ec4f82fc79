"""Ranking correlation against the cost of the supernet."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import CEILING, canvas, colours
from bench.scores.ceiling import CEILING_ROW
from bench.scores.prediction_frame import scored

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return row, seed, minutes, processor, n, tau, low, high: one line per run, tau-b on the sampled architectures.

    Low and high bound the 95 % bootstrap interval over architectures; minutes include training and prediction, NaN for
    the truth's ceiling.
    """
    import pandas as pd

    from bench.scores.metrics import METRICS

    lines = []
    for (row, seed), run in frame.groupby(["row", "seed"], sort=False):
        tau = scored(run).interval(METRICS.get("kendall-tau-b"))
        lines.append((row, seed, run.minutes.iloc[0], run.processor.iloc[0], tau.n, tau.value, tau.low, tau.high))
    return pd.DataFrame(lines, columns=["row", "seed", "minutes", "processor", "n", "tau", "low", "high"])


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return tau-b against minutes per seed, one point per run."""
    figure, [[ax]] = canvas(7.0, 3.6, 1, 1)
    limit, lines = lines[lines.row == CEILING_ROW], lines[lines.row != CEILING_ROW]
    if len(limit):
        ax.axhline(limit.tau.mean(), color=CEILING, linestyle=":", linewidth=1.2, label=CEILING_ROW)
    own = colours(lines.row, caption.colours)
    for row, part in lines.groupby("row", sort=False):
        error = [part.tau - part.low, part.high - part.tau]
        ax.errorbar(part.minutes, part.tau, yerr=error, fmt="o", markersize=4, capsize=3, linewidth=1,
                    color=own[str(row)], label=f"{row} ({len(part)} seed{'s' if len(part) > 1 else ''})")  # fmt: skip
    ax.set_xlim(0, 1.05 * ax.dataLim.x1)
    several = "\n(different processors)" if lines.processor.nunique() > 1 else ""
    ax.set_xlabel(f"minutes of one core or card per seed, training and prediction{several}", fontsize=8)
    ax.set_ylabel(f"Kendall's tau-b ↑, n = {lines.n.max():,}", fontsize=8)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(f"{caption}\nbars: 95 % interval over architectures", fontsize=7, color="#444444", wrap=True)
    return figure


TAU_OVER_MINUTES = Figure(
    name="tau-over-minutes",
    about="what each row costs, and what it gains",
    numbers=numbers,
    draw=draw,
)
