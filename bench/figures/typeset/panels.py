"""Panels wrapped to the width, and shared axes of neighbours."""

from typing import TYPE_CHECKING

import numpy as np

from bench.figures.style import BESIDE, Style
from bench.figures.typeset.measure import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

SQUEEZED = 0.3
"""Panels share an axis unless one of them would fill less than this fraction of it."""
ACROSS = "across"
"""The id of an x-label that stands below all panels of a line."""
Grid = dict[tuple[int, int], "Axes"]
"""Line and column -> axes, of a figure's one grid of panels."""


def grid_of(figure: "Figure") -> Grid:
    """Return the panels by line and column, without colour bars."""
    found: Grid = {}
    for ax in figure.axes:
        spec = ax.get_subplotspec()
        if spec is not None and not hasattr(ax, "_colorbar"):
            found[spec.rowspan.start, spec.colspan.start] = ax
    return found


def listed(ax: "Axes") -> bool:
    """Return whether the y-axis lists names, or could: its ticks are fixed."""
    from matplotlib.ticker import FixedLocator

    return isinstance(ax.yaxis.get_major_locator(), FixedLocator)


def tick_texts(ax: "Axes") -> list[str]:
    """Return the texts of a listed y-axis."""
    return [label.get_text() for label in ax.get_yticklabels()]


def wrap_panels(figure: "Figure", style: Style, width: float, beside: float) -> Grid:
    """Place columns of panels that do not fit side by side below the first ones; return the new grid.

    Panels that all list rows follow each other instead. `beside` is the width in inches of what stands at the right of
    each panel. Panels that are first in a line then have the names and the label of the y-axis of their former line.
    """
    from matplotlib.gridspec import GridSpec

    grid = grid_of(figure)
    lines, columns = (1 + max((place[axis] for place in grid), default=0) for axis in (0, 1))
    texts = [text for ax in grid.values() if listed(ax) for text in tick_texts(ax)]
    names = max((text_width(figure, text, style.small) for text in texts), default=0.3)
    needed = beside + max((_needed(ax, style) + width_beside(ax, style) for ax in grid.values()), default=style.panel)
    fit = max(1, min(columns, int((width - min(names, 0.4 * width)) / needed)))
    fit = -(-columns // -(-columns // fit))  # lines of the same length
    a_list = all(map(listed, grid.values()))  # panels that go on from line to line, not a table of panels
    cells = [
        divmod(number, fit) if a_list else (column // fit * lines + line, column % fit)
        for number, (line, column) in enumerate(sorted(grid))
    ]
    used = sorted({line for line, _ in cells})  # a line of which no column goes on has no further lines
    spec, wrapped = GridSpec(len(used), fit, figure=figure), Grid()
    listing = {place: tick_texts(ax) for place, ax in grid.items() if listed(ax)}
    for ((line, column), ax), cell in zip(sorted(grid.items()), cells, strict=True):
        place = (used.index(cell[0]), cell[1])
        first, rows = grid.get((line, 0), ax), listing.get((line, 0), [])
        if place[1] == 0 and listed(ax) and not any(listing[line, column]):
            ax.set_yticks(first.get_yticks(), rows)
        elif place[1] and listed(ax) and rows == listing[line, column]:
            ax.set_yticks(ax.get_yticks(), [""] * len(ax.get_yticks()))
        if place[1] == 0 and not ax.get_ylabel():
            ax.set_ylabel(first.get_ylabel())
        ax.set_subplotspec(spec[place])
        wrapped[place] = ax
    return wrapped


def texts_beside(ax: "Axes") -> "list[Text]":
    """Return the texts at the right of axes."""
    return [text for text in ax.texts if text.get_gid() == BESIDE]


def width_beside(ax: "Axes", style: Style) -> float:
    """Return the width in inches of the texts at the right of axes."""
    lines = [line for text in texts_beside(ax) for line in text.get_text().split("\n")]
    figure = ax.get_figure(root=True)
    assert figure is not None
    return max((text_width(figure, line, style.small) for line in lines), default=0.0)


def _needed(ax: "Axes", style: Style) -> float:
    """Return the narrowest width in inches: that of a panel, or of a heat map's texts."""
    if not ax.images:
        return style.panel
    columns = ax.images[0].get_array().shape[1]  # type: ignore[union-attr]
    return max(style.panel, 2.6 * style.small / 72 * columns)


def share_axes(grid: Grid) -> None:
    """Give panels of the same y-label the same y-axis, all or by column, unless that squeezes one of them."""
    same: dict[str, list[tuple[int, int]]] = {}
    for place, ax in sorted(grid.items()):
        label = _label(grid, place)
        if label and not listed(ax) and ax.get_yscale() == "linear":
            same.setdefault(label, []).append(place)
    for places in same.values():
        if not _share([grid[place] for place in places]):
            for column in sorted({column for _, column in places}):
                _share([grid[place] for place in places if place[1] == column])


def _label(grid: Grid, place: tuple[int, int]) -> str:
    """Return the y-label of a panel: its own, else that of the panels at its left."""
    line, column = place
    for left in range(column, -1, -1):
        if (line, left) in grid and grid[line, left].get_ylabel():
            return grid[line, left].get_ylabel()
    return ""


def _share(axes: "list[Axes]") -> bool:
    limits = np.array([sorted(ax.get_ylim()) for ax in axes])
    low, high = limits[:, 0].min(), limits[:, 1].max()
    if len(axes) < 2 or ((limits[:, 1] - limits[:, 0]) < SQUEEZED * (high - low)).any():
        return len(axes) < 2
    for ax in axes:
        ax.set_ylim(low, high)
    return True


def label_once(grid: Grid) -> None:
    """Leave out labels that the neighbour at the left, or below, has already, where both axes are the same."""
    across = {place: ax.get_xlabel() for place, ax in grid.items()}
    for (line, column), ax in sorted(grid.items(), reverse=True):
        left = grid.get((line, column - 1))
        if left is not None and not listed(ax) and ax.get_ylim() == left.get_ylim():
            if ax.get_ylabel() in ("", left.get_ylabel()):
                ax.set_ylabel("")
                ax.tick_params(labelleft=False)
        elif left is not None and ax.get_ylabel() == left.get_ylabel():
            ax.set_ylabel("")
        if across.get((line + 1, column)) == across[line, column] and not _ragged(across, line):
            ax.set_xlabel("")
    for line in sorted({line for line, _ in grid}):
        _label_line([grid[place] for place in sorted(grid) if place[0] == line])


def _ragged(labels: dict[tuple[int, int], str], line: int) -> bool:
    """Return whether the panels of a line have the same x-label and one of them has no panel below."""
    here = {column: label for (other, column), label in labels.items() if other == line}
    return len(set(here.values())) == 1 and any((line + 1, column) not in labels for column in here)


def _label_line(axes: "list[Axes]") -> None:
    """Write the x-label that all panels of a line have once, below their middle."""
    label = axes[0].get_xlabel()
    if len(axes) < 2 or not label or any(ax.get_xlabel() != label for ax in axes):
        return
    middle = (len(axes) - 1) // 2
    for place, ax in enumerate(axes):
        if place != middle:
            ax.set_xlabel("")
    axes[middle].xaxis.label.set_gid(ACROSS)


def centre_labels(grid: Grid) -> None:
    """Put the x-labels that panels of a line share below the middle of the line, with the panels where they are now."""
    for (line, _), ax in grid.items():
        if ax.xaxis.label.get_gid() == ACROSS:
            boxes = [other.get_position() for (beside, _), other in grid.items() if beside == line]
            middle = (min(box.x0 for box in boxes) + max(box.x1 for box in boxes)) / 2
            ax.xaxis.label.set_x((middle - ax.get_position().x0) / ax.get_position().width)
