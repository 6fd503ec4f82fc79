"""Tick labels that do not overlap: fewer numbers, names turned, or a taller figure."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

APART = 1.5
"""Least distance of two labels, points."""
STEPS = (6, 5, 4, 3, 2, 2, 2, 2)
"""Numbers on an axis at most, in the order in which they are tried; the last steps are for names."""
TALLER = 1.2
"""How much taller a figure gets in a step whose names up an axis overlap."""


def overlapping(ax: "Axes", along: int) -> bool:
    """Return whether neighbouring labels of an axis (0 across, 1 up) overlap or touch, as last drawn."""
    figure: Any = ax.figure
    renderer, axis = figure.canvas.get_renderer(), (ax.xaxis, ax.yaxis)[along]
    low, high = sorted(axis.get_view_interval())
    labels = [
        tick.label1
        for tick in axis.get_major_ticks()
        if tick.label1.get_visible() and tick.label1.get_text() and low <= tick.get_loc() <= high
    ]
    boxes = [_written(label, renderer) for label in labels]
    apart = APART * figure.dpi / 72
    ends = sorted(((box.x0, box.x1, box.y0, box.y1) for box in boxes), key=lambda box: box[2 * along])
    return any(
        after[2 * along] < before[2 * along + 1] + apart and _meet(before, after, 1 - along)
        for before, after in pairwise(ends)
    )


def _written(label: "Text", renderer: Any) -> "Bbox":
    """Return the box of a label without the empty line that moves it down."""
    from matplotlib.transforms import Bbox

    box, lines = label.get_window_extent(renderer), label.get_text().count("\n") + 1
    empty = len(label.get_text()) - len(label.get_text().lstrip("\n"))
    if not empty or label.get_rotation():
        return box
    return Bbox.from_extents(box.x0, box.y0, box.x1, box.y1 - box.height * empty / lines)


def _meet(one: tuple[float, ...], other: tuple[float, ...], along: int) -> bool:
    """Return whether two boxes overlap in the other direction: a label may stand a line lower."""
    return one[2 * along] < other[2 * along + 1] and other[2 * along] < one[2 * along + 1]


def untangle_ticks(figure: "Figure") -> None:
    """Change ticks until no two labels of an axis overlap; the figure is laid out after every change."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    for most in STEPS:
        figure.draw_without_rendering()
        changed = taller = False
        for ax in figure.axes:
            for along, axis in enumerate((ax.xaxis, ax.yaxis)):
                if not overlapping(ax, along):
                    continue
                if axis.get_scale() == "linear" and not isinstance(axis.get_major_locator(), FixedLocator):
                    axis.set_major_locator(MaxNLocator(most, min_n_ticks=2))
                elif along == 1:
                    taller = True
                elif any(label.get_rotation() for label in ax.get_xticklabels()):
                    texts = [label.get_text() for label in ax.get_xticklabels()]
                    axis.set_ticks(axis.get_ticklocs()[::2], texts[::2])
                else:
                    ax.tick_params(axis="x", labelrotation=90)
                    for label in ax.get_xticklabels():
                        label.set_text(label.get_text().replace("\n", " "))
                changed = True
        if taller:
            figure.set_figheight(TALLER * figure.get_figheight())
        if not changed:
            return
