"""One legend for all panels, or labels at the ends of many lines."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.figures.style import Style
from bench.figures.typeset.measure import text_width, wrapped
from bench.figures.typeset.panels import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MANY_LINES = 7
"""So many lines in one panel are labelled at their ends."""
APART = 1.2
"""Distance of labels at line ends, in font sizes."""
SAMPLE = 1.4
"""Width of the marker before a label, with the gap after it, in font sizes."""
LEADER = "#b5b5b5"
End = tuple[str, Any, float, float]
"""Label, line, and its last point."""


def take_legends(figure: "Figure") -> dict[str, Any]:
    """Remove all legends; return the handles of all labelled artists by label, {} if there was no legend."""
    shown = bool(figure.legends)
    for legend in list(figure.legends):
        legend.remove()
    handles: dict[str, Any] = {}
    for ax in figure.axes:
        shown |= ax.get_legend() is not None
        if (own := ax.get_legend()) is not None:
            own.remove()
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    return handles if shown else {}


def common_seeds(labels: "list[str]") -> str:
    """Return the count that every label ends in, as " (3 seeds)", "" if they differ.

    >>> common_seeds(["uniform (3 seeds)", "fair (3 seeds)", "ceiling"]), common_seeds(["a (3 seeds)", "b (1 seed)"])
    (' (3 seeds)', '')
    """
    counts = {found[0] for label in labels if (found := re.search(r" \((\d+ to )?\d+ seeds?\)$", label))}
    return counts.pop() if len(counts) == 1 else ""


def line_ends(ax: "Axes") -> list[End]:
    """Return the labelled lines that run through the axes, each with its last point; in listed rows none does."""
    if listed(ax):
        return []
    bars = {box.lines[0]: box for box in ax.containers if hasattr(box, "lines")}
    found = []
    for line in ax.lines:
        owner: Any = bars.get(line, line)
        label, across = str(owner.get_label()), np.ravel(np.asarray(line.get_xdata(), dtype=float))
        up = np.ravel(np.asarray(line.get_ydata(), dtype=float))
        known = np.isfinite(across) & np.isfinite(up) & (across <= ax.get_xlim()[1])
        if not label.startswith("_") and line.get_transform() == ax.transData and known.sum() > 1:
            last = np.flatnonzero(known)[np.argmax(across[known])]
            found.append((label, line, float(across[last]), float(up[last])))
    return found


def many_lines(figure: "Figure") -> bool:
    """Return whether lines are labelled at their ends."""
    return any(len(line_ends(ax)) >= MANY_LINES for ax in figure.axes)


def label_ends(ax: "Axes", style: Style, height: float, width: float) -> list[Any]:
    """Write the labels of lines beside the axes, `height` inches high, in the order of their ends; return what is new.

    A thin grey leader joins each line's end to its marker, which stands before the label in the line's colour. `width`
    is the widest that marker and label may be, in inches.
    """
    from matplotlib.lines import Line2D

    figure: Any = ax.figure
    ends = sorted(line_ends(ax), key=lambda end: end[3])
    if not ends:
        return []
    em = style.small / 72 / (ax.get_position().width * figure.get_figwidth())
    to_axes = ax.transData + ax.transAxes.inverted()
    places = [to_axes.transform((x, y)) for _, _, x, y in ends]
    texts = [wrapped(figure, label, style.small, width - SAMPLE * style.small / 72) for label, *_ in ends]
    tall = [(text.count("\n") + 1) * APART * style.small / 72 / height for text in texts]
    written: list[Any] = []
    for (_, line, x, y), text, up in zip(ends, texts, spread([place[1] for place in places], tall), strict=True):
        leader = {"arrowstyle": "-", "color": LEADER, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 2}
        written.append(ax.annotate("", (x, y), xytext=(1.05, up), textcoords="axes fraction", annotation_clip=False,
                                   arrowprops=leader, zorder=1.5))  # fmt: skip
        sample = Line2D([], [])
        sample.update_from(line)
        marked = line.get_marker() not in ("None", "", None)
        sample.set_data([1.05 + 0.55 * em] if marked else [1.05, 1.05 + 1.1 * em], [up] if marked else [up, up])
        sample.set(transform=ax.transAxes, clip_on=False, markevery=None, label="_nolegend_")
        sample.set_markersize(min(line.get_markersize(), 0.7 * style.small))
        written.append(ax.add_artist(sample))
        written.append(ax.text(1.05 + SAMPLE * em, up, text, transform=ax.transAxes, fontsize=style.small,
                               color=line.get_color(), va="center", ha="left", linespacing=1.0))  # fmt: skip
    return written


def spread(wanted: "list[float]", tall: "list[float]") -> list[float]:
    """Return centres near the wanted ones, ascending, of labels so tall that do not overlap; from 0 to 1 if they fit.

    >>> spread([0.1, 0.1, 0.9], [0.2, 0.2, 0.2])
    [0.1, 0.3, 0.9]
    """
    placed: list[float] = []
    floor = min(0.0, 1 - sum(tall)) / 2
    for centre, size in zip(wanted, tall, strict=True):
        placed.append(max(centre, floor + size / 2))
        floor = placed[-1] + size / 2
    ceiling = max(1.0, 1 + (sum(tall) - 1) / 2)
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], ceiling - tall[place] / 2)
        ceiling = placed[place] - tall[place] / 2
    return [round(centre, 6) for centre in placed]


def common_legend(figure: "Figure", handles: dict[str, Any], style: Style, width: float) -> None:
    """Write one legend outside the panels, in as many columns as fit."""
    if not handles:
        return
    room = width - 0.1
    labels = [wrapped(figure, label, style.small, room - 4 * style.small / 72) for label in handles]
    sizes = [text_width(figure, label, style.small) + 3.6 * style.small / 72 for label in labels]
    columns = columns_within(sizes, room)
    place: Any = f"outside {'lower' if style.above else 'upper'} center"
    figure.legend([_low(handle, style) for handle in handles.values()], labels, loc=place,
                  ncols=columns, fontsize=style.small, frameon=False, handlelength=1.6, handletextpad=0.5,
                  columnspacing=1.2, borderpad=0.2, labelspacing=0.3)  # fmt: skip


def _low(handle: Any, style: Style) -> Any:
    """Return the handle of a legend's entry, no marker taller than its line of text."""
    from matplotlib.lines import Line2D

    if not isinstance(handle, Line2D) or handle.get_markersize() <= style.small:
        return handle
    low = Line2D([], [])
    low.update_from(handle)
    low.set_markersize(style.small)
    return low


def columns_within(sizes: "list[float]", room: float) -> int:
    """Return the most columns that entries of these widths fill within the room, at least one.

    >>> columns_within([1.0, 1.0, 1.0], 2.5), columns_within([4.0], 2.5)
    (2, 1)
    """
    return max(count for count in range(1, len(sizes) + 1) if count == 1 or _wide(sizes, count) <= room)


def _wide(sizes: "list[float]", columns: int) -> float:
    """Return the width of a legend of so many columns, filled from top to bottom as Matplotlib does."""
    lines, more = divmod(len(sizes), columns)
    wide, start = 0.0, 0
    for column in range(columns):
        end = start + lines + (column < more)
        wide += max(sizes[start:end], default=0.0)
        start = end
    return wide
