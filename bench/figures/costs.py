"""What each row costs: minutes of training and prediction, and the memory of an update."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

MEGABYTE = 2**20
COLUMNS = ("row", "seeds", "minutes", "processors", "passes", "images", "gradients_mb", "kept_mb", "peak_mb")


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a line of `COLUMNS` per row; `peak_mb` is what an update holds for gradients and what training keeps.

    Memory is counted, not measured on a machine: temporary values of single operations are not in it.
    """
    found = frame.assign(gradients_mb=frame.for_gradients / MEGABYTE, kept_mb=frame.kept / MEGABYTE)
    return found.assign(peak_mb=found.gradients_mb + found.kept_mb)[list(COLUMNS)]


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a bar per row: minutes at the left, memory at the right, of which the light part is kept."""
    figure, [[left, right]] = canvas(9.0, 1.2 + 0.26 * len(lines), 1, 2)
    places, own = range(len(lines)), colours(lines.row, caption.colours)
    hues = [own[str(row)] for row in lines.row]
    left.barh(places, lines.minutes, color=hues)
    right.barh(places, lines.gradients_mb, color=hues)
    right.barh(places, lines.kept_mb, left=lines.gradients_mb, color=hues, alpha=0.4)
    left.set_yticks(places, lines.row, fontsize=8)
    right.set_yticks(places, [""] * len(lines))
    several = "\non different processors" if lines.processors.nunique() > 1 else ""
    left.set_xlabel(f"minutes of one core per seed, training and prediction ↓{several}", fontsize=8)
    right.set_xlabel("MB at the peak of an update ↓ (light: weights and what is kept with them)", fontsize=8)
    for axes in (left, right):
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
    figure.suptitle(f"{caption}", fontsize=7, color="#444444", wrap=True)
    return figure


COSTS = Figure(
    name="costs",
    about="minutes and peak memory of each row",
    numbers=numbers,
    draw=draw,
    of="costs",
)
