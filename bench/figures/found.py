"""The accuracy of what searches found, per row, searcher and truth, beside the values printed in papers."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.figures.figure import Caption, Figure, with_interval
from bench.figures.style import CEILING, TRIVIAL, canvas, colours, in_words
from bench.truth import Truth

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

Printed = Mapping[str, Mapping[str, tuple[float, float]]]
"""Method -> data set of the truth -> accuracy and its standard deviation over runs, percent; NaN where none is."""
PRINTED = "printed"
"""The searcher's name in lines of printed values."""
BESIDE = "not searched"
"""The searcher's name, in the figure, of an architecture that stands beside the searches."""
MEANS = ("regret", "rank", "normalized", "hypervolume", "surpass")
COLUMNS = (
    *("search", "row", "searcher", "truth", "mean", "low", "high", "best_run", *MEANS),
    *("beats_random", "supernets", "searches", "best", "n"),
)
COUNTS = ("supernets", "searches")
EDGE = 0.37
"""The part of the axes, from the left, that values written at the edge have for themselves on their lines: in a column
of a paper they need that much."""
APART = 0.36
"""Distance of two values at the edge of a line, in lines."""
NAMED = 5
"""Rows that a sentence names."""
MARGIN = 0.12
"""Room on either side of the values, as a part of the axes up to the best."""


def numbers(frame: "pd.DataFrame", printed: Printed) -> "pd.DataFrame":
    """Return a line of `COLUMNS` for every search, row, searcher and truth, after the last evaluation.

    `mean` is the true accuracy in percent of what was found, over the search seeds of each supernet, then over
    supernets; low and high bound its 95 % interval over supernets (Student t), NaN for one, which ends at the best that
    can be found, 100 where the truth lacks architectures. `best_run` is the highest. What stands beside the searches
    was not searched: `searches` is 0.
    `hypervolume` is that of the fronts of several objectives (NaN for one), by their truths, 0 to 1, higher is better.
    `surpass` is computed: the probability that ten random architectures are all worse. `beats_random` is measured: the
    fraction of pairs with a random search on the same supernet, of the same comparison, in which what was found is
    truly better, ties half; NaN without one. Lines of `printed` values follow; their low and high are one standard
    deviation from the mean.
    """
    import pandas as pd

    from bench.scores.interval import of_one_seed, over_seeds

    if frame.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    keys = ["search", "row", "searcher", "truth", "seed", "search_seed"]
    last = frame.loc[frame.groupby(keys, sort=False).evaluation.idxmax()]
    lines = []
    for key, part in last.groupby(["search", "row", "searcher", "truth"], sort=False):
        search, row, _, truth = key
        by_supernet = part.groupby("seed")
        value = over_seeds([of_one_seed(float(mean), int(part.n.min())) for mean in by_supernet.true.mean()])
        others = by_supernet[list(MEANS)].mean().mean()
        same = (last.search == search) & (last.row == row) & (last.truth == truth)
        against = _beats(part, last[same & (last.searcher == "random")])
        counts = (len(by_supernet), int(by_supernet.search_seed.nunique().min()) if part.asked.any() else 0)
        measured = (value.value, value.low, np.minimum(value.high, part.bound.max()), part.true.max(), *others, against)
        lines.append((*key, *measured, *counts, part.best.iloc[0], value.n))
    for method, values in printed.items():
        for truth in dict.fromkeys(last.truth):
            mean, deviation = values.get(Truth.parse(truth).dataset, (np.nan, np.nan))
            if not np.isnan(mean):
                ends = (mean - deviation, mean + deviation)
                lines.append(("", method, PRINTED, truth, mean, *ends, *([np.nan] * 7), 0, 0, np.nan, 0))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _beats(part: "pd.DataFrame", random: "pd.DataFrame") -> float:
    """Return the measured probability to find something better than a random search on the same supernet."""
    if part.searcher.iloc[0] == "random" or random.empty or not part.asked.any():
        return float("nan")
    shares = []
    for seed, own in part.groupby("seed"):
        other = random[random.seed == seed].true.to_numpy()
        if len(other):
            ahead = own.true.to_numpy()[:, None] - other[None, :]
            shares.append(float(np.mean((ahead > 0) + 0.5 * (ahead == 0))))
    return float(np.mean(shares)) if shares else float("nan")


def draw(lines: "pd.DataFrame", caption: Caption) -> "Canvas":
    """Return axes per truth, a point per row and searcher, with the best truth that its constraints leave as a tick.

    A printed value stands on the lines of the row that it is of, else on its own. Values far below the others are
    written at the edge. What stands beside the searches has a line of its own. An interval that goes on outside of the
    axes ends in an arrow. Searches of different searchers for the same best share the lines of their rows.
    """
    import pandas as pd

    truths = list(dict.fromkeys(lines.truth))
    beside = (lines.searches == 0) & (lines.searcher != PRINTED)
    lines = pd.concat([lines[~beside], lines[beside].assign(row=lines[beside].searcher, searcher=BESIDE)])
    ours = lines[lines.searcher != PRINTED]
    labels = {searcher: in_words(searcher) for searcher in ours.searcher}
    if ours.search.nunique() > 1 and _alike(ours):
        labels |= {one: f"{labels[one]}, {search}" for one, search in zip(ours.searcher, ours.search, strict=True)}
        lines, ours = (part.assign(search="") for part in (lines, ours))
    lines = _beside_ours(lines, ours)
    names = list(dict.fromkeys(zip(lines.search, lines.row, strict=True)))
    several = ours.search.nunique() > 1
    searchers = ({BESIDE: TRIVIAL} if beside.any() else {}) | colours(ours.searcher[ours.searcher != BESIDE], {})
    searching = [one for one in searchers if one != BESIDE]
    heights = {one: 0.16 * (place - (len(searching) - 1) / 2) for place, one in enumerate(searching)}
    figure, [grid] = canvas(2.4 + 3.0 * len(truths), 1.6 + 0.34 * len(names), 1, len(truths))
    for ax, truth in zip(grid, truths, strict=True):
        here = lines[lines.truth == truth]
        left, right = _ends(here)
        limits = here[here.searcher != PRINTED].groupby(["search", "row"], sort=False).best.max()
        ax.plot(limits, [names.index(one) for one in limits.index], "|", markersize=18, markeredgewidth=1.6,
                color=CEILING, label="best of the truth")  # fmt: skip
        for searcher, colour in searchers.items():
            part = here[(here.searcher == searcher) & (here["mean"] >= left)]
            height = [names.index(one) + heights.get(searcher, 0) for one in _names(part)]
            low, high = (part["mean"] - part.low).fillna(0), (part.high - part["mean"]).fillna(0)
            ax.errorbar(part["mean"], height, xerr=[low, high], fmt="o", markersize=4, capsize=2, linewidth=1,
                        color=colour, label=labels[searcher])  # fmt: skip
            if cut := [at for at, end in zip(height, part.low, strict=True) if end < left]:
                ax.plot([left] * len(cut), cut, "<", markersize=4, color=colour, clip_on=False)
        for name, far in here[here["mean"] < left].groupby(["search", "row"], sort=False):
            for place, (searcher, mean) in enumerate(zip(far.searcher, far["mean"], strict=True)):
                at = (0.01, names.index(name) + APART * (place - (len(far) - 1) / 2))
                ax.annotate(f"◂ {mean:.2f}", at, xycoords=("axes fraction", "data"), fontsize=7,
                            color=searchers.get(searcher, TRIVIAL), verticalalignment="center")  # fmt: skip
        part = here[(here.searcher == PRINTED) & (here["mean"] >= left)]
        height = [names.index(one) for one in _names(part)]
        spread = (part["mean"] - part.low).fillna(0)
        if len(part):
            ax.errorbar(part["mean"], height, xerr=spread, fmt="D", markersize=4, markerfacecolor="white", capsize=2,
                        linewidth=1, color=TRIVIAL, label="printed in its paper")  # fmt: skip
        ax.set_yticks(range(len(names)), [f"{row}, {search}" if several and search else row for search, row in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlim(left, right)
        ax.set_title(truth, fontsize=8)
        ax.set_xlabel("true accuracy of what was found (%) ↑", fontsize=8)
        if ax is not grid[0]:
            ax.set_yticklabels([])
    grid[-1].legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    searched = ours[ours.searches > 0]
    note = f"{over_searches(searched)}; bars: 95 % interval over supernets; n = {ours.n.max():,} architectures"
    if (lines.searcher == PRINTED).any():
        note += "; printed values: at their papers' size and number of runs, bars one standard deviation"
    figure.suptitle(f"{caption}\n{note}", fontsize=7, color="#444444", wrap=True)
    return figure


def over_searches(lines: "pd.DataFrame") -> str:
    """Return over how many supernets and searches the means of lines are, as ranges where they differ.

    >>> import pandas as pd
    >>> over_searches(pd.DataFrame({"supernets": [3, 3], "searches": [1, 5]}))
    'mean over 3 supernets, 1 to 5 searches on each'
    >>> over_searches(pd.DataFrame({"supernets": [1], "searches": [1]}))
    '1 supernet, 1 search on it'
    """
    if lines.empty:
        return "no search"
    supernets, searches = (sorted({int(lines[name].min()), int(lines[name].max())}) for name in COUNTS)
    mean = "" if supernets[-1] == searches[-1] == 1 else "mean over "
    told = [" to ".join(map(str, counts)) for counts in (supernets, searches)]
    nets, runs = f"supernet{'s' if supernets[-1] > 1 else ''}", f"search{'es' if searches[-1] > 1 else ''}"
    return f"{mean}{told[0]} {nets}, {told[1]} {runs} on {'each' if supernets[-1] > 1 else 'it'}"


def _alike(ours: "pd.DataFrame") -> bool:
    """Return whether every searcher belongs to one search, and the best that can be found does not depend on it."""
    searches, best = ours.groupby("searcher").search.nunique(), ours.groupby(["row", "truth"]).best.nunique()
    return bool((searches == 1).all() and (best == 1).all())


def _beside_ours(lines: "pd.DataFrame", ours: "pd.DataFrame") -> "pd.DataFrame":
    """Return the lines with those of printed values once for every search in which their row is ours."""
    import pandas as pd

    searches = ours[["search", "row"]].drop_duplicates()
    own = lines[(lines.searcher == PRINTED) & lines.row.isin(searches.row)]
    every = own.drop(columns="search").merge(searches, on="row")[list(lines.columns)]
    return pd.concat([lines.drop(own.index), every]) if len(every) else lines


def _ends(here: "pd.DataFrame") -> tuple[float, float]:
    """Return both ends of the axes, so far to the left that no point or bar stands where a value is at the edge.

    A bar that goes on beyond the left end is not kept away from such values.
    """
    left, best = _lowest(here), here.best.max()
    top = max(best, here["mean"].max())
    while True:
        beyond = here["mean"] < left
        lines = set(_names(here[beyond]))
        near = here[~beyond & np.array([name in lines for name in _names(here)], dtype=bool)]
        ends = near.low.where(near.low >= left, near["mean"])
        # (end - left) / (right - left) is EDGE at the right end that is returned
        wanted = (ends.min() - EDGE * (top + MARGIN * best)) / (1 - EDGE * (1 + MARGIN))
        if np.isnan(wanted) or wanted >= left:
            return left, float(top + MARGIN * (best - left))
        left = float(wanted)


def _lowest(here: "pd.DataFrame") -> float:
    """Return the left end of the axes: beside the lowest of ours, but for a tenth, and of the values near it."""
    ours = here[here.searcher != PRINTED]["mean"].quantile(0.1)
    far = here.best.max() - max(2.5 * (here.best.max() - ours), 0.5)
    near = min((end for end in (*here["mean"], *here.low) if end >= far), default=0.0)
    return float(near - max(MARGIN * (here.best.max() - near), 0.1))


def _names(part: "pd.DataFrame") -> list[tuple[str, str]]:
    return list(zip(part.search, part.row, strict=True))


def says(lines: "pd.DataFrame") -> str:
    """Return, for each search, what the rows of highest true mean found by the study's truth, in sentences.

    Of a row's searchers the one that found the truly better is named. What was not searched is left out.
    """
    own = lines[(lines.truth == lines.truth.iloc[0]) & (lines.searches > 0)]
    told = []
    for search, part in own.groupby("search", sort=False):
        best = part.loc[part.groupby("row", sort=False)["mean"].idxmax()].sort_values("mean", ascending=False)
        ours = "; ".join(
            f"{row} ({searcher}) {with_interval(mean, low, high)}"
            for row, searcher, mean, low, high in zip(
                *(best[name][:NAMED] for name in ("row", "searcher", "mean", "low", "high")), strict=True
            )
        )
        more = f"; {len(best) - NAMED} more rows, which found worse" if len(best) > NAMED else ""
        told.append(f"{search}, of which the best is {part.best.max():.2f}: {ours}{more}.")
    if not told:
        return ""
    return (
        "True accuracy of what is found, in percent, by the searcher that found the truly better; 95 % interval over "
        f"{own.supernets.max()} supernets, none where all found equally good ones. {' '.join(told)}"
    )


def found(printed: Printed | None = None, *, answers: bool = False) -> Figure:
    """Return the figure, with the values that papers print beside ours; if it `answers`, it states the result."""
    return Figure(
        name="found",
        about="the true accuracy of what each search found",
        numbers=partial(numbers, printed=printed or {}),
        draw=draw,
        says=says if answers else None,
        of="searches",
    )


FOUND = found()
