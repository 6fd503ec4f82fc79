"""Our tau against the source's printed tau, per row: do other images and sizes order the rows alike?"""

from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure, score_of_row
from bench.figures.metrics import bars
from bench.figures.style import canvas, colours
from bench.scores.prediction_frame import supernets

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return row, n, published, mean, low, high, seeds: a line per row whose source prints a tau.

    `mean` is our tau-b on the sampled architectures; low and high bound its 95 % interval over architectures and
    seeds, or over architectures for a row with one seed. Empty for fewer than three rows, whose order means little.
    """
    import pandas as pd

    from bench.scores.metrics import METRICS

    tau, lines = METRICS.get("kendall-tau-b"), []
    printed = supernets(frame)
    for row, runs in printed[printed.published.notna()].groupby("row", sort=False):
        seeds = [run for _, run in runs.groupby("seed")]
        found = score_of_row(row, seeds, tau)
        lines.append((row, found.n, runs.published.iloc[0], found.value, found.low, found.high, found.seeds))
    columns = ["row", "n", "published", "mean", "low", "high", "seeds"]
    return pd.DataFrame(lines if len(lines) > 2 else [], columns=columns)


def says(lines: "pd.DataFrame") -> str:
    """Return tau-b between the two columns of taus, in a sentence, which is the figure's title."""
    from bench.scores.metrics import METRICS

    tau = METRICS.get("kendall-tau-b")(lines["mean"].to_numpy(), lines.published.to_numpy())
    found = "undefined" if np.isnan(tau) else f"{tau:.2f}"
    return f"tau-b between our order of the rows and the source's: {found}, {len(lines)} rows"


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a point per row: the source's tau on the x-axis, ours with its interval on the y-axis."""
    figure, [[ax]] = canvas(8.0, 4.4, 1, 1)
    own = colours(lines.row, caption.colours)
    for _, line in lines.iterrows():
        thin = caption.thin(line.row, line.seeds)
        seeds = f" ({line.seeds} seed{'s' if line.seeds > 1 else ''})"
        ax.errorbar(
            line.published,
            line["mean"],
            yerr=[[line["mean"] - line.low], [line.high - line["mean"]]],
            fmt="o",
            markersize=4,
            capsize=2,
            linewidth=1,
            color=own[str(line.row)],
            markerfacecolor="white" if thin else own[str(line.row)],
            label=f"{line.row}{thin or seeds}",
        )
    ax.set_xlabel("tau in the source, at its own images, size and training", fontsize=8)
    ax.set_ylabel(f"our tau-b ↑, n = {lines.n.max():,}", fontsize=8)
    ax.set_title(says(lines), fontsize=8)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    figure.suptitle(
        f"{caption}\n{bars(lines.seeds, caption)}",
        fontsize=7,
        color="#444444",
        wrap=True,
    )
    return figure


AGAINST_SOURCE = Figure(
    name="against-source",
    about="papers/neural-channel-search, Tables 2 and 3 beside ours",
    numbers=numbers,
    draw=draw,
)
