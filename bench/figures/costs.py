"""What each row costs: minutes of training and prediction, and the memory of an update."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colours, write_beside

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

MEGABYTE = 2**20
COLUMNS = ("row", "seeds", "training", "prediction", "processors", "passes", "images", "gradients_mb", "kept_mb",
           "peak_mb", "printed_time", "printed_memory")  # fmt: skip
Printed = Mapping[str, tuple[str, str]]
"""Row -> time of training and memory as a paper prints them."""


def numbers(frame: "pd.DataFrame", printed: Printed) -> "pd.DataFrame":
    """Return a line of `COLUMNS` per row; `peak_mb` is what an update holds for gradients and what training keeps.

    Memory is counted, not measured on a machine: temporary values of single operations are not in it.
    """
    found = frame.assign(gradients_mb=frame.for_gradients / MEGABYTE, kept_mb=frame.kept / MEGABYTE)
    for place, column in enumerate(("printed_time", "printed_memory")):
        found[column] = [printed.get(str(row), ("", ""))[place] for row in found.row]
    return found.assign(peak_mb=found.gradients_mb + found.kept_mb)[list(COLUMNS)]


def short(number: float) -> str:
    """Return a number with three digits, or all before the point.

    >>> short(2.346), short(1234.5)
    ('2.35', '1,234')
    """
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a bar per row: minutes at the left, of which the light part is prediction; memory at the right.

    Of memory the light part is kept. Printed values, and ours that they stand beside, are at the right of the axes.
    """
    printed = (lines.printed_time != "").any() or (lines.printed_memory != "").any()
    figure, [[left, right]] = canvas(9.0, 1.2 + (0.36 if printed else 0.26) * len(lines), 1, 2)
    places, own = np.arange(len(lines)), colours(lines.row, caption.colours)
    hues = [own[str(row)] for row in lines.row]
    for axes, dark, light, word, unit, values, texts in (
        (left, lines.training, lines.prediction, "training ", "min", lines.training, lines.printed_time),
        (right, lines.gradients_mb, lines.kept_mb, "", "MB", lines.peak_mb, lines.printed_memory),
    ):
        axes.barh(places, dark, color=hues)
        axes.barh(places, light, left=dark, color=hues, alpha=0.4)
        for place, value, text in zip(places, values, texts, strict=True):
            if text:
                write_beside(axes, float(place), f"{word}{short(value)} {unit}\n(paper: {text})")
    left.set_yticks(places, lines.row, fontsize=8)
    right.set_yticks(places, [""] * len(lines))
    several = "\non different processors" if lines.processors.nunique() > 1 else ""
    left.set_xlabel(f"minutes of one core or card per seed ↓ (light: prediction){several}", fontsize=8)
    right.set_xlabel("MB at the peak of an update ↓ (light: weights, optimizer)", fontsize=8)
    for axes in (left, right):
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
    figure.suptitle(f"{caption}", fontsize=7, color="#444444", wrap=True)
    return figure


def costs_figure(name: str, about: str, printed: Printed) -> Figure:
    """Return the figure; `printed` holds the values of a paper by row, and `about` says what differs."""
    return Figure(name=name, about=about, numbers=partial(numbers, printed=printed), draw=draw, of="costs")


COSTS = costs_figure("costs", "minutes and peak memory of each row", {})
