"""What a search found, by the truth: scored when shown, from the stored search."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from bench.scores.interval import Value, student
from bench.scores.metrics.search_value import REGRET, SURPASS_RANDOM
from bench.search.problem import Problem, non_dominated
from bench.search.result import SearchResult
from bench.tables.table import Table
from bench.types import Arch, PerArch


@dataclass(frozen=True, kw_only=True)
class SearchScore:
    """What a search found, against the truths (percent) of all architectures that meet its constraints.

    `arch` is drawn among those asked that tie for the best score, of which there are `ties`; what follows `predicted`
    is a mean over these. `n` is the number of architectures in the table that meet the constraints. `accuracy` is the
    truth of what was found, NaN if the table lacks some of it, and so is all that follows. `regret` is the best truth
    minus it, in percentage points, 0 is best; `normalized_regret` the same divided by the best truth minus the mean, so
    that 1 is what a random architecture has on average. `rank` is 1 plus the number of better ones. `surpass_random` is
    the probability that ten random architectures are all worse. `hypervolume`, for several objectives, is that of the
    front found, by its truths; 0 to 1, higher is better; NaN for one objective.
    """

    arch: Arch
    ties: int
    asked: int
    n: int
    predicted: float
    accuracy: float
    regret: float
    normalized_regret: float
    rank: float
    surpass_random: float
    hypervolume: float


def over_search_seeds(by_supernet: Sequence[PerArch], n: int) -> Value:
    """Return the mean over supernets of the mean over searches, with its 95 % interval over search seeds.

    `by_supernet` holds a number per search, for each supernet. The supernets are taken as given: the interval says how
    much the luck of the searcher moves the mean, not how another supernet would answer. Student's t with the variance
    within supernets pooled; NaN if no supernet has two searches.

    >>> found = over_search_seeds([np.array([1.0, 3.0]), np.array([7.0, 9.0])], n=10)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (5.0, 1.96, 8.04)
    """
    mean = float(np.mean([numbers.mean() for numbers in by_supernet]))
    spare = sum(len(numbers) - 1 for numbers in by_supernet)
    if not spare:
        return Value(value=mean, low=float("nan"), high=float("nan"), n=n, resampled="search seeds")
    pooled = sum(float(((numbers - numbers.mean()) ** 2).sum()) for numbers in by_supernet) / spare
    error = math.sqrt(pooled * sum(1 / len(numbers) for numbers in by_supernet)) / len(by_supernet)
    half = student(spare) * error
    return Value(value=mean, low=mean - half, high=mean + half, n=n, resampled="search seeds")


def score_search(result: SearchResult, problem: Problem, table: Table | None) -> SearchScore:
    """Return the scores of a search; without a table only what it found and what the supernet predicts for it."""
    best = result.best(problem)
    arch = tuple(int(gene) for gene in result.asked.genes[best])
    scores = problem.values(result.asked)[:, 0]
    tied = result.asked.genes[scores == scores[best]]
    predicted = float(result.asked.by(problem.objectives[0])[best])
    unknown: Any = dict.fromkeys(("accuracy", "regret", "normalized_regret", "rank", "surpass_random"), float("nan"))
    about: Any = {"arch": arch, "ties": len(tied), "asked": len(result.asked.genes), "predicted": predicted}
    nothing = float("nan")
    if table is None:
        return SearchScore(**about, n=0, hypervolume=nothing, **unknown)
    feasible = np.flatnonzero(problem.feasible(table.genes))
    truth = table.mean[feasible]
    volume = nothing
    if len(problem.objectives) > 1:
        volume = found_hypervolume(result, problem, table, feasible)
    rows, known = table.rows(tied)
    if not known.all() or len(truth) < 2:
        return SearchScore(**about, n=len(truth), hypervolume=volume, **unknown)
    picked = np.isin(feasible, rows).astype(float)  # a prediction that tells what was found from all others
    accuracy, regret = float(table.mean[rows].mean()), REGRET.function(picked, truth)
    spread = float(truth.max() - truth.mean())
    return SearchScore(
        **about,
        n=len(truth),
        accuracy=accuracy,
        regret=regret,
        normalized_regret=regret / spread if spread else 0.0,
        rank=float(np.mean([1 + np.count_nonzero(truth > one) for one in table.mean[rows]])),
        surpass_random=SURPASS_RANDOM.function(picked, truth, **SURPASS_RANDOM.settings),
        hypervolume=volume,
    )


def found_hypervolume(result: SearchResult, problem: Problem, table: Table, feasible: np.ndarray) -> float:
    """Return the hypervolume of the front found, by its truths, 0 to 1, higher is better.

    `feasible` are the rows of the table that meet the constraints; each objective goes from 0, the worst of them, to 1,
    the best.
    """
    genes = result.asked.genes[result.front(problem)]
    rows, known = table.rows(genes)

    def objectives(accuracy: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.stack([accuracy, *(-problem.costs.of(cost, of) for cost in problem.objectives[1:])], axis=1)

    every = objectives(table.mean[feasible], table.genes[feasible])
    front = objectives(table.mean[rows[known]], genes[known])
    low, high = every.min(axis=0), every.max(axis=0)
    return hypervolume((front - low) / np.where(high > low, high - low, 1.0))


def hypervolume(points: Float[np.ndarray, "arch objective"]) -> float:
    """Return the volume that points dominate above the origin, higher is better.

    >>> hypervolume(np.array([[1.0, 0.5], [0.5, 1.0], [0.2, 0.2]]))
    0.75
    """
    points = points[(points > 0).all(axis=1)]
    if not len(points):
        return 0.0
    points = points[non_dominated(points)]
    if points.shape[1] == 1:
        return float(points.max())
    order = np.argsort(-points[:, -1], kind="stable")  # slices by the last objective, from the top
    heights = np.append(points[order, -1], 0.0)
    if points.shape[1] == 2:
        return float(-(np.diff(heights) * np.maximum.accumulate(points[order, 0])).sum())
    slices = (
        (heights[place] - heights[place + 1]) * hypervolume(points[order[: place + 1], :-1])
        for place in range(len(points))
        if heights[place] > heights[place + 1]
    )
    return float(sum(slices))
