"""Is the accuracy of a supernet a usable proxy for how well it ranks?"""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure, supernets
from bench.figures.style import canvas, colours
from bench.scores import METRICS
from bench.scores.interval import bootstrap

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

MARKERS = "osD^v<>PX*"
SPARSE = "sparse-kendall-tau/truth-0.1%"


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return row, panels, seed, n, accuracy (mean of the supernet over the sampled architectures), sparse tau.

    Accuracy is in percent; one line per run.
    """
    import pandas as pd

    sparse = METRICS.get(SPARSE)
    lines = [
        (row, panels, seed, len(run), float(run.predicted.mean()), sparse(run.ranked.to_numpy(), run.true.to_numpy()))
        for (row, panels, seed), run in supernets(frame[frame.sampled]).groupby(["row", "panels", "seed"], sort=False)
    ]
    return pd.DataFrame(lines, columns=["row", "panels", "seed", "n", "accuracy", "sparse tau"])


def draw(points: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return sparse tau over supernet accuracy, one point per run, with the correlation of the two.

    Rows that name a panel take its colour and marker, the others their own.
    """
    figure, [[ax]] = canvas(6.4, 4.0, 1, 1)
    groups = points.panels.where(points.panels != "", points.row)
    own = colours(groups, caption.colours)
    for place, (group, part) in enumerate(points.groupby(groups, sort=False)):
        marker = MARKERS[place % len(MARKERS)]
        ax.scatter(part.accuracy, part["sparse tau"], s=22, color=own[str(group)], marker=marker, label=str(group))
    if len(points) > 2:
        found = bootstrap(METRICS.get("kendall-tau-b"), points.accuracy.to_numpy(), points["sparse tau"].to_numpy())
        ax.set_title(f"tau-b of the two {found.value:.2f} [{found.low:.2f}, {found.high:.2f}], n = {len(points)} runs",
                     fontsize=9)  # fmt: skip
    ax.set_xlabel("mean supernet accuracy (%)", fontsize=8)
    ax.set_ylabel(f"sparse tau, truth in steps of 0.1 % ↑, n = {points.n.max():,}", fontsize=8)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    note = "brackets: 95 % interval of tau-b, runs resampled"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


PROXY = Figure(
    name="proxy",
    about="How to train your supernet: sparse tau against supernet accuracy",
    numbers=numbers,
    draw=draw,
)
