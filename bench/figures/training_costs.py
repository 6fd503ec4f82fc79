"""What training a supernet costs: memory of an update and minutes, beside what a paper prints."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

COLUMNS = ("row", "megabytes", "minutes", "fewest", "most", "seeds", "processors", "printed_memory", "printed_time")
Printed = Mapping[str, tuple[str, str]]
"""Row -> memory and time as printed."""


def numbers(frame: "pd.DataFrame", printed: Printed) -> "pd.DataFrame":
    """Return a line of `COLUMNS` per row: the memory of an update, and the minutes of training over seeds.

    `megabytes` is the most over seeds, NaN where no run measured it.
    """
    import pandas as pd

    lines = []
    for row, part in frame.groupby("row", sort=False):
        runs = part.groupby("seed").first()
        minutes = (runs.minutes.mean(), runs.minutes.min(), runs.minutes.max())
        counts = (len(runs), runs.processor.nunique())
        lines.append((row, runs.megabytes.max(), *minutes, *counts, *printed.get(str(row), ("", ""))))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return two axes, memory and minutes, a bar per row, with the printed values written beside."""
    figure, [[memory, time]] = canvas(8.0, 1.6 + 0.45 * len(lines), 1, 2)
    height = np.arange(len(lines))
    panels = (
        (memory, lines.megabytes, lines.printed_memory, "MB", "memory of an update (MB) ↓"),
        (time, lines.minutes, lines.printed_time, "min", "training, minutes of one core per seed ↓"),
    )
    for ax, values, texts, unit, label in panels:
        ax.barh(height, values.fillna(0), height=0.55, color="#0173b2")
        for place, (value, text) in enumerate(zip(values, texts, strict=True)):
            ours = f"{value:.3g} {unit}" if np.isfinite(value) else "not measured"
            ax.annotate(f" {ours}{f'   paper: {text}' if text else ''}", (np.nan_to_num(value), place), fontsize=7,
                        verticalalignment="center")  # fmt: skip
        ax.set_ylim(len(lines) - 0.4, -0.6)
        ax.set_xlim(0, 1.9 * max(np.nan_to_num(values).max(), 1e-9))
        ax.set_xlabel(label, fontsize=8)
    spread = [lines.minutes - lines.fewest, lines.most - lines.minutes]
    time.errorbar(lines.minutes, height + 0.36, xerr=spread, fmt="none", capsize=2, linewidth=1, color="#444444")
    memory.set_yticks(height, list(lines.row), fontsize=8)
    time.set_yticks(height, [""] * len(lines))
    note = "memory: weights, gradients, momentum and what backward needs, the most; whiskers: lowest to highest seed"
    if lines.processors.max() > 1:
        note += "; different processors"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def training_costs(name: str, about: str, printed: Printed) -> Figure:
    """Return the figure; `printed` holds the values of a paper by row, `about` says what differs."""
    return Figure(name=name, about=about, numbers=partial(numbers, printed=printed), draw=draw, of="training")
