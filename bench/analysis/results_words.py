"""The words of results tables that the terminal, Markdown and the report share."""

from bench.scores.metrics import METRICS
from bench.scores.seeds import MEAN_TREND
from bench.scores.size import ABOUT_SIZE, ADDED, EQUAL_SIZE, GIVEN_SIZE, OF_SIZE_ITSELF, WITH_SIZE
from bench.spaces import SPACES
from bench.truth import Truth

TITLES = {
    "kendall-tau-b": "tau-b",
    "sparse-kendall-tau/truth-0.1%": "sparse tau",
    "top-n-trend": "top-N trend",
    MEAN_TREND: "top-N trend of mean",
    "top-10-minus-top-500": "top 10 - top 500",
    OF_SIZE_ITSELF: "tau-b of size",
    WITH_SIZE: "tau with size",
    GIVEN_SIZE: "tau given size",
    EQUAL_SIZE: "tau, equal size",
    ADDED: "added to size",
}
FAMILIES = (("kendall-tau-b/top-", "top-{} tau-b"), ("precision-at-top/", "P@{}"))
"""What tables call metrics of one family, by the start of their names; the rest of a name stands at {}."""
OF_SIZE = ("kendall-tau-b", OF_SIZE_ITSELF, WITH_SIZE, GIVEN_SIZE, EQUAL_SIZE, ADDED)
"""The metrics of the second table, which says what each tau is made of."""
BEST_TRIVIAL = "best trivial, own space"
"""Heading of the second table's column with the trivial predictor of highest tau-b, for rows of a masked space."""
ABOUT_BEST_TRIVIAL = (
    "Best trivial, own space: the cost of highest tau-b on the architectures of a row of a masked space, which are not "
    "those of the lines of trivial predictors"
)
ABOUT_INTERVALS = (
    "over architectures (bootstrap, those of one function together unless the population is a random draw) and, for "
    "supernets, seeds (Student t), added in quadrature; * of one seed, over architectures alone"
)
"""The kind of the intervals, the same in every column, in words."""
ABOUT_TREND = (
    "Top-N trend of mean: of the predictions averaged over seeds, over architectures. Top 10 - top 500: difference of "
    "mean predictions in standard deviations of the top 500"
)
"""The two metrics of the paper's trend, in words."""


def about_size(truth: Truth) -> str:
    """Return the second table's caption: which cost is the size, and what the columns are."""
    return f"Size: {SPACES.get(truth.space).size_cost}. {ABOUT_SIZE}."


def title_of(name: str) -> str:
    """Return what tables call a metric; its name, which JSON has for all, unless it has a title.

    >>> title_of("kendall-tau-b"), title_of("kendall-tau-b/top-10"), title_of("precision-at-top/5%"), title_of("regret")
    ('tau-b', 'top-10 tau-b', 'P@5%', 'regret')
    """
    for start, title in FAMILIES:
        if name.startswith(start):
            return title.format(name.removeprefix(start))
    return TITLES.get(name, name)


def heading(name: str) -> str:
    """Return what tables call a metric, with its direction.

    >>> heading("kendall-tau-b"), heading("regret"), heading("tau-with-size")
    ('tau-b ↑', 'regret ↓', 'tau with size')
    """
    return f"{title_of(name)} {arrow_of(name)}".strip()


def arrow_of(name: str) -> str:
    """Return the direction of a metric of the tables."""
    if name in METRICS.names():
        return METRICS.get(name).arrow
    return {MEAN_TREND: "↓", WITH_SIZE: "", OF_SIZE_ITSELF: ""}.get(name, "↑")
