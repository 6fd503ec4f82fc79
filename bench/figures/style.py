"""The common style of all figures."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.errors import BenchError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

PALETTE = (
    *("#c0392b", "#0173b2", "#de8f05", "#029e73", "#cc78bc", "#56b4e9", "#7f4f24", "#5b2c83", "#9a9a00"),
    *("#1f2f6b", "#d6006e", "#7bc043", "#00b3b3", "#8f8fb5", "#d4a373", "#3a5a40", "#ff7f6e", "#a0c4b0"),
    *("#6b6b00", "#b39ddb"),
)
"""Colours of rows; the first is the baseline's, red as in papers/single-path-ranking-correlations."""
TRIVIAL = "#555555"
CEILING = "#b0b0b0"


def colours(names: "Iterable[object]", own: "Mapping[str, str]") -> dict[str, str]:
    """Return a colour for every name: its `own`, else the next colour of the palette that is unused.

    >>> colours(["mine", "other"], {"other": PALETTE[0]}) == {"mine": PALETTE[1], "other": PALETTE[0]}
    True
    """
    wanted = list(dict.fromkeys(map(str, names)))
    found = {name: own[name] for name in wanted if name in own}
    free = [colour for colour in PALETTE if colour not in found.values()]
    without = [name for name in wanted if name not in own]
    found |= {name: (free or list(PALETTE))[place % len(free or PALETTE)] for place, name in enumerate(without)}
    return {name: found[name] for name in wanted}


@contextmanager
def plain_style(salt: str | None = None) -> "Iterator[None]":
    """Inside, Matplotlib has its own defaults, whatever a matplotlibrc says; afterwards those of before.

    The ids in an SVG are drawn from the `salt`, at random without one. Raises `BenchError` if Matplotlib cannot be
    imported because the matplotlibrc that it finds is not text.
    """
    try:
        import matplotlib
    except UnicodeDecodeError as error:
        raise BenchError(f"Matplotlib finds a matplotlibrc that is not UTF-8 text ({error}); remove it") from error
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["svg.hashsalt"] = salt
        yield


def canvas(width: float, height: float, rows: int, columns: int) -> "tuple[Figure, list[list[Axes]]]":
    """Return an empty figure of a size in inches, with its axes row by row."""
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
    return figure, [list(row) for row in axes]


def few_colours(canvas: "Figure", dpi: int) -> "Image":
    """Return a figure drawn with at most 128 colours, which makes its file a third as large."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas.set_dpi(dpi)
    agg = FigureCanvasAgg(canvas)
    agg.draw()  # `savefig` lays out twice
    drawn = Image.fromarray(np.asarray(agg.buffer_rgba()), "RGBA").convert("RGB")
    return drawn.quantize(128, method=Image.Quantize.FASTOCTREE)  # other methods merge similar colours of rows
