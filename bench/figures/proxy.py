"""Is the accuracy of a supernet a usable proxy for its ranking?"""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colours, in_words
from bench.scores.agreement import agreement, spelled
from bench.scores.interval import Value
from bench.scores.metrics import METRICS
from bench.scores.prediction_frame import scored, supernets

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
        (row, panels, seed, scored(run).n, scored(run, "predicted").mean, scored(run).value(sparse))
        for (row, panels, seed), run in supernets(frame).groupby(["row", "panels", "seed"], sort=False)
    ]
    return pd.DataFrame(lines, columns=["row", "panels", "seed", "n", "accuracy", "sparse tau"])


def draw(points: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return sparse tau against supernet accuracy, one point per run, with the correlation of the two.

    Rows of a panel share its colour and marker, the others have their own.
    """
    figure, [[ax]] = canvas(6.4, 4.0, 1, 1)
    groups = points.panels.where(points.panels != "", points.row)
    own = colours(groups, caption.colours)
    for place, (group, part) in enumerate(points.groupby(groups, sort=False)):
        marker = MARKERS[place % len(MARKERS)]
        ax.scatter(part.accuracy, part["sparse tau"], s=22, color=own[str(group)], marker=marker, label=in_words(group))
    ax.set_title(f"tau-b between accuracy and sparse tau-b:\n{_told(points)}", fontsize=8)
    ax.set_xlabel("mean supernet accuracy (%)", fontsize=8)
    ax.set_ylabel(f"sparse tau-b of the supernet ↑, n = {points.n.max():,}\n(truth in steps of 0.1 %)", fontsize=8)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    note = "brackets: 95 % interval, rows resampled with all their seeds"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def says(points: "pd.DataFrame") -> str:
    """Return the correlation of supernet accuracy and ranking, in one sentence."""
    return f"Mean supernet accuracy and sparse tau agree over runs by tau-b {_told(points)}."


def agreement_of(points: "pd.DataFrame") -> Value:
    """Return tau-b of the two over runs; the interval resamples rows, as seeds of a row are not independent."""
    return agreement(
        [part[["accuracy", "sparse tau"]].to_numpy() for _, part in points.groupby("row", sort=False)], "proxy"
    )


def _told(points: "pd.DataFrame") -> str:
    return f"{spelled(agreement_of(points))}, {len(points)} runs of {points.row.nunique()} rows"


PROXY = Figure(
    name="proxy",
    about="How to train your supernet: sparse tau against supernet accuracy",
    numbers=numbers,
    draw=draw,
    says=says,
)
