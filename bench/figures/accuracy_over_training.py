"""The mean accuracy of random sub-networks while the supernet trains."""

from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

COLUMNS = ("row", "epoch", "mean", "low", "high", "seeds", "probes")


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a line of `COLUMNS` for every row and epoch: the mean over seeds, and the lowest and highest seed.

    Accuracies are in percent, each the mean over `probes` random sub-networks, the same for all rows and epochs.
    """
    import pandas as pd

    if frame.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    groups = frame.groupby(["row", "epoch"], sort=False)
    found = groups.accuracy.agg(mean="mean", low="min", high="max", seeds="size")
    return found.assign(probes=groups.probes.min()).reset_index()[list(COLUMNS)]


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a line per row over epochs, with a band from the lowest to the highest seed."""
    figure, [[ax]] = canvas(5.6, 3.4, 1, 1)
    own = colours(lines.row, caption.colours)
    for row, part in lines.groupby("row", sort=False):
        ax.plot(part.epoch, part["mean"], marker="o", markersize=3, linewidth=1.3, color=own[str(row)],
                label=f"{row} ({part.seeds.max()} seed{'s' if part.seeds.max() > 1 else ''})")  # fmt: skip
        ax.fill_between(part.epoch, part.low, part.high, color=own[str(row)], alpha=0.15, linewidth=0)
    ax.set_xlabel("epochs", fontsize=8)
    ax.set_ylabel("mean accuracy of sub-networks (%) ↑", fontsize=8)
    ax.legend(fontsize=7, frameon=False)
    note = f"mean over {lines.probes.max()} random sub-networks and seeds; bands: lowest to highest seed"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def says(lines: "pd.DataFrame") -> str:
    """Return the accuracy of every row at the end of training."""
    last = lines.loc[lines.groupby("row", sort=False).epoch.idxmax()]
    told = [
        f"{row} {mean:.1f}" + (f" ({low:.1f} to {high:.1f})" if np.isfinite(low) and high > low else "")
        for row, mean, low, high in zip(last.row, last["mean"], last.low, last.high, strict=True)
    ]
    return f"Mean accuracy of random sub-networks at the end of training, in percent: {', '.join(told)}."


ACCURACY_OVER_TRAINING = Figure(
    name="accuracy-over-training",
    about="the accuracy of random sub-networks on held-out images, while the supernet trains",
    numbers=numbers,
    draw=draw,
    says=says,
    of="training",
)
