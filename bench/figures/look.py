"""Figures as files: in which style, width and formats."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.errors import unknown_name
from bench.figures.figure import Caption, Figure
from bench.figures.style import FORMATS, SCREEN, Style, few_colours, inches, plain_style, style_named

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


MARGIN = 0.1
"""Inches at the left and the right of the note above a figure."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The files of a figure by format, and its width and height in inches.

    `narrow` is the height at the style's width of a figure that is set wide because it does not fit there, else None.
    """

    files: dict[str, bytes]
    wide: float
    tall: float
    narrow: float | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """A style, its width in inches (None: the style's own), and the formats of the files."""

    style: Style = SCREEN
    width: float | None = None
    formats: tuple[str, ...] = SCREEN.formats

    @classmethod
    def asked(cls, style: str, width: str | None, formats: Sequence[str] | None) -> "Look":
        """Return the look that is asked for in words; raises `UnknownName`, `BenchError` for a bad width.

        >>> Look.asked("paper", "84mm", None).formats
        ('pdf',)
        """
        found = style_named(style)
        for name in formats or ():
            if name not in FORMATS:
                raise unknown_name("format", name, FORMATS, "give --format once for each format")
        wanted = tuple(dict.fromkeys(formats or found.formats))
        return cls(style=found, width=None if width is None else inches(width), formats=wanted)

    def canvas(self, figure: Figure, numbers: "pd.DataFrame", caption: Caption) -> "Canvas":
        """Return a figure's canvas in this look; to be called, and saved, within `plain_style`."""
        canvas = figure.draw(numbers, replace(caption, style=self.style))
        if self.style is not SCREEN or self.width is not None:
            from bench.figures.typeset.typeset import typeset

            typeset(canvas, self.style, self.width)
        else:
            _keep_margins(canvas)
        return canvas

    def fitting(self, figure: Figure, numbers: "pd.DataFrame", caption: Caption) -> "tuple[Canvas, float | None]":
        """Return the canvas, the style's wide one if that of its own width does not fit, and the height of the latter.

        The height is None unless the canvas is the wide one. A width that was asked for stays.
        """
        canvas = self.canvas(figure, numbers, caption)
        tall = canvas.get_figheight()
        if self.width is not None or self.style.wide is None or tall <= self.style.tallest:
            return canvas, None
        return replace(self, width=self.style.wide).canvas(figure, numbers, caption), tall

    def drawn(self, figure: Figure, numbers: "pd.DataFrame", caption: Caption) -> "Drawn":
        """Return the file of each format; the same numbers give the same bytes."""
        files = {}
        with plain_style(salt=figure.name, style=self.style):
            canvas, narrow = self.fitting(figure, numbers, caption)
            for format in sorted(self.formats, key=("svg", "pdf", "png").index):  # pixels change the resolution
                file = io.BytesIO()
                if format == "png":
                    dpi = self.style.dpi
                    set_at = {} if self.style is SCREEN and self.width is None else {"dpi": (dpi, dpi)}
                    few_colours(canvas, dpi).save(file, format="png", optimize=True, **set_at)
                else:
                    undated = {"Date": None} if format == "svg" else {"CreationDate": None}
                    canvas.savefig(file, format=format, metadata=undated)
                files[format] = file.getvalue()
        return Drawn(files=files, wide=canvas.get_figwidth(), tall=canvas.get_figheight(), narrow=narrow)


def _keep_margins(canvas: "Canvas") -> None:
    """Break the note above a figure, which Matplotlib breaks at the figure's edges."""
    from bench.figures.typeset.measure import wrapped

    note = canvas._suptitle  # type: ignore[attr-defined]
    if note is not None:
        room = canvas.get_figwidth() - 2 * MARGIN
        note.set(text=wrapped(canvas, note.get_text(), note.get_fontsize(), room), wrap=False)
