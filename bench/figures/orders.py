"""Do recipes stand in the same order at another size?"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure, score_of_row
from bench.figures.style import CEILING, canvas, colours
from bench.scores.agreement import FEWEST, TAU, agreement, spelled
from bench.scores.interval import Value
from bench.scores.metrics import METRICS
from bench.scores.prediction_frame import supernets

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

BAND = 0.84
"""The part of a size's row in which its recipes lie."""
LEAST, EACH = 0.5, 0.11
"""Inches of a size's row, for its name and for each of its recipes."""


def numbers(frame: "pd.DataFrame", first: str, baseline: str) -> "pd.DataFrame":
    """Return size, recipe, seeds, n, tau, low, high, and of each size order, order low, order high, recipes.

    `tau` is tau-b of the recipe's supernets with its 95 % interval over architectures and seeds. `order` is tau-b
    between the recipes' taus at this size and at the `first`, over the `recipes` that both have, NaN for the first and
    for fewer than three; its 95 % interval is of recipes resampled. Sizes are panels; a row is called "SIZE, RECIPE"
    in them, and SIZE alone if it is the `baseline`.
    """
    import pandas as pd

    tau = METRICS.get(TAU)
    lines = []
    for (row, panel), part in supernets(frame).groupby(["row", "panels"], sort=False):
        recipe = str(row).removeprefix(f"{panel}, ")
        runs = [run for _, run in part.groupby("seed", sort=False)]
        found = score_of_row(row, runs, tau)
        lines.append(
            (panel, baseline if recipe == panel else recipe, found.seeds, found.n, found.value, found.low, found.high)
        )
    table = pd.DataFrame(lines, columns=["size", "recipe", "seeds", "n", "tau", "low", "high"])
    own = table[table["size"] == first].set_index("recipe").tau
    for size, part in table.groupby("size", sort=False):
        both = part.set_index("recipe").tau.to_frame("there").join(own.rename("here"), how="inner").dropna()
        compared = str(size) != first and len(both) >= FEWEST
        order = agreement(list(both[["here", "there"]].to_numpy()[:, None]) if compared else [], "orders")
        told = (order.value, order.low, order.high, len(both))
        table.loc[table["size"] == size, ["order", "order low", "order high", "recipes"]] = told
    return table.astype({"recipes": int}) if len(table) else table


def draw(table: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return tau-b of every recipe, the sizes below each other, each with the agreement of its order."""
    own = colours(table.recipe, caption.colours)
    sizes = table.groupby("size", sort=False)
    room = sizes.size().map(lambda recipes: max(LEAST, EACH * recipes))  # inches, which are the unit of the axis
    ends = room.cumsum()
    figure, [[ax]] = canvas(7.0, 1.2 + ends.iloc[-1], 1, 1)
    within = 0.5 + BAND * ((sizes.cumcount() + 0.5) / sizes["size"].transform("size") - 0.5)
    height = table["size"].map(ends - room) + table["size"].map(room) * within
    for recipe, part in table.assign(height=height).groupby("recipe", sort=False):
        error = np.nan_to_num([part.tau - part.low, part.high - part.tau])
        ax.errorbar(part.tau, part.height, xerr=error, fmt="o", markersize=4, capsize=2, linewidth=0.8,
                    color=own[str(recipe)], label=str(recipe))  # fmt: skip
    told = [f"{size}\n{_told(part)}".strip() for size, part in sizes]
    ax.set_yticks(ends - room / 2, told, fontsize=7)
    ax.set_ylim(ends.iloc[-1], 0)
    for edge in ends.iloc[:-1]:
        ax.axhline(edge, color=CEILING, linewidth=0.6)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(f"Kendall's tau-b ↑, n up to {table.n.max():,}", fontsize=8)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    note = "bars: 95 % interval over architectures and seeds"
    if table.order.notna().any():
        note += f"; order: tau-b of the recipes' taus with those at {sizes['size'].first().iloc[0]}"
        note += ", brackets: 95 % interval, recipes resampled"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def _told(part: "pd.DataFrame") -> str:
    line = part.iloc[0]
    if np.isnan(line.order):
        return ""
    found = Value(
        value=line.order, low=line["order low"], high=line["order high"], n=int(line.recipes), resampled="groups"
    )
    return f"order: tau {spelled(found)}\n{line.recipes} recipes"


def says(table: "pd.DataFrame") -> str:
    """Return how far the orders of recipes agree, in one sentence; empty if no two sizes can be compared."""
    told = [
        f"{_told(part).replace(chr(10), ', ').removeprefix('order: tau ')} at {size}"
        for size, part in table.groupby("size", sort=False)
        if _told(part)
    ]
    return f"Tau of the recipes' order with that at {table['size'].iloc[0]}: " + "; ".join(told) + "." if told else ""


def orders(first: str, baseline: str) -> Figure:
    """Return the figure of recipes at several sizes, each a panel of the study; `first` is the size compared with."""
    return Figure(
        name="orders",
        about="tau-b of recipes at several sizes, and how far their orders agree",
        numbers=partial(numbers, first=first, baseline=baseline),
        draw=draw,
        says=says,
    )
