"""A toy space of 21 architectures whose scores are known."""

from dataclasses import dataclass

import numpy as np
import pytest

from bench.costs import Costs, CostTable
from bench.errors import DataError
from bench.predict.predictions import Predictions
from bench.search.problem import Constraint, Problem
from bench.spaces import Space


@dataclass(frozen=True, kw_only=True)
class Toy(Space):
    """Decisions of 2, 4 and 3 choices, 21 valid of 24: not those whose last two choices are 0, nor the largest."""

    @property
    def choices(self):
        return (tuple("ab"), tuple("abcd"), tuple("abc"))

    def valid(self, genes):
        return (genes[:, 1] + genes[:, 2] > 0) & (genes.sum(axis=1) < 6)

    def extremes(self):
        return np.array([[0, 1, 0], [1, 2, 2]], dtype=np.int8)

    def parse(self, text):
        if len(text) != 3 or not all(letter in names for letter, names in zip(text, self.choices, strict=True)):
            raise DataError(f"'{text}' is no toy; expected three of the letters a to d")
        return tuple("abcd".index(letter) for letter in text)

    def spell(self, arch):
        return "".join("abcd"[choice] for choice in arch)

    def costs(self, genes):
        return {"params": genes @ np.array([1.0, 2.0, 4.0])}


class Large(Toy):
    """The same, as if it could not be listed."""

    listable = False
    combinations = 10**9

    def enumerate(self):
        raise AssertionError("a large space is never listed")


class Answers:
    """Answers from a fixed score per architecture, and counts the architectures asked."""

    def __init__(self, seed: int = 0, ties: int = 10**6):
        self.scores = np.round(np.random.default_rng(seed).random(24) * 80 * ties) / ties
        self.asked: list[tuple[int, ...]] = []

    def score(self, genes):
        return self.scores[genes @ np.array([12, 3, 1])].astype(np.float32)

    def __call__(self, genes):
        self.asked += [tuple(row) for row in genes.tolist()]
        return Predictions(
            genes=genes,
            accuracy=self.score(genes),
            negative_cross_entropy=-self.score(genes),
            images=8,
            split="toy/train, held out",
        )


@pytest.fixture
def toy():
    return Toy()


@pytest.fixture
def large():
    return Large()


@pytest.fixture
def answers():
    return Answers


@pytest.fixture
def latency(toy):
    """Return a cost table in which the latency falls with the first choice."""
    genes = toy.enumerate()
    columns = {"latency": 9.0 - genes[:, 0] - genes[:, 2] / 10, "energy": genes[:, 1].astype(float)}
    return CostTable(name="phone", space="toy", genes=genes, columns=columns, source="x.csv", source_sha256="y")


@pytest.fixture
def problem(toy, latency):
    """Return a function that makes a problem in the toy space."""

    def make(budget=10, objectives=("accuracy",), space=toy, **highest):
        constraints = tuple(Constraint(cost=cost, high=high) for cost, high in highest.items())
        costs = Costs(space, (latency,))
        return Problem(costs=costs, budget=budget, objectives=objectives, constraints=constraints)

    return make
