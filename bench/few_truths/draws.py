"""Truths of a few random architectures, drawn again and again, and how well models rank the others with them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from bench.errors import ComparisonError
from bench.few_truths.features import PerFeature
from bench.few_truths.models import MODELS, USUAL
from bench.rng import stream
from bench.scores.metrics import METRICS
from bench.types import Flags, Functions, PerArch

COUNTS = (20, 40, 80, 160, 320, 640, 1280)
"""Numbers of known truths."""
DRAWS = 20
SCORES = ("kendall-tau-b", "precision-at-top/5%")
"""The metrics of every draw."""
LEAST_SCORED = 20
"""Fewest architectures that are left to be scored: P@5% needs so many."""

Rows = Int[np.ndarray, "drawn"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """Architectures of a space, [arch]: those whose truth may become known, and those that are scored.

    Architectures of the same number in `functions` compute the same function, so that only one of them is drawn and
    none of them is scored once one is known. `known_truth` is that of the known ones, NaN
    elsewhere, for example of a table of one's own; `truth` that of the scored ones. Both in percent.
    """

    space: str
    functions: Functions
    may_be_known: Flags
    may_be_scored: Flags
    known_truth: PerArch
    truth: PerArch

    def drawn(self, draw: int) -> Rows:
        """Return the rows of all architectures that may be known, one per function, in the random order of a draw."""
        [rows] = np.nonzero(self.may_be_known)
        rows = stream(draw, f"few-truths/{self.space}").permutation(rows)
        first = np.unique(self.functions[rows], return_index=True)[1]
        return rows[np.sort(first)]

    def scored(self, known: Rows) -> Int[np.ndarray, "scored"]:
        """Return the rows of the architectures that are scored: those whose function has no known truth."""
        return np.flatnonzero(self.may_be_scored & ~np.isin(self.functions, self.functions[known]))

    def counts(self, wanted: Sequence[int]) -> tuple[int, ...]:
        """Return those of the wanted numbers of truths that can be drawn, ascending.

        Raises `ComparisonError` if there is none, or if too few architectures are left to be scored.
        """
        every = self.drawn(0)
        possible = tuple(sorted(count for count in set(wanted) if 2 <= count <= len(every)))
        if not possible:
            raise ComparisonError(
                f"{len(every):,} different architectures may be known, fewer than {min(wanted):,} "
                "(at least 2 truths are needed); ask for fewer truths (--counts)"
            )
        left = len(self.scored(every[: possible[-1]]))
        if left < LEAST_SCORED:
            raise ComparisonError(
                f"{left} architectures are left to be scored beside {possible[-1]:,} known ones, at least "
                f"{LEAST_SCORED} are needed; ask for fewer truths (--counts)"
            )
        return possible


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The scores of a model with the truths of one draw: `tau` and `precision` (P@5%) on `n` other architectures."""

    model: str
    count: int
    draw: int
    n: int
    tau: float
    precision: float


def scores_of_draws(
    question: Question,
    features: PerFeature,
    *,
    models: Sequence[str] = USUAL,
    counts: Sequence[int] = COUNTS,
    draws: Sequence[int] = range(DRAWS),
    advance: Callable[[], object] = lambda: None,
) -> Iterator[Drawn]:
    """Yield the scores of every model, draw and number of truths.

    In a draw more truths include fewer, and all numbers of truths are scored on the same architectures. Draws depend on
    nothing but their number and the architectures, so that curves with and without a supernet are paired. Truths of
    scored architectures are used for scoring alone. `advance` is called after every draw.
    """
    possible = question.counts(counts)
    metrics = [METRICS.get(name) for name in SCORES]
    for draw in draws:
        known = question.drawn(draw)[: possible[-1]]
        scored = question.scored(known)
        truth = question.truth[scored]
        for model in models:
            every = MODELS[model](features[known], question.known_truth[known], features[scored], possible)
            for count, prediction in zip(possible, every, strict=True):
                tau, precision = (metric(prediction, truth) for metric in metrics)
                yield Drawn(model=model, count=count, draw=draw, n=len(truth), tau=tau, precision=precision)
        advance()
