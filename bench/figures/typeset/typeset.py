"""A drawn figure -> the same numbers set in a style, at a width."""

from typing import TYPE_CHECKING, Any

from bench.figures.style import Style
from bench.figures.typeset.axes import spread_axes
from bench.figures.typeset.legends import (
    APART,
    common_legend,
    common_seeds,
    label_ends,
    line_ends,
    many_lines,
    take_legends,
)
from bench.figures.typeset.marks import mark_series, name_marks, shade_points
from bench.figures.typeset.measure import text_width, wrapped
from bench.figures.typeset.names import readable
from bench.figures.typeset.panels import (
    ACROSS,
    Grid,
    centre_labels,
    label_once,
    listed,
    share_axes,
    texts_beside,
    tick_texts,
    wrap_panels,
)
from bench.figures.typeset.ticks import untangle_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "#444444"
MARGIN = 0.02
"""Left and right of the small print, in figure widths."""
LINE = 1.75
"""Height of a line of a list, in font sizes."""
LABEL = 0.3
"""The widest labels at line ends and names of rows may be, in figure widths."""
NUMBERS = 0.33
"""The widest texts beside rows may be, in figure widths."""
TALLEST = 30.0
"""Inches; more rows than fit are drawn closer."""


def typeset(figure: "Figure", style: Style, width: float | None = None) -> None:
    """Set a figure that was drawn for a screen at a width in inches (None: the style's own), in place.

    Names replace ids, a marker stands beside every colour, panels are wrapped to the width and share axes, one legend
    or labels at line ends replace the legends, many points are drawn as a density, and what was above the figure is
    below in small print. A figure in style `screen` without a width stays as it is drawn. To be called within
    `plain_style(style=style)`.
    """
    wide = width or style.width
    if wide is None:
        return
    note = _note(figure)
    figure.set_dpi(style.dpi)  # as wide as texts are in the file
    figure.set_size_inches(wide, 3.0)
    handles = take_legends(figure)
    _set_texts(figure, style)
    mark_series(figure)
    shaded = shade_points(figure)
    spread_axes(figure, style)
    direct = many_lines(figure)
    grid = wrap_panels(figure, style, wide, LABEL * wide if direct else 0.0)
    share_axes(grid)
    name_marks(figure, style)
    _set_texts(figure, style)  # of what was written since
    handles, seeds = _without_seeds(figure, handles)
    told = (f" Seeds of each row: {seeds}." if seeds else "") + (" Darker: more architectures (log)." if shaded else "")
    if direct:
        ends = {label for ax in figure.axes for label, *_ in line_ends(ax)}
        handles = {label: handle for label, handle in handles.items() if label not in ends}
    common_legend(figure, {readable(label): handle for label, handle in handles.items()}, style, wide)
    _caption(figure, note + told, style, wide)
    label_once(grid)
    _wrap_rows(figure, grid, style, wide)
    _set_height(figure, grid, style, wide, direct=direct)


def _note(figure: "Figure") -> str:
    """Return what stands above the figure as sentences, and remove it."""
    text = figure.get_suptitle()
    if figure._suptitle is not None:  # type: ignore[attr-defined]
        figure._suptitle.remove()  # type: ignore[attr-defined]
        figure._suptitle = None  # type: ignore[attr-defined]
    lines = [line.strip().replace(" | ", "; ") for line in text.split("\n") if line.strip()]
    return " ".join(f"{line[0].upper()}{line[1:]}." for line in map(readable, lines))


def _caption(figure: "Figure", note: str, style: Style, width: float) -> None:
    text = wrapped(figure, note.strip(), style.small, (1 - 2 * MARGIN) * width)
    if style.above:
        figure.suptitle(text, fontsize=style.small, color=GREY)
    else:
        figure.supxlabel(text, fontsize=style.small, color=GREY, x=MARGIN, ha="left", linespacing=1.1)


def _set_texts(figure: "Figure", style: Style) -> None:
    """Give all texts readable names and a size of the style."""
    from matplotlib.text import Text

    for ax in figure.axes:
        ax.tick_params(labelsize=style.small)
        for axis in (ax.xaxis, ax.yaxis):
            labels = [label.get_text() for label in axis.get_ticklabels()]
            named = list(map(readable, labels))
            if named != labels:
                axis.set_ticks(axis.get_ticklocs(), named)
    texts: list[Any] = figure.findobj(Text)
    for text in texts:
        text.set_fontsize(min(max(text.get_fontsize(), style.small), style.large))
        text.set_linespacing(1.0)
        if text.get_text():
            text.set_text(readable(text.get_text()))


def _without_seeds(figure: "Figure", handles: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the handles without the number of seeds that all have, and that number."""
    common = common_seeds(list(handles))
    if not common:
        return handles, ""
    for ax in figure.axes:
        artists: list[Any] = [*ax.lines, *ax.collections, *ax.containers]
        for artist in artists:
            artist.set_label(str(artist.get_label()).removesuffix(common))
    return {label.removesuffix(common): handle for label, handle in handles.items()}, common.strip(" ()").rpartition(
        " "
    )[0]


def _wrap_rows(figure: "Figure", grid: Grid, style: Style, width: float) -> None:
    """Break the names of listed rows, and the texts beside them, to a part of the width."""
    for ax in grid.values():
        for text in texts_beside(ax):
            text.set_text(wrapped(figure, text.get_text(), style.small, NUMBERS * width))
        if listed(ax) and any(tick_texts(ax)):
            names = [wrapped(figure, text, style.small, LABEL * width) for text in tick_texts(ax)]
            ax.set_yticks(ax.get_yticks(), names, linespacing=1.0)


def _wanted(ax: "Axes", style: Style, panel: float, *, direct: bool) -> float:
    """Return the height in inches that axes of a width need."""
    line = style.small / 72
    if listed(ax):
        rows = ax.get_yticks()
        tall = max((text.count("\n") + 1 for text in tick_texts(ax)), default=1)
        numbers = max((text.get_text().count("\n") + 1 for text in texts_beside(ax)), default=1)
        low, high = sorted(ax.get_ylim())
        beside = sum(not str(box.get_label()).startswith("_") for box in ax.containers)  # series in one row
        return max(
            (high - low) * line * max(LINE, 1.15 * tall, 1.45 * numbers, 0.7 * beside), 0.6 if len(rows) < 3 else 0.0
        )
    labels = 1.05 * len(line_ends(ax)) * APART * line if direct else 0.0
    return max(min(0.75 * panel, 2.6), 14 * line, labels)


def _set_height(figure: "Figure", grid: Grid, style: Style, width: float, *, direct: bool) -> None:
    """Give the figure the height at which its panels have theirs, and fit texts to the panels."""
    rows, columns = (1 + max((place[axis] for place in grid), default=0) for axis in (0, 1))
    labels: list[Any] = []
    texts = [text for ax in figure.axes for text in (ax.title, ax.xaxis.label, ax.yaxis.label)]
    whole = [text.get_text() for text in texts]
    guess = [_wanted(ax, style, width / columns, direct=direct) for ax in grid.values()]
    figure.set_size_inches(width, min(1.5 + rows * (0.9 + max(guess, default=0.0)), TALLEST))
    for _ in range(3):
        for text, content in zip(texts, whole, strict=True):
            text.set_text(content)
        figure.draw_without_rendering()
        _fit_texts(figure, style)
        if direct:
            labels = _label_ends(figure, grid, style, labels)
            figure.draw_without_rendering()
        sizes = {place: ax.get_position() for place, ax in grid.items()}
        tall, lacking = figure.get_figheight(), 0.0
        for row in range(rows):
            here = [place for place in grid if place[0] == row]
            wanted = max((_wanted(grid[place], style, sizes[place].width * width, direct=direct) for place in here),
                         default=0.0)  # fmt: skip
            lacking += wanted - max((sizes[place].height * tall for place in here), default=0.0)
        if abs(lacking) < 0.05:
            break
        figure.set_size_inches(width, min(max(tall + lacking, 1.0), TALLEST))
    untangle_ticks(figure)
    if direct:
        _label_ends(figure, grid, style, labels)
        figure.draw_without_rendering()
    centre_labels(grid)


def _label_ends(figure: "Figure", grid: Grid, style: Style, former: list[Any]) -> list[Any]:
    """Write the labels of lines anew, in axes as high as they are now."""
    for label in former:
        label.remove()
    wide, tall = figure.get_size_inches()
    return [
        label for ax in grid.values() for label in label_ends(ax, style, ax.get_position().height * tall, LABEL * wide)
    ]


def _fit_texts(figure: "Figure", style: Style) -> None:
    """Break titles and labels of axes, and of colour bars, to the size of their axes."""
    for ax in figure.axes:
        box = ax.get_position()
        wide, tall = box.width * figure.get_figwidth(), box.height * figure.get_figheight()
        across = figure.get_figwidth() - 0.6 if ax.xaxis.label.get_gid() == ACROSS else wide + 0.1
        for text, room in ((ax.title, wide), (ax.xaxis.label, across), (ax.yaxis.label, tall + 0.1)):
            if text_width(figure, text.get_text(), float(text.get_fontsize())) > room:
                text.set_fontsize(style.small)
                text.set_text(wrapped(figure, text.get_text(), style.small, room))
