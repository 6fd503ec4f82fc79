"""A score of every row while its supernets train: the mean over seeds, and a band from the lowest to the highest."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption
from bench.figures.style import canvas, colours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def by_epoch(frame: "pd.DataFrame", score: str, count: str) -> "pd.DataFrame":
    """Return row, epoch, mean, low, high, seeds and `count`: a line for every row and epoch of a frame.

    Mean, low and high are the mean over seeds of the column `score`, the lowest and the highest seed; `count` is the
    least of the column of that name.
    """
    import pandas as pd

    columns = ["row", "epoch", "mean", "low", "high", "seeds", count]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    groups = frame.groupby(["row", "epoch"], sort=False)
    found = groups[score].agg(mean="mean", low="min", high="max", seeds="size")
    return found.assign(**{count: groups[count].min()}).reset_index()[columns]


def draw_by_epoch(lines: "pd.DataFrame", caption: Caption, label: str, note: str) -> "Canvas":
    """Return a line per row over epochs, with a band from the lowest to the highest seed."""
    figure, [[ax]] = canvas(5.6, 3.4, 1, 1)
    own = colours(lines.row, caption.colours)
    for row, part in lines.groupby("row", sort=False):
        named = f"{row} ({part.seeds.max()} seed{'s' if part.seeds.max() > 1 else ''})"
        ax.plot(part.epoch, part["mean"], marker="o", markersize=3, linewidth=1.3, color=own[str(row)], label=named)
        ax.fill_between(part.epoch, part.low, part.high, color=own[str(row)], alpha=0.15, linewidth=0)
    ax.set_xlabel("epochs", fontsize=8)
    ax.set_ylabel(label, fontsize=8)
    ax.legend(fontsize=7, frameon=False)
    figure.suptitle(f"{caption}\n{note}; bands: lowest to highest seed", fontsize=7, color="#444444", wrap=True)
    return figure
