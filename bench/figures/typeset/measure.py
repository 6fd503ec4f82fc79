"""The size of texts, and texts broken to a width."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNBROKEN = re.compile(r"\([^() ][^()]{0,18}\)\S*|\[[^][ ][^][]{0,18}\]\S*|\S+ = \S+|\S+ [↑↓]|\d+ %|\S+")


def text_width(figure: "Figure", text: str, size: float) -> float:
    """Return the width in inches of the longest line of a text, in points of `size` in the figure's font.

    It is that at the figure's resolution: glyphs are hinted to whole pixels, one percent wider or narrower.
    """
    from matplotlib.font_manager import FontProperties

    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    font = FontProperties(size=size)
    lines = [line for line in text.split("\n") if line]
    widths = [renderer.get_text_width_height_descent(line, font, False)[0] for line in lines]
    return float(max(widths, default=0.0)) / figure.dpi


def wrapped(figure: "Figure", text: str, size: float, width: float) -> str:
    """Return a text whose lines are broken at spaces to at most `width` inches.

    A longer word stays whole, and so does, if it fits, what stands in short brackets, or a number with its name
    ("n = 50").
    """
    lines: list[str] = []
    for line in text.split("\n"):
        kept = ""
        units = UNBROKEN.findall(line)
        fitting = [[unit] if text_width(figure, unit, size) <= width else unit.split() for unit in units]
        for word in (word for unit in fitting for word in unit):
            longer = f"{kept} {word}" if kept else word
            if kept and text_width(figure, longer, size) > width:
                lines.append(kept)
                kept = word
            else:
                kept = longer
        lines.append(kept)
    return "\n".join(lines)
