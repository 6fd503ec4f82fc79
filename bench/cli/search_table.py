"""What searchers found on the supernets of a row, as a table and in words for JSON."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from bench.cli.folded import say
from bench.cli.grid import print_grid, spelled_csv
from bench.search.searchers import SEARCHERS

if TYPE_CHECKING:
    from bench.cli.search_row import Searched
    from bench.scores.search import SearchScore

NUMBERS = ("predicted", "accuracy", "regret", "normalized_regret", "rank", "surpass_random", "hypervolume")
"""The scores of a search that JSON shows."""

SURPASS = (
    "n = {n:,} architectures of the truth that meet the constraints; surpass random: the computed probability that ten "
    "random ones of them are all truly worse than what was found"
)
TIES = "scores are means over all that tie for the best score; 'found' names one of these, drawn from the search seed"


def in_words(searched: "Searched") -> dict[str, Any]:
    """Return what was searched and a line per search, in the order in which they were made."""
    truth, problem = searched.truth, searched.problem
    about = {"row": searched.row, "preset": searched.preset, "truth": truth.name if truth else None}
    lines = [
        {
            "searcher": one.searcher,
            "seed": one.supernet,
            "search_seed": one.seed,
            "asked": one.score.asked,
            "answered_by": one.who,
            "ended": one.ended,
            "found": problem.space.spell(one.score.arch),
            "ties": one.score.ties,
            "n": one.score.n,
            **{number: getattr(one.score, number) for number in NUMBERS},
        }
        for one in searched.searches
    ]
    return {**about, **problem.describe(), "searches": lines}


def print_searched(searched: "Searched", how: str = "table") -> None:
    """Print what each searcher found on each supernet, and the mean over supernets.

    In a format other than "table" the notes go to stderr; CSV has a line per search instead.
    """
    problem, truth = searched.problem, searched.truth
    several = len(problem.objectives) > 1
    limits = "".join(f", {constraint}" for constraint in problem.constraints)
    title = (
        f"{searched.row} at preset {searched.preset}: {', '.join(problem.objectives)}{limits}, "
        f"budget {problem.budget:,}; truth {truth.name if truth else 'none'}"
    )
    heads = ["searcher", "seed", "asked", "found", "true accuracy ↑", "regret ↓", "rank ↓", "surpass random ↑"]
    names = ["accuracy", "regret", "rank", "surpass_random"] + ["hypervolume"] * several
    n = max(one.score.n for one in searched.searches)
    ranges: dict[str, tuple[float, float]] = {**RANGES, "rank": (1, n)}
    if truth and truth.whole:  # nothing better can be found
        ranges["accuracy"] = (0, max(one.score.accuracy + one.score.regret for one in searched.searches))
    by_searcher, lines = _by_searcher(searched), []
    for name, by_seed in by_searcher.items():
        for seed, scores in by_seed.items():
            arch, times = Counter(score.arch for score in scores).most_common(1)[0]
            spelled = problem.space.spell(arch) + (f" ({times} of {len(scores)})" if len(scores) > 1 else "")
            cells = [_over([getattr(score, number) for score in scores], ranges[number]) for number in names]
            lines.append([name, str(seed), f"{max(score.asked for score in scores):,}", spelled, *cells])
        if len(by_seed) > 1:
            means = [
                _over(
                    [_mean(getattr(score, number) for score in scores) for scores in by_seed.values()], ranges[number]
                )
                for number in names
            ]
            lines.append([name, "mean", "", f"{len(by_seed)} supernets", *means])
    err = how != "table"
    if how == "csv":
        every = in_words(searched)["searches"]
        typer.echo(spelled_csv(list(every[0]), [list(one.values()) for one in every]))
    else:
        print_grid(heads + ["hypervolume ↑"] * several, lines, title, how)
    if err:
        say(title, err=True)
    say("[95 % interval] over search seeds, in rows of a mean over supernets (Student t)", err=err)
    if truth:
        say(SURPASS.format(n=n), err=err)
        say(TIES, err=err)
    else:
        say("no truth is stored for this row; 'supernet-bench data list' shows how to get one", err=err)
    exhaustive = [name for name in by_searcher if SEARCHERS.get(name).asks_all]
    for line in [*searched.asked, *(f"{name} asks all, whatever the budget" for name in exhaustive)]:
        say(line, err=err)


def _by_searcher(searched: "Searched") -> "dict[str, dict[int, list[SearchScore]]]":
    """Return the scores by searcher and by the seed of the supernet, one per search."""
    found: dict[str, dict[int, list[SearchScore]]] = {}
    for one in searched.searches:
        found.setdefault(one.searcher, {}).setdefault(one.supernet, []).append(one.score)
    return found


def _mean(values: Any) -> float:
    values = list(values)
    return sum(values) / len(values)


RANGES = {
    "accuracy": (0, 100),
    "regret": (0, 100),
    "surpass_random": (0, 1),
    "hypervolume": (0, 1),
}
"""Student's t is unbounded, these are not; nor are ranks, which end at the number of architectures."""


def _over(values: Sequence[float], within: tuple[float, float]) -> str:
    """Return the mean with its interval inside the possible values; `-` where it is unknown, none without spread."""
    from bench.scores.interval import of_one_seed, over_seeds

    if not values or any(math.isnan(value) for value in values):
        return "-"
    value = over_seeds([of_one_seed(one, 0) for one in values])
    low, high = within
    if math.isnan(value.low):
        return _spelled(value.value)
    return f"{_spelled(value.value)} [{_spelled(max(value.low, low))},{_spelled(min(value.high, high))}]"


def _spelled(number: float) -> str:
    """Return a number without commas, as these stand between two numbers."""
    return f"{number:.0f}" if number >= 1_000 else f"{number:.4g}"
