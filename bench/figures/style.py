"""The styles of all figures: as drawn for a screen, or set for the column of a paper or a slide."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import BenchError, unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from PIL.Image import Image

PALETTE = (
    *("#c0392b", "#0173b2", "#de8f05", "#029e73", "#cc78bc", "#56b4e9", "#7f4f24", "#5b2c83", "#9a9a00"),
    *("#1f2f6b", "#d6006e", "#7bc043", "#00b3b3", "#8f8fb5", "#d4a373", "#3a5a40", "#ff7f6e", "#a0c4b0"),
    *("#6b6b00", "#b39ddb"),
)
"""Colours of rows; the first is the baseline's, red as in papers/single-path-ranking-correlations."""
TRIVIAL = "#555555"
CEILING = "#b0b0b0"
INCHES = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72}
NARROWEST, WIDEST = 2.0, 30.0
"""Widths in inches that a figure may have."""
FORMATS = ("png", "svg", "pdf")


@dataclass(frozen=True, kw_only=True)
class Style:
    """How figures are set (bench/figures/typeset).

    `width` is in inches, None for figures as they are drawn. Texts have at least `small` and at most `large` points at
    that width, in the font `family`, which comes with Matplotlib. Panels narrower than `panel` inches are wrapped into
    further lines. Truth and preset stand `above` the figure or below. `centred`: the scores of each seed are drawn
    around their median, so that seeds of different level are not taken for clusters of architectures. `formats` are
    those of the files if no other is asked for, `dpi` the resolution of pixels. A figure is shown on a `sheet` and fits
    if it is at most `tallest` inches tall; at the style's own `width`, one that does not fit is set `wide` inches wide
    instead, where the style has such a width.
    """

    name: str
    width: float | None
    small: float
    large: float
    family: str
    panel: float
    above: bool
    centred: bool
    formats: tuple[str, ...]
    dpi: int
    sheet: str = "screen"
    tallest: float = float("inf")
    wide: float | None = None

    def file(self, figure: str, format: str) -> str:
        """Return the name of a figure's file: those of several styles lie beside each other.

        >>> SCREEN.file("found", "svg"), PAPER.file("found", "pdf")
        ('found.svg', 'found-paper.pdf')
        """
        return f"{figure}.{format}" if self is SCREEN else f"{figure}-{self.name}.{format}"


SCREEN = Style(name="screen", width=None, small=7, large=9, family="DejaVu Sans", panel=1.3, above=True, centred=False,
               formats=("svg", "png"), dpi=160)  # fmt: skip
PAPER = Style(name="paper", width=3.3, small=7, large=8, family="STIXGeneral", panel=0.92, above=False, centred=True,
              formats=("pdf",), dpi=300, sheet="page", tallest=9.0, wide=6.8)  # fmt: skip
TALK = Style(name="talk", width=6.8, small=10, large=12, family="DejaVu Sans", panel=1.6, above=False, centred=True,
             formats=("png",), dpi=200, sheet="slide", tallest=5.1)  # fmt: skip
STYLES = {style.name: style for style in (SCREEN, PAPER, TALK)}


def style_named(name: str) -> Style:
    """Return a style by name; raises `UnknownName` with those that there are."""
    if name not in STYLES:
        raise unknown_name("style", name, STYLES, "paper and talk are set for a width, screen is as drawn")
    return STYLES[name]


def inches(width: str) -> float:
    """Return a width in inches; raises `BenchError` for what is none, or is not from 2in to 30in.

    >>> inches("3.3in"), round(inches("8.4 cm"), 2)
    (3.3, 3.31)
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(in|cm|mm|pt)", width.strip())
    wide = float(found[1]) * INCHES[found[2]] if found else 0.0
    if not NARROWEST <= wide <= WIDEST:
        raise BenchError(
            f"width '{width}' is not allowed; give a number with {', '.join(INCHES)}, from {NARROWEST:g}in to "
            f"{WIDEST:g}in, such as 3.3in"
        )
    return wide


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


ACRONYMS = {"nsga2": "NSGA-II"}
"""Names of methods whose ids are not their words."""


def in_words(id: object) -> str:
    """Return the name of a searcher, or of a study, as figures print it.

    >>> in_words("regularized-evolution"), in_words("nsga2")
    ('regularized evolution', 'NSGA-II')
    """
    return ACRONYMS.get(str(id), str(id).replace("-", " "))


BESIDE = "beside"
"""The id of texts that stand at the right of axes, on the lines of their rows."""


def write_beside(ax: "Axes", place: float, text: str) -> None:
    """Write a text at the right of the axes at the height of a row; the layout reserves room for it."""
    ax.annotate(text, (1.0, place), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
                fontsize=7, ha="left", va="center", color="#444444", annotation_clip=False, gid=BESIDE)  # fmt: skip


def named(text: str) -> str:
    """Return the label of a mark that has this name: a style that sets figures writes it beside the mark."""
    return f"_{text}" if text else ""


def name_at(mark: "Line2D") -> str:
    """Return the name of a mark, "" for one without.

    Matplotlib calls artists without a label "_child" and a number.
    """
    label = str(mark.get_label())
    return label[1:] if label.startswith("_") and not re.fullmatch(r"_(child\d+|nolegend_)", label) else ""


@contextmanager
def plain_style(salt: str | None = None, style: Style = SCREEN) -> "Iterator[None]":
    """Inside, Matplotlib has its own defaults, whatever a matplotlibrc says; afterwards those of before.

    The ids in an SVG are drawn from the `salt`, at random without one. A PDF holds its fonts as TrueType (42), which
    publishers ask for. Raises `BenchError` if Matplotlib cannot be
    imported because the matplotlibrc that it finds is not text.
    """
    try:
        import matplotlib
    except UnicodeDecodeError as error:
        raise BenchError(f"Matplotlib finds a matplotlibrc that is not UTF-8 text ({error}); remove it") from error
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["svg.hashsalt"] = salt
        matplotlib.rcParams["pdf.fonttype"] = matplotlib.rcParams["ps.fonttype"] = 42
        if style is not SCREEN:
            matplotlib.rcParams["font.family"] = style.family
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
