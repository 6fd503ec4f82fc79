"""Fronts of accuracy and one cost: found by searches, true, and by random search."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import CEILING, canvas, colours, in_words
from bench.figures.typeset.names import cost_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return search, row, searcher, member, seed, search_seed, cost, value, true: the members of every front."""
    return frame[["search", "row", "searcher", "member", "seed", "search_seed", "cost", "value", "true"]]


def draw(points: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return axes per comparison and row: true accuracy against the cost, a colour per searcher, and the true front.

    All axes show the same accuracies; their titles count what was found below them.
    """
    import pandas as pd

    panels = list(dict.fromkeys(zip(points.search, points.row, points.cost, strict=True)))
    own = colours(points[points.member == "found"].searcher, {})
    low = min(_lowest(part) for _, part in points[points.member == "found"].groupby(["search", "row", "cost"]))
    high = points.true.max()
    figure, [grid] = canvas(3.6 * len(panels), 3.6, 1, len(panels))
    for ax, (search, row, cost) in zip(grid, panels, strict=True):
        part = points[(points.search == search) & (points.row == row) & (points.cost == cost)]
        true = points[(points.search == search) & (points.cost == cost) & (points.member == "true")].sort_values(
            "value"
        )
        ax.plot(true.value, true.true, color=CEILING, drawstyle="steps-post", linewidth=1.4, label="true front")
        for searcher, found in part[part.member == "found"].groupby("searcher", sort=False):
            ax.scatter(found.value, found.true, s=9, alpha=0.6, linewidths=0, color=own[str(searcher)],
                       label=in_words(searcher))  # fmt: skip
        shown = pd.concat([part[part.true >= low], true[true.true >= low]])
        ax.set_ylim(low, high + 0.1 * (high - low))
        ax.set_xlim(shown.value.min() / 1.1, shown.value.max() * 1.1)
        below = int((part[part.member == "found"].true < low).sum())
        ax.set_title(f"{row}\n{search}" + (f"\n({below} found below the axes)" if below else ""), fontsize=8)
        ax.set_xlabel(f"{cost_label(cost)} ↓", fontsize=8)
        ax.set_xscale("log")
    grid[0].set_ylabel("true accuracy (%) ↑", fontsize=8)
    grid[-1].legend(fontsize=7, frameon=False, loc="lower right", markerscale=1.6)
    note = (
        "points: the fronts that searches found by the supernet, all supernets and search seeds, by their true accuracy"
    )
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def _lowest(part: "pd.DataFrame") -> float:
    """Return the lowest accuracy shown: fronts begin with architectures that cost next to nothing and learn nothing."""
    found = part.true.dropna()
    best, middle = found.max(), found.median()
    return float(max(found.min() - 0.5, middle - 2.5 * max(best - middle, 0.5)))


FRONTS = Figure(
    name="fronts",
    about="accuracy against a cost: what searches for both found",
    numbers=numbers,
    draw=draw,
    of="fronts",
)
