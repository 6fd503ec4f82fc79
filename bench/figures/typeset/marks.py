"""What stands in the axes: a marker for every colour, a density for many points, names at named marks."""

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.figures.style import CEILING, TRIVIAL, Style, name_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = ("o", "s", "^", "D", "v", "P", "<", "X", ">", "p", "*", "h")
MANY = 400
"""So many points in one panel hide each other."""
BINS = 28


def mark_series(figure: "Figure") -> None:
    """Give every labelled series its marker, the same for one colour in all axes, beside its colour."""
    from matplotlib.collections import PathCollection
    from matplotlib.colors import to_hex
    from matplotlib.markers import MarkerStyle

    free, chosen = cycle(MARKERS), {to_hex(grey): "" for grey in (TRIVIAL, CEILING)}

    def marker(colour: Any) -> str:
        found = to_hex(colour)
        if found not in chosen:
            chosen[found] = next(free)
        return chosen[found]

    for ax in figure.axes:
        bars = {box.lines[0]: box for box in ax.containers if hasattr(box, "lines")}
        for line in ax.lines:
            owner: Any = bars.get(line, line)
            if not _labelled(owner) or (line.get_linestyle() == ":" and line.get_marker() == "None"):
                continue
            if line.get_marker() == "o":
                line.set_marker(marker(line.get_color()) or "o")
            elif line.get_marker() in ("None", "", None) and (found := marker(line.get_color())):
                line.set_marker(found)
                line.set_markersize(3.5)
                line.set_markevery(0.18)
    points = [one for ax in figure.axes for one in ax.collections if isinstance(one, PathCollection) and _labelled(one)]
    circle = MarkerStyle("o").get_path().transformed(MarkerStyle("o").get_transform())
    if all(
        np.shape(one.get_paths()[0].vertices) == np.shape(circle.vertices) for one in points
    ):  # else they are told apart
        for one in points:
            style = MarkerStyle(marker(one.get_facecolor()[0]) or "o")
            one.set_paths([style.get_path().transformed(style.get_transform())])


def _labelled(artist: Any) -> bool:
    return not str(artist.get_label()).startswith("_")


def shade_points(figure: "Figure") -> bool:
    """Draw panels of many points of one colour as a density of hexagons; return whether any is."""
    from matplotlib.collections import PathCollection
    from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

    shaded = False
    for ax in figure.axes:
        points = [one for one in ax.collections if isinstance(one, PathCollection)]
        colours = {to_hex(np.asarray(one.get_facecolor())[0]) for one in points if len(one.get_facecolor())}
        drawn = np.concatenate([np.asarray(one.get_offsets()) for one in points]) if points else np.empty((0, 2))
        drawn = drawn[np.isfinite(drawn).all(axis=1)]
        if len(drawn) < MANY or len(colours) != 1 or ax.get_xscale() != "linear":
            continue
        hue = np.array(to_rgb(colours.pop()))
        shades = LinearSegmentedColormap.from_list("density", [0.75 + 0.25 * hue, hue, 0.35 * hue])
        for one in points:
            one.set_offsets(np.empty((0, 2)))  # the legend still names them
            one.remove()
        ax.hexbin(drawn[:, 0], drawn[:, 1], gridsize=(BINS, BINS // 2), mincnt=1, bins="log", cmap=shades,
                  linewidths=0.1)  # fmt: skip
        shaded = True
    return shaded


def name_marks(figure: "Figure", style: Style) -> None:
    """Write the names of marks above the highest of those with one name in each axes, and make room.

    Axes with the same rows get the same room, so that rows stay level.
    """
    before = [ax.get_ylim() for ax in figure.axes]
    for ax, limits in zip(list(figure.axes), before, strict=True):
        named: dict[str, tuple[float, float]] = {}
        for line in ax.lines:
            name, across, up = name_at(line), np.ravel(line.get_xdata()), np.ravel(line.get_ydata())
            if name and len(across) and np.isfinite([across[0], up[0]]).all():
                named.setdefault(name, (float(across[0]), float(up[0])))
        for name, (x, y) in named.items():
            _write_above(ax, name, x, y, style)
        if any(y == 0 for _, y in named.values()):
            for other, same in zip(figure.axes, before, strict=True):
                if same == limits:
                    other.set_ylim(top=-1.3)


def _write_above(ax: "Axes", name: str, x: float, y: float, style: Style) -> None:
    low, high = ax.get_xlim()
    place = (x - low) / (high - low) if high > low else 0.5
    side = "left" if place < 0.3 else "right" if place > 0.7 else "center"
    ax.annotate(name, (x, y - 0.5), fontsize=style.small, color=TRIVIAL, ha=side, va="bottom")
