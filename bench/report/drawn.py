"""The figures of a study as images in the page, and what they say in words."""

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.analysis.frames import Frames
from bench.figures.figure import Caption
from bench.figures.style import few_colours, plain_style
from bench.study.study import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

DPI = 80
"""Resolution of the figures in the page."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A figure as an image in the page (WebP, base64)."""

    name: str
    about: str
    picture: str


def drawn_figures(study: Study, frames: Frames, caption: Caption, draws: bool) -> tuple[list[Drawn], list[str]]:
    """Return the study's figures that have numbers, none unless it `draws`, and the sentences that state results."""
    drawn: list[Drawn] = []
    results: list[str] = []
    for figure in study.figures if draws else [figure for figure in study.figures if figure.says]:
        numbers = figure.numbers(frames.shown(figure))
        if numbers.empty:
            continue
        if draws:
            with plain_style():
                picture = _picture(figure.draw(numbers, caption))
            drawn.append(Drawn(name=figure.name, about=figure.about, picture=picture))
        results.extend(filter(None, [figure.says(numbers)] if figure.says else []))
    return drawn, results


def _picture(canvas: "Canvas") -> str:
    """Return the figure as lossless WebP with few colours, a quarter of the size of a PNG."""
    packed = io.BytesIO()
    few_colours(canvas, DPI).convert("RGB").save(packed, format="webp", lossless=True, quality=100, method=4)
    return base64.b64encode(packed.getvalue()).decode()
