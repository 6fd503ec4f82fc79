"""The mean accuracy of random sub-networks while the supernet trains."""

from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure
from bench.figures.over_epochs import by_epoch, draw_by_epoch

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the lines of `by_epoch`: accuracies in percent, each the mean over `probes` random sub-networks.

    These are the same for all rows and epochs.
    """
    return by_epoch(frame, "accuracy", "probes")


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a line per row over epochs, with a band from the lowest to the highest seed."""
    note = f"mean over {lines.probes.max()} random sub-networks and seeds"
    return draw_by_epoch(lines, caption, "mean accuracy of sub-networks (%) ↑", note)


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
