"""Does a recipe that ranks better also find better architectures?"""

from typing import TYPE_CHECKING

from bench.figures.figure import Caption, Figure
from bench.figures.style import canvas
from bench.scores.agreement import agreement, spelled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return search, row, searcher, truth, ranking, regret, supernets: one line per recipe, means over supernets.

    `ranking` is the sparse tau of the row's supernets, `regret` the best truth minus that of what was found, in
    percentage points, lower is better.
    """
    import pandas as pd

    keys = ["search", "row", "searcher", "truth"]
    names = [*keys, "ranking", "regret", "supernets"]
    if frame.empty:
        return pd.DataFrame(columns=names)
    every = [*keys, "seed", "search_seed"]
    last = frame.loc[frame.groupby(every, sort=False).evaluation.idxmax()]
    runs = last.groupby([*keys, "seed"], sort=False)[["ranking", "regret"]].mean().reset_index()
    found = runs.groupby(keys, sort=False).agg(
        ranking=("ranking", "mean"), regret=("regret", "mean"), supernets=("seed", "nunique")
    )
    return found.reset_index()[names]


def draw(points: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return regret against sparse tau, axes per truth, a point per recipe, with the correlation of the two."""
    truths = list(dict.fromkeys(points.truth))
    figure, [grid] = canvas(3.6 * len(truths), 3.6, 1, len(truths))
    for ax, truth in zip(grid, truths, strict=True):
        part = points[points.truth == truth]
        ax.scatter(part.ranking, part.regret, s=16, color="#0173b2", alpha=0.8, linewidths=0)
        ax.set_title(f"{truth}\ntau-b between ranking and regret:\n{_agreement(part)}", fontsize=8)
        ax.set_xlabel("ranking: sparse tau-b of predictions,\ntruth in steps of 0.1 % ↑", fontsize=8)
    grid[0].set_ylabel("regret of what was found\n(percentage points) ↓", fontsize=8)
    figure.suptitle(
        f"{caption}\na point per recipe, mean over its supernets; regret: best truth minus that of what was found; "
        "brackets: 95 % interval over recipes",
        fontsize=7,
        color="#444444",
        wrap=True,
    )
    return figure


def says(points: "pd.DataFrame") -> str:
    """Return the correlation of ranking and regret over recipes, for the study's own truth."""
    own = points[points.truth == points.truth.iloc[0]]
    return (
        f"Over recipes, sparse tau and the regret of what a search finds agree by tau-b {_agreement(own)}; "
        "-1: whoever ranks better finds better."
    )


def _agreement(points: "pd.DataFrame") -> str:
    """Return tau-b of the two over recipes, with an interval that resamples recipes."""
    recipes = list(points[["ranking", "regret"]].to_numpy()[:, None])
    return f"{spelled(agreement(recipes, 'regret-against-ranking'))}, {len(recipes)} recipes"


REGRET_AGAINST_RANKING = Figure(
    name="regret-against-ranking",
    about="How to train your supernet: does a better ranking end in a better architecture?",
    numbers=numbers,
    draw=draw,
    says=says,
    of="searches",
)
