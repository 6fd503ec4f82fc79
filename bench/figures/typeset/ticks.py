"""Tick labels that do not overlap: fewer numbers, or names turned."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

APART = 1.5
"""Least distance of two labels, points."""


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

    for most in (6, 5, 4, 3, 2):
        figure.draw_without_rendering()
        changed = False
        for ax in figure.axes:
            for along, axis in enumerate((ax.xaxis, ax.yaxis)):
                if not overlapping(ax, along):
                    continue
                if axis.get_scale() == "linear" and not isinstance(axis.get_major_locator(), FixedLocator):
                    axis.set_major_locator(MaxNLocator(most, min_n_ticks=2))
                elif along == 0:
                    ax.tick_params(axis="x", labelrotation=90)
                    for label in ax.get_xticklabels():
                        label.set_text(label.get_text().replace("\n", " "))
                else:
                    continue
                changed = True
        if not changed:
            return
