"""What searches found in the order of a paper's table: our accuracies, and beside them the printed ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure, with_interval
from bench.figures.style import TRIVIAL, canvas, write_beside

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

OURS = "#0173b2"
COLUMNS = ("label", "mean", "low", "high", "cost", "supernets", "networks", "n", "printed", "printed_cost")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the paper's table: its `label`, and the search, row and searcher of the study that stand for it.

    `printed` is the paper's accuracy in percent, NaN if it prints none, `printed_cost` its cost as printed. A line
    without a `searcher` has nothing of ours beside it.
    """

    label: str
    search: str = ""
    row: str = ""
    searcher: str = ""
    printed: float = np.nan
    printed_cost: str = ""


def numbers(frame: "pd.DataFrame", lines: Sequence[Line]) -> "pd.DataFrame":
    """Return a line of `COLUMNS` for every line of the table, against the study's truth.

    `mean` is the true accuracy in percent of what was found, over search seeds, then over supernets, low and high its
    95 % interval over supernets (Student t), NaN for one; `cost` the mean constrained cost. `networks` counts different
    architectures among `supernets` times searches. `printed` is at the paper's own size and images.
    """
    import pandas as pd

    from bench.scores.interval import of_one_seed, over_seeds

    if frame.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    own = frame[frame.truth == frame.truth.iloc[0]]
    told: list[tuple[object, ...]] = []
    for line in lines:
        part = own[(own.search == line.search) & (own.row == line.row) & (own.searcher == line.searcher)]
        if part.empty:
            told.append((line.label, *([np.nan] * 4), 0, 0, 0, line.printed, line.printed_cost))
            continue
        last = part.loc[part.groupby(["seed", "search_seed"], sort=False).evaluation.idxmax()]
        by_supernet, n = last.groupby("seed"), int(last.n.min())
        value = over_seeds([of_one_seed(float(mean), n) for mean in by_supernet.true.mean()])
        high = np.minimum(value.high, last.bound.max())  # nothing better can be found
        measured = (value.value, value.low, high, float(by_supernet.cost.mean().mean()))
        counts = (len(by_supernet), last.arch.nunique(), n)
        told.append((line.label, *measured, *counts, line.printed, line.printed_cost))
    return pd.DataFrame(told, columns=list(COLUMNS))


def draw(lines: "pd.DataFrame", caption: Caption, unit: tuple[float, str], cost: str, key: str) -> "Canvas":
    """Return two axes, ours and the paper's, with a line for every line of the table and its numbers at the right.

    The note says what the numbers are: accuracy and `cost`; it ends in the `key` to what labels abbreviate.
    """
    figure, [[ours, theirs]] = canvas(8.6, 1.5 + 0.36 * len(lines), 1, 2)
    height = np.arange(len(lines))
    spread = [(lines["mean"] - lines.low).fillna(0), (lines.high - lines["mean"]).fillna(0)]
    ours.errorbar(lines["mean"], height, xerr=spread, fmt="o", markersize=4.5, capsize=2, linewidth=1, color=OURS)
    theirs.plot(lines.printed, height, "D", markersize=4.5, markerfacecolor="white", color=TRIVIAL)
    scale, name = unit
    columns = (lines["mean"].to_numpy(), lines.cost.to_numpy(), lines.networks.to_numpy(), lines.printed.to_numpy())
    for place, (mean, value, count, top) in enumerate(zip(*columns, strict=True)):
        if np.isfinite(mean):
            costs = f", {value / scale:.4g} {name}" if np.isfinite(value) else ""
            write_beside(ours, place, f"{mean:.2f}{costs}\n{count} network{'s' if count > 1 else ''}")
        told = f"{top:.1f}, {lines.printed_cost.iloc[place]}" if np.isfinite(top) else "not printed"
        write_beside(theirs, place, told)
    ours.set_yticks(height, list(lines.label), fontsize=8)
    theirs.set_yticks(height, [""] * len(lines))
    for ax, values in ((ours, lines[["mean", "low", "high"]].to_numpy()), (theirs, lines.printed.to_numpy())):
        ax.set_ylim(len(lines) - 0.4, -0.7)
        found = values[np.isfinite(values)]
        if len(found):
            low, high = found.min(), found.max()
            room = max(high - low, 0.5)
            ax.set_xlim(low - 0.15 * room, high + 0.15 * room)
    ours.set_xlabel("ours: true accuracy of what was found (%) ↑", fontsize=8)
    theirs.set_xlabel("printed in the paper (%) ↑", fontsize=8)
    note = f"bars: 95 % interval over supernets; n = {lines.n.max():,} networks trained; the two axes share no scale"
    note += f"; numbers at the right: accuracy (%){f', {cost}' if cost else ''}{f'; {key}' if key else ''}"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def says(lines: "pd.DataFrame") -> str:
    """Return what every line of the table found, in a sentence; empty if nothing is stored."""
    known = lines[np.isfinite(lines["mean"])]
    if known.empty:
        return ""
    found = "; ".join(
        f"{label}: {with_interval(mean, low, high)}"
        for label, mean, low, high in zip(known.label, known["mean"], known.low, known.high, strict=True)
    )
    return f"True accuracy of what is found, in percent, among the {known.n.max():,} networks of the truth: {found}."


def found_table(
    name: str,
    about: str,
    lines: Sequence[Line],
    *,
    scale: float = 1.0,
    unit: str = "",
    cost: str = "",
    key: str = "",
) -> Figure:
    """Return the figure of a paper's table; `about` says what differs.

    Costs are divided by `scale`, in `unit`; `cost` says what they count, `key` what the labels of lines abbreviate.
    """
    return Figure(
        name=name,
        about=about,
        numbers=partial(numbers, lines=tuple(lines)),
        draw=partial(draw, unit=(scale, unit), cost=cost, key=key),
        says=says,
        of="searches",
    )
