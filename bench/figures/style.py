"""One look for all figures; a heuristic keeps its colour through all of them."""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BASELINE = "#c0392b"  # red, as the baseline of papers/single-path-ranking-correlations
COLOURS = (
    *("#0173b2", "#de8f05", "#029e73", "#cc78bc", "#ca9161", "#56b4e9", "#949494", "#7f6000", "#5b2c83"),
    *("#1b9e9e", "#8fbc3f", "#e377c2", "#2f4b7c", "#665191"),
)
TRIVIAL = "#555555"


def colour(row: object) -> str:
    """Return the colour of a row, by its name alone.

    >>> colour("baseline"), colour("anything") == colour("anything")
    ('#c0392b', True)
    """
    if row == "baseline":
        return BASELINE
    return COLOURS[int(hashlib.sha256(str(row).encode()).hexdigest(), 16) % len(COLOURS)]


def colours(rows: "Iterable[object]") -> dict[str, str]:
    """Return a colour for every row of a figure: its own, or the next one that is free where two share it.

    >>> len(set(colours(f"row {number}" for number in range(9)).values()))
    9
    """
    taken: dict[str, str] = {}
    for row in dict.fromkeys(map(str, rows)):
        own = colour(row)
        start = COLOURS.index(own) if own in COLOURS else 0
        free = [c for c in (*COLOURS[start:], *COLOURS[:start]) if c not in taken.values()]
        taken[row] = own if own not in taken.values() or not free else free[0]
    return taken


def canvas(width: float, height: float, rows: int, columns: int) -> "tuple[Figure, list]":
    """Return an empty figure in inches with its axes, row by row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=8)
        ax.grid(color="#e5e5e5", linewidth=0.6)
        ax.set_axisbelow(True)
    return figure, list(axes)
