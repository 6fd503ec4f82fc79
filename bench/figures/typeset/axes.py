"""Axes that one point does not squeeze: logarithmic, or cut with the point's value at the edge."""

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.figures.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST = 5
"""Of fewer points none is called far."""
REST = 0.3
"""A point is far if the others fill less than this fraction of the axis."""
FACTOR = 20.0
"""Points above zero that differ by more than this factor, most of them small, lie on a logarithmic axis."""


def spread_axes(figure: "Figure", style: Style) -> None:
    """Set the axes of panels of single points by all but the far ones."""
    for ax in figure.axes:
        if ax.images or ax.patches or _runs(ax):
            continue
        for along in (0, 1):
            _spread(ax, along, style)


def _runs(ax: "Axes") -> bool:
    """Return whether lines run through these axes: their course shows where points lie."""
    return any(line.get_linestyle() != "None" and len(np.ravel(line.get_xdata())) > 2 for line in ax.lines)


def points_of(ax: "Axes") -> np.ndarray:
    """Return the single points of the axes, [point, 2]."""
    from matplotlib.collections import PathCollection

    lines = [
        np.stack([np.ravel(line.get_xdata()), np.ravel(line.get_ydata())], axis=1).astype(float)
        for line in ax.lines
        if line.get_linestyle() == "None" and str(line.get_marker()) in "os^DvP<X>p*h"
    ]
    drawn = [np.asarray(one.get_offsets(), dtype=float) for one in ax.collections if isinstance(one, PathCollection)]
    found = np.concatenate([np.empty((0, 2)), *lines, *drawn])
    return found[np.isfinite(found).all(axis=1)]


def _bars(ax: "Axes", along: int) -> np.ndarray:
    """Return the ends of the intervals of points, [bar, 2], ascending."""
    from matplotlib.collections import LineCollection

    drawn = [one.get_segments() for one in ax.collections if isinstance(one, LineCollection)]
    ends = [np.asarray(segment)[:, along] for segments in drawn for segment in segments if len(segment) == 2]
    found = np.sort(np.array(ends, dtype=float).reshape(-1, 2), axis=1)
    return found[np.isfinite(found).all(axis=1)]


def _spread(ax: "Axes", along: int, style: Style) -> None:
    from matplotlib.ticker import FixedLocator

    axis: Any = (ax.xaxis, ax.yaxis)[along]
    points = points_of(ax)
    values = np.sort(points[:, along])
    if len(values) < FEWEST or axis.get_scale() != "linear" or isinstance(axis.get_major_locator(), FixedLocator):
        return
    set_limits: Any = (ax.set_xlim, ax.set_ylim)[along]
    whole, bars = values[-1] - values[0], _bars(ax, along)
    crowded = np.median(values) < REST * values[-1]
    if min([*values[:1], *bars[:, 0]]) > 0 and values[-1] > FACTOR * values[0] and crowded:
        axis._set_axes_scale("log")
        set_limits(values[0] / 1.4, values[-1] * 1.4)
        return
    for far, rest in ((values[0], values[1:]), (values[-1], values[:-1])):
        around = (bars[:, 0] <= far) & (far <= bars[:, 1])
        if around.sum() > 1:  # not the point's own interval alone: others reach as far
            continue
        others = bars[~around]
        rest = np.sort(np.concatenate([rest, others.ravel()]))
        room = rest[-1] - rest[0]
        if 0 < room < REST * whole:
            low, high = sorted((ax.get_xlim(), ax.get_ylim())[along])
            ends = (rest[0] - 0.25 * room, high) if far == values[0] else (low, rest[-1] + 0.25 * room)
            set_limits(max(low, ends[0]), min(high, ends[1]))
            other = points[points[:, along] == far][0, 1 - along]
            _at_edge(ax, along, far, other, style, below=far == values[0])
            return


def _at_edge(ax: "Axes", along: int, far: float, other: float, style: Style, *, below: bool) -> None:
    """Write the value of a point beyond the edge at the edge."""
    text = f"{far:.3g}"
    if along == 0:
        at, side = (0.01 if below else 0.99, other), "left" if below else "right"
        ax.annotate(f"◂ {text}" if below else f"{text} ▸", at, xycoords=("axes fraction", "data"), ha=side, va="center",
                    fontsize=style.small)  # fmt: skip
    else:
        at, side = (other, 0.01 if below else 0.99), "bottom" if below else "top"
        ax.annotate(f"{text} {'▾' if below else '▴'}", at, xycoords=("data", "axes fraction"), ha="center", va=side,
                    fontsize=style.small)  # fmt: skip
