"""Each check of searchers finds what it is there for."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from bench.contracts.searchers import SUITE
from bench.search.searchers import Searcher

slot = dataclass(frozen=True, kw_only=True)


@slot
class Stops(Searcher):
    """Asks ten and returns."""

    def search(self, problem, rng):
        yield problem.sample(rng, 10)


@slot
class Unconstrained(Searcher):
    """Knows no constraints."""

    def search(self, problem, rng):
        while True:
            yield problem.space.sample(rng, 10)


@slot
class OwnDraws(Searcher):
    """Draws from a generator of its own."""

    def search(self, problem, rng):
        while True:
            yield problem.sample(np.random.default_rng(), 10)


@slot
class Counts(Searcher):
    """Remembers on its class how often it was called."""

    calls: ClassVar = []

    def search(self, problem, rng):
        while True:
            self.calls.append(1)
            batch = problem.sample(rng, 10)
            yield batch[:: 1 + len(self.calls) % 2]


@slot
class Overwrites(Searcher):
    """Negates its scores in place."""

    def search(self, problem, rng):
        while True:
            scores = yield problem.sample(rng, 10)
            scores *= -1


@slot
class Rounds(Searcher):
    """Rounds scores, which a diverged one does not bear."""

    def search(self, problem, rng):
        while True:
            scores = yield problem.sample(rng, 10)
            [int(score) for score in scores[:, 0]]


@pytest.mark.parametrize(
    ("broken", "law", "told"),
    [
        (Stops, "uses its budget", "asked 10 of 40 architectures and ended"),
        (Unconstrained, "of feasible architectures", "which misses a constraint; keep those that"),
        (OwnDraws, "equal seeds", "asks other architectures with an equal seed; draw only from `rng`"),
        (Counts, "a killed search", "does not ask the same architectures as before|ends with other genes"),
        (Overwrites, "leaves the scores", "changed the scores that it was sent"),
        (Rounds, "diverged predictions", "failed: OverflowError: cannot convert float infinity"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_searcher_fails_its_check_with_file_and_line(broken, law, told):
    [check] = [check for check in SUITE.checks if law.replace(" ", "_") in check.law.__name__]
    failure = check.failure(broken)
    assert re.search(told, failure), failure
    if broken is not Counts:  # told as an unfinished search, which names the searcher
        assert re.search(r"test_broken_searchers.py:\d+", failure)
