"""Ranking correlation against the number of paths per update."""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure, of_row
from bench.figures.style import CEILING, canvas, colours
from bench.scores.ceiling import CEILING_ROW

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return panel, paths, n, mean, low, high, seeds: tau-b on the sampled architectures, a line per panel.

    `mean` is over seeds; low and high bound its 95 % Student-t interval, empty for one seed. A row stands in every
    panel that it names; the truth's ceiling is a panel of no paths.
    """
    import pandas as pd

    from bench.scores import METRICS
    from bench.scores.interval import of_one_seed, within_range

    tau = METRICS.get("kendall-tau-b")
    lines = []
    for (row, panels, paths), runs in frame[frame.sampled].groupby(["row", "panels", "paths"], sort=False):
        values = [
            of_one_seed(tau(run.ranked.to_numpy(), run.true.to_numpy()), len(run)) for _, run in runs.groupby("seed")
        ]
        found = within_range(tau, of_row(row, values))
        for panel in [CEILING_ROW] if row == CEILING_ROW else str(panels).split(";"):
            lines.append((panel, paths, found.n, found.value, found.low, found.high, found.seeds))
    columns = ["panel", "paths", "n", "mean", "low", "high", "seeds"]
    return pd.DataFrame(lines, columns=columns).sort_values(["panel", "paths"], ignore_index=True)


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return tau-b over the paths per update, a line per panel."""
    figure, [[ax]] = canvas(6.4, 4.4, 1, 1)
    limit, lines = lines[lines.panel == CEILING_ROW], lines[lines.panel != CEILING_ROW]
    if len(limit):
        ax.axhline(limit["mean"].item(), color=CEILING, linestyle=":", linewidth=1.2, label=CEILING_ROW)
    own = colours(lines.panel, {})  # a line is a budget, not a heuristic
    for panel, part in lines.groupby("panel", sort=False):
        seeds = int(part.seeds.max())
        ax.errorbar(
            part.paths,
            part["mean"],
            yerr=[part["mean"] - part.low, part.high - part["mean"]],
            fmt="o-",
            markersize=4,
            capsize=2,
            linewidth=1,
            color=own[str(panel)],
            label=f"{panel} ({seeds} seed{'s' if seeds > 1 else ''})",
        )
    ax.set_xscale("log", base=2)
    ticks = sorted(set(lines.paths))
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("architectures per update", fontsize=8)
    ax.set_ylabel(f"Kendall's tau-b ↑, n = {lines.n.max():,}", fontsize=8)
    ax.legend(fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0))
    figure.suptitle(f"{caption}\nbars: 95 % interval over seeds (Student t)", fontsize=7, color="#444444", wrap=True)
    return figure


TAU_OVER_PATHS = Figure(
    name="tau-over-paths",
    about="papers/neural-channel-search, the figure of section 4.3: tau over the architecture batch",
    numbers=numbers,
    draw=draw,
)
