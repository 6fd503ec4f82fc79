"""What a search has found after every evaluation: the best score by the supernet, and the true regret of it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.figures.figure import Caption, Figure, with_interval
from bench.figures.found import over_searches
from bench.figures.style import CEILING, canvas, colours, in_words
from bench.figures.typeset.legends import columns_within
from bench.figures.typeset.measure import text_width, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MEASURES = {"score": "best score by the supernet ↑", "regret": "true regret\n(percentage points) ↓"}
SCORES = ("highest supernet\naccuracy (%) ↑", "highest negative\ncross-entropy ↑")
"""What the score is of a row whose scores are positive, or negative."""
PANEL = 3.4
"""Inches of a panel's width."""
BESIDE = 0.65
"""Inches of a legend's entry beside its text."""
DECADES = 100
"""Evaluations that differ by more than this factor lie on a logarithmic axis."""
MARGIN = 0.05
"""Of the range of means: an interval of few supernets may be far wider than the differences between searchers."""


def numbers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return search, row, searcher, evaluation, measure, mean, low, high, supernets, searches, n.

    `mean` is over the search seeds of each supernet, then over supernets; low and high bound its 95 % interval over
    search seeds, with the supernets as given. Only the study's own truth; the regret is left out if that is a table of
    what was found in the end.
    """
    import pandas as pd

    from bench.scores.search import over_search_seeds

    lines, measures = [], list(MEASURES)
    if not frame.empty:  # architectures beside the searches were not asked
        frame = frame[(frame.truth == frame.truth.iloc[0]) & (frame.evaluation > 0)]
        measures = [one for one in MEASURES if frame[one].notna().mean() > 0.5]
    for key, part in frame.groupby(["search", "row", "searcher", "evaluation"], sort=False):
        supernets = part.seed.to_numpy()
        for measure in measures:
            found = part[measure].to_numpy()
            values = [found[supernets == seed] for seed in np.unique(supernets)]
            value, searches = over_search_seeds(values, int(part.n.min())), min(len(one) for one in values)
            lines.append((*key, measure, value.value, value.low, value.high, len(values), searches, value.n))
    names = ["search", "row", "searcher", "evaluation", "measure", "mean", "low", "high", "supernets", "searches", "n"]
    return pd.DataFrame(lines, columns=names)


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return a column of axes per row of the study, the supernet's score above the regret; a line per searcher."""
    asked = lines.groupby(["search", "row"], sort=False).evaluation.max()
    panels = list(asked[asked > 1].index) or list(asked.index)  # one network that was drawn makes no curve
    searchers = colours(lines.searcher, {})
    measures = list(dict.fromkeys(lines.measure))
    figure, grid = canvas(max(4.2, PANEL * len(panels)), 1.2 + 2.0 * len(measures), len(measures), len(panels))
    for axes, measure in zip(grid, measures, strict=True):
        written = ""
        for ax, (search, row) in zip(axes, panels, strict=True):
            here = lines[(lines.search == search) & (lines.row == row) & (lines.measure == measure)]
            most = here[here.evaluation <= here.groupby("searcher").evaluation.max().min()].evaluation.max()
            for searcher, part in here.groupby("searcher", sort=False):
                colour, label = searchers[str(searcher)], f"{in_words(searcher)} ({part.evaluation.max():,} asked)"
                if len(part) == 1:
                    ax.axhline(part["mean"].item(), color=CEILING, linestyle=":", linewidth=1.4, label=label)
                    continue
                ax.plot(part.evaluation, part["mean"], color=colour, linewidth=1.3, label=label)
                ax.fill_between(part.evaluation, part.low, part.high, color=colour, alpha=0.15, linewidth=0)
            _limit(ax, here)
            if most > DECADES * here.evaluation.min():
                _log(ax)
            ax.set_xlim(1, max(most, 2))
            if measure == measures[0]:
                title = row if len(set(lines.search)) == 1 else f"{row}\n{search}"
                ax.set_title(wrapped(figure, title, 9, 0.75 * PANEL), fontsize=9)
            if measure == measures[-1]:
                ax.set_xlabel("architectures asked", fontsize=8)
            label = _label(measure, here)
            ax.set_ylabel(label if label != written else "", fontsize=8)
            written = label
    lines_of: dict[str, Any] = {}
    for ax in grid[0]:
        handles, labels = ax.get_legend_handles_labels()
        lines_of |= dict(zip(labels, handles, strict=True))
    figure.legend(
        handles=list(lines_of.values()),
        labels=list(lines_of),
        loc="outside lower center",
        ncols=columns_within([text_width(figure, label, 7) + BESIDE for label in lines_of], figure.get_figwidth()),
        fontsize=7,
        frameon=False,
    )
    drawn = lines[[one in panels for one in zip(lines.search, lines.row, strict=True)]]
    note = over_searches(drawn)
    if (drawn.low < drawn.high).any():
        note += "; band: 95 % interval over search seeds, on these supernets"
    if "regret" in measures:
        note += f"; n = {drawn.n.max():,} architectures of the truth"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def _label(measure: str, here: "pd.DataFrame") -> str:
    """Return the name of a measure in a panel: that of the score is accuracy, or a negative loss."""
    return SCORES[int((here["mean"] < 0).any())] if measure == "score" else MEASURES[measure]


def _log(ax: "Axes") -> None:
    """Draw evaluations on a logarithmic axis, with a tick at every power of ten and numbers where they have room."""
    from matplotlib.ticker import LogLocator, NullFormatter

    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_minor_locator(LogLocator(subs=(1.0,), numticks=9))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(which="minor", axis="x", color="#e5e5e5", linewidth=0.6)


def _limit(ax: object, here: "pd.DataFrame") -> None:
    """Show all means; intervals as far as they fit beside them."""
    later = here[here.evaluation >= 10]["mean"]
    low, high = (later if len(later) else here["mean"]).min(), (later if len(later) else here["mean"]).max()
    room = max(high - low, 1e-3)
    ax.set_ylim(low - 0.35 * room, high + 0.35 * room)  # type: ignore[attr-defined]


def says(lines: "pd.DataFrame") -> str:
    """Return the regret of every searcher in every row at the end, in one sentence each."""
    told = []
    for (search, row), part in lines[lines.measure == "regret"].groupby(["search", "row"], sort=False):
        last = part.loc[part.groupby("searcher", sort=False).evaluation.idxmax()]
        found = []
        for searcher, mean, low, high in zip(last.searcher, last["mean"], last.low, last.high, strict=True):
            found.append(f"{searcher} {with_interval(mean, low, high)}")
        several = "" if lines.search.nunique() == 1 else f", {search}"
        told.append(f"{row}{several}: regret of what is found {', '.join(found)} percentage points.")
    return " ".join(told)


SEARCH_OVER_EVALUATIONS = Figure(
    name="search-over-evaluations",
    about="papers/single-path-one-shot, Figure 2: the best so far of each searcher, and its true regret",
    numbers=numbers,
    draw=draw,
    says=says,
    of="searches",
)
