"""Is the accuracy of a supernet a usable proxy for how well it ranks?"""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas, colours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

SPARSE = "sparse-kendall-tau/truth-0.1%"


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return row, seed, n, accuracy (mean of the supernet over the sampled architectures, percent), sparse tau."""
    import pandas as pd

    from bench.scores import METRICS

    sparse = METRICS.get(SPARSE)
    lines = [
        (row, seed, len(run), float(run.predicted.mean()), sparse(run.ranked.to_numpy(), run.true.to_numpy()))
        for (row, seed), run in frame[frame.sampled].groupby(["row", "seed"], sort=False)
    ]
    return pd.DataFrame(lines, columns=["row", "seed", "n", "accuracy", "sparse tau"])


def draw(points: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return sparse tau over supernet accuracy, one point per run, with the correlation of the two."""
    figure, [[ax]] = canvas(6.4, 4.0, 1, 1)
    own = colours(points.row)
    for row, part in points.groupby("row", sort=False):
        ax.scatter(part.accuracy, part["sparse tau"], s=22, color=own[str(row)], label=str(row))
    if len(points) > 2:
        from scipy.stats import kendalltau

        tau = kendalltau(points.accuracy, points["sparse tau"])
        ax.set_title(f"tau-b of the two: {tau.statistic:.2f} (n = {len(points)} runs)", fontsize=9)
    ax.set_xlabel("mean supernet accuracy (%)", fontsize=8)
    ax.set_ylabel(f"sparse tau, truth in steps of 0.1 % ↑, n = {points.n.max():,}", fontsize=8)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(str(caption), fontsize=7, color="#444444", wrap=True)
    return figure


PROXY = Figure(
    name="proxy",
    about="How to train your supernet: sparse tau against supernet accuracy",
    numbers=numbers,
    draw=draw,
)
