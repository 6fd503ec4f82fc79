"""Predicted accuracy and ranking correlation over the true top N."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure, of_row
from bench.figures.style import CEILING, canvas, colours
from bench.scores.ceiling import CEILING_ROW
from bench.scores.prediction_frame import scored, true_top_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

TOP_N = (10, 25, 50, 150, 250, 500)
LEGEND = 0.145
"""Inches of a line of the legends above the panels."""
METRICS = {"accuracy": "mean supernet accuracy (%)\n(no direction)", "tau": "Kendall's tau-b ↑"}


def numbers(frame: "pd.DataFrame", panels: tuple[str, ...] = ()) -> "pd.DataFrame":
    """Return row, panels, metric, group (true top N, or the population), n, mean, low, high and seeds.

    Accuracy is the supernet's, tau that of the row's score. A top N includes all that tie with the N-th, as in the
    scores. `mean` is over seeds; low and high bound its 95 % Student-t interval over seeds, clipped to the range of the
    metric, NaN for one seed. Panels that no row names are left out; rows that name none share one. If the truth has
    several training seeds, the last row is the ceiling, the tau of one seed against the others; `n` is the smallest of
    the seeds.
    """
    import pandas as pd

    from bench.scores.interval import Value, of_one_seed
    from bench.scores.metrics import METRICS

    kendall = METRICS.get("kendall-tau-b")
    values: dict[tuple[str, str, str, str], list[Value]] = {}
    of_rows = {panel for own in frame.panels.unique() for panel in str(own).split(";") if panel}
    kept = [panel for panel in panels if panel in of_rows] if of_rows else panels[:1]
    for (row, named, _), run in frame.groupby(["row", "panels", "seed"], sort=False):
        if panels:  # only these, in this order
            stands = [panel for panel in kept if not named or panel in str(named).split(";")]
            named = ";".join(stands)
            if not stands:
                continue
        tops = {str(n): true_top_of(run, n).assign(sampled=True) for n in TOP_N if n <= len(run)}
        for group, part in (tops | {run.population.iloc[0]: run}).items():
            found = {} if row == CEILING_ROW else {"accuracy": scored(part, "predicted").mean}
            found["tau"] = scored(part).value(kendall)
            for metric, value in found.items():
                key = (str(row), str(named), metric, group)
                values.setdefault(key, []).append(of_one_seed(value, scored(part).n))
    lines = []
    for key, seeds in values.items():
        interval = of_row(key[0], seeds)
        low, high = (-1.0, 1.0) if key[2] == "tau" else (0.0, 100.0)  # Student's t is unbounded
        bounds = np.maximum(interval.low, low), np.minimum(interval.high, high)
        lines.append((*key, interval.n, interval.value, *bounds, interval.seeds))
    return pd.DataFrame(lines, columns=["row", "panels", "metric", "group", "n", "mean", "low", "high", "seeds"])


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return supernet accuracy above tau-b over the true top N, a column per panel, with intervals over seeds.

    A row that names no panel is in all of them. Without panels the two are side by side.
    """
    names = list(dict.fromkeys(panel for panels in lines.panels for panel in panels.split(";") if panel))
    limit = lines[lines.row == CEILING_ROW].set_index("group")
    lines = lines[lines.row != CEILING_ROW]
    own = colours(lines.row, caption.colours)
    groups = list(dict.fromkeys(lines.group))
    above = LEGEND * max(len(set(_of(panel, lines).row)) for panel in names or [""])
    if names:
        figure, grid = canvas(0.6 + 4.2 * len(names), 5.6 + above, 2, len(names))
    else:
        figure, [side_by_side] = canvas(8.0, 3.0 + above, 1, 2)
        names, grid = [""], [[ax] for ax in side_by_side]
    for neighbours in grid:
        for ax in neighbours[1:]:
            ax.sharey(neighbours[0])
    for column, panel in enumerate(names):
        shown = _of(panel, lines)
        for axes, (metric, label) in zip(grid, METRICS.items(), strict=True):
            ax = axes[column]
            rows = list(shown[shown.metric == metric].groupby("row", sort=False))
            for index, (row, part) in enumerate(rows):
                part = part.set_index("group").reindex(groups)
                across = np.arange(len(groups)) + 0.5 * ((index + 0.5) / len(rows) - 0.5)  # side by side
                tops = [place for place, group in enumerate(groups) if group.isdigit()]
                ax.plot(across[tops], part["mean"].iloc[tops], "-", color=own[str(row)], linewidth=1.2)
                seeds = int(part.seeds.max())
                thin, counted = caption.thin(row, seeds), f" ({seeds} seed{'s' if seeds > 1 else ''})"
                ax.errorbar(
                    across,
                    part["mean"],
                    yerr=[part["mean"] - part.low, part.high - part["mean"]],
                    fmt="o",
                    markersize=4,
                    capsize=2,
                    color=own[str(row)],
                    markerfacecolor="white" if thin else own[str(row)],
                    label=f"{row}{thin or counted}",
                    linewidth=0.8,
                    ecolor=(own[str(row)], 0.45),
                )
            ax.set_xticks(range(len(groups)), [group.replace("-", "\n") for group in groups])
            ax.set_xlabel("N best architectures by ground truth", fontsize=8)
            ax.set_ylabel(label, fontsize=8)
            if metric == "tau":
                ax.axhline(0, color="#999999", linewidth=0.8)
                if len(limit):
                    highest = limit["mean"].reindex(groups)
                    ax.plot(range(len(groups)), highest, ":", color=CEILING, linewidth=1.2, label=CEILING_ROW)
                    ax.legend(handles=ax.lines[-1:], fontsize=7, frameon=False)
            else:
                ax.set_title(panel, fontsize=9)
                ax.legend(fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1.1 if panel else 1.0))
    lacking = (lines.groupby("row").seeds.max() < caption.seeds).any()  # a top of few architectures may lack a tau
    few = f"; open markers: fewer than {caption.seeds} seeds" if lacking else ""
    note = f"bars: 95 % interval over seeds (Student t){few}"
    figure.suptitle(f"{caption}\n{note}", fontsize=8, color="#444444", wrap=True)
    return figure


def _of(panel: str, lines: "pd.DataFrame") -> "pd.DataFrame":
    """Return the lines that a panel shows."""
    return lines[[not panels or panel in panels.split(";") for panels in lines.panels]]


def over_top_n(name: str, about: str, *panels: str) -> Figure:
    """Return the figure of the named panels, from left to right; of all panels if none is named."""
    return Figure(
        name=name,
        about=f"papers/single-path-ranking-correlations, {about}",
        numbers=partial(numbers, panels=panels),
        draw=draw,
    )


OVER_TOP_N = over_top_n("over-top-n", "as Figures 4 to 7")
