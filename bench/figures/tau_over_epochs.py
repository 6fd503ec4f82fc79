"""Ranking correlation while the supernet trains."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.over_epochs import by_epoch, draw_by_epoch

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the lines of `by_epoch`: tau-b on the `n` architectures that a run follows."""
    return by_epoch(frame, "tau", "n")


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a line per row over epochs, with a band from the lowest to the highest seed."""
    note = f"mean over seeds, {lines.n.max()} architectures, weights of the moment"
    return draw_by_epoch(lines, caption, "Kendall's tau-b ↑", note)


TAU_OVER_EPOCHS = Figure(
    name="tau-over-epochs",
    about="how tau changes while the supernet trains, on a few architectures",
    numbers=numbers,
    draw=draw,
    of="followed",
)
