"""Ranking correlation while the supernet trains."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

COLUMNS = ("row", "epoch", "mean", "low", "high", "seeds", "n")


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a line of `COLUMNS` for every row and moment: tau-b, the mean over seeds, the lowest and highest seed."""
    import pandas as pd

    if frame.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    groups = frame.groupby(["row", "epoch"], sort=False)
    found = groups.tau.agg(mean="mean", low="min", high="max", seeds="size")
    return found.assign(n=groups.n.min()).reset_index()[list(COLUMNS)]


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a line per row over epochs, with a band from the lowest to the highest seed."""
    figure, [[ax]] = canvas(5.6, 3.4, 1, 1)
    own = colours(lines.row, caption.colours)
    for row, part in lines.groupby("row", sort=False):
        label = f"{row}{caption.thin(str(row), part.seeds.max())}"
        ax.plot(part.epoch, part["mean"], marker="o", markersize=3, linewidth=1.3, color=own[str(row)], label=label)
        ax.fill_between(part.epoch, part.low, part.high, color=own[str(row)], alpha=0.15, linewidth=0)
    ax.set_xlabel("epochs", fontsize=8)
    ax.set_ylabel("Kendall's tau-b ↑", fontsize=8)
    ax.legend(fontsize=7, frameon=False)
    note = f"mean over seeds, {lines.n.max()} architectures, weights of the moment; bands: lowest to highest seed"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


TAU_OVER_EPOCHS = Figure(
    name="tau-over-epochs",
    about="how tau changes while the supernet trains, on a few architectures",
    numbers=numbers,
    draw=draw,
    of="followed",
)
