"""Ranking correlation against the number of paths per update."""

from itertools import pairwise
from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure, of_row
from bench.figures.style import CEILING, canvas, colours
from bench.scores.ceiling import CEILING_ROW

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return panel, paths, n, mean, low, high, seeds: tau-b on the sampled architectures, a line per panel.

    `mean` is over seeds; low and high bound its 95 % Student-t interval, NaN for one seed. A row is in every panel that
    it names, as "axes: line" or just a line; the truth's ceiling is a panel with 0 paths. A line with a single point
    shows no trend, and is left out.
    """
    import pandas as pd

    from bench.scores.interval import of_one_seed, within_range
    from bench.scores.metrics import METRICS
    from bench.scores.once import value_once

    tau = METRICS.get("kendall-tau-b")
    lines = []
    for (row, panels, paths), runs in frame[frame.sampled].groupby(["row", "panels", "paths"], sort=False):
        values = [
            of_one_seed(value_once(tau, run.ranked.to_numpy(), run.true.to_numpy()), len(run))
            for _, run in runs.groupby("seed")
        ]
        value = within_range(tau, of_row(row, values))
        for panel in [CEILING_ROW] if row == CEILING_ROW else str(panels).split(";"):
            lines.append((panel, paths, value.n, value.value, value.low, value.high, value.seeds))
    columns = ["panel", "paths", "n", "mean", "low", "high", "seeds"]
    found = pd.DataFrame(lines, columns=columns)
    points = found.groupby("panel").paths.transform("nunique")
    if not (points > 1).any():
        return found[:0]
    kept = found[(points > 1) | (found.panel == CEILING_ROW)]
    return kept.sort_values(["panel", "paths"], ignore_index=True)


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return tau-b against paths per update: a line per panel, and axes side by side if panels are "axes: line"."""
    limit, lines = lines[lines.panel == CEILING_ROW], lines[lines.panel != CEILING_ROW]
    named = lines.panel.str.rpartition(": ")
    lines = lines.assign(budget=named[0], line=named[2])
    titles = sorted(set(lines.budget))
    own = colours(lines.line, {})  # a line has the same colour in all axes
    figure, [grid] = canvas(max(6.8, 4.4 * len(titles)), 4.2, 1, len(titles))
    ticks = sorted(set(lines.paths))
    for ax, title in zip(grid, titles, strict=True):
        if len(limit):
            ax.axhline(limit["mean"].item(), color=CEILING, linestyle=":", linewidth=1.2, label=CEILING_ROW)
        shown = lines[lines.budget == title]
        for place, (line, part) in enumerate(shown.groupby("line")):
            seeds = " to ".join(str(count) for count in sorted({part.seeds.min(), part.seeds.max()}))
            ax.errorbar(
                part.paths * 1.02 ** (place - 1),  # so that bars do not hide each other
                part["mean"],
                yerr=[(part["mean"] - part.low).fillna(0), (part.high - part["mean"]).fillna(0)],
                fmt="o--" if "own batches" in str(line) else "o-",
                markersize=4,
                capsize=2,
                linewidth=1,
                color=own[str(line)],
                label=f"{line} ({seeds} seed{'' if seeds == '1' else 's'})",
            )
        ax.set_title(title, fontsize=9)
        ax.set_xscale("log", base=2)
        ax.set_xticks(ticks, _labels(ticks))
        ax.minorticks_off()
        ax.set_xlabel("architectures per update", fontsize=8)
        ax.legend(fontsize=7, frameon=False)
        ax.sharey(grid[0])
    grid[0].set_ylabel(f"Kendall's tau-b ↑, n = {lines.n.max():,}", fontsize=8)
    figure.suptitle(
        f"{caption}\nbars: 95 % interval over seeds (Student t), none for one seed",
        fontsize=7,
        color="#444444",
        wrap=True,
    )
    return figure


TAU_OVER_PATHS = Figure(
    name="tau-over-paths",
    about="papers/neural-channel-search, the figure of section 4.3: tau over the architecture batch",
    numbers=numbers,
    draw=draw,
)


def _labels(ticks: list[int]) -> list[str]:
    """Return the ticks' labels, one line lower if the previous tick is too near on a log scale (16, 18)."""
    near = [False, *(after < 1.25 * before for before, after in pairwise(ticks))]
    return [("\n" if low else "") + str(tick) for tick, low in zip(ticks, near, strict=True)]
