"""What a search looks for: objectives, constraints and budget over one space."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int8

from bench.costs import Costs
from bench.errors import RecipeError
from bench.predict.predictions import Predictions
from bench.rng import stream
from bench.search.nearby import distinct, lowered, walked
from bench.spaces import Space
from bench.spaces.lookup import places_in
from bench.types import SCORES, Flags, Genes, Keys, PerArch

DRAWN, ROUNDS = 1_000, 200
"""Random architectures per round, and rounds without a new one, after which sampling in a large space gives up."""
STARTS = 30
"""Random architectures from which a descent to a cost starts in a space that cannot be listed: the nearest ones."""
ABOVE = 1e6
"""What a missed constraint weighs beside a cost over its spread, so that it comes first."""


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """A cost from `low` to `high`, both included."""

    cost: str
    low: float = -math.inf
    high: float = math.inf

    def __str__(self) -> str:
        bounds = [f"at least {self.low:g}"] * math.isfinite(self.low) + [f"at most {self.high:g}"] * math.isfinite(
            self.high
        )
        return f"{self.cost} {' and '.join(bounds)}"

    def met(self, values: PerArch) -> Flags:
        """Return which values lie within the bounds."""
        return (values >= self.low) & (values <= self.high)

    def missed_by(self, values: PerArch) -> PerArch:
        """Return how far values lie outside of the bounds, 0 within."""
        return np.maximum(np.maximum(self.low - values, values - self.high), 0.0)


def check_objectives(objectives: Sequence[str]) -> None:
    """Raise `RecipeError` unless the first objective is a score, and the others are different names, none a score."""
    first, *others = objectives or ("",)
    if first not in SCORES or set(others) & set(SCORES) or len({first, *others}) < len(objectives):
        raise RecipeError(
            f"objectives are {','.join(objectives) or 'none'}; allowed: {' or '.join(SCORES)} first, then different "
            "costs, such as accuracy,flops"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Find the architectures that are best by `objectives`, meet all `constraints`, and ask for at most `budget`.

    The first objective is one of the supernet's scores, which is maximized; the others are costs, which are minimized.
    Raises `RecipeError` for other objectives, and if no architecture meets the constraints: in a space that cannot be
    listed, if neither a random one does nor one to which descents lead.
    """

    costs: Costs
    budget: int
    objectives: tuple[str, ...] = ("accuracy",)
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        check_objectives(self.objectives)
        if self.budget < 1:
            raise RecipeError(f"budget is {self.budget}; allowed: 1 or more architectures")
        for name in (*self.objectives[1:], *(constraint.cost for constraint in self.constraints)):
            self.costs.of(name, self._tried)
        if not len(self._listed if self.space.listable else self._seeds):
            raise RecipeError(self._unmet)

    @property
    def space(self) -> Space:
        """Return the space, under its mask."""
        return self.costs.space

    @cached_property
    def _tried(self) -> Genes:
        """Return every architecture, or the extremes and many random ones of a space that cannot be listed."""
        if self.space.listable:
            return self.space.enumerate()
        some = self.space.sample(stream(0, "search/tried"), DRAWN * 10)
        return np.concatenate([self.space.extremes(), some])

    @cached_property
    def _listed(self) -> Genes:
        """Return every feasible architecture, computed once."""
        genes = self.space.enumerate()
        found = genes[self._meets(genes)]
        found.setflags(write=False)
        return found

    @cached_property
    def _listed_keys(self) -> Keys:
        return np.sort(self.space.keys(self._listed))

    @cached_property
    def _seeds(self) -> Genes:
        """Return feasible architectures of a space that cannot be listed: of those tried, else where descents end."""
        if len(found := self._tried[self._meets(self._tried)]):
            return found
        ends = self._descents(lambda genes: self._missed(self.constraints, genes))
        return ends[self._meets(ends)]

    def _descents(self, score: Callable[[Genes], PerArch]) -> Genes:
        """Return where descents to a lower score end that start at the extremes, and at those tried with the lowest."""
        lowest = np.argsort(score(self._tried), kind="stable")[:STARTS]
        return lowered(self.space, np.concatenate([self.space.extremes(), self._tried[lowest]]), score)

    def _missed(self, constraints: Sequence[Constraint], genes: Genes) -> PerArch:
        """Return the sum of what each constraint is missed by, over the spread of its cost."""
        missed = np.zeros(len(genes))
        for one in constraints:
            missed += one.missed_by(self.costs.of(one.cost, genes)) / self._spread[one.cost]
        return missed

    @cached_property
    def _spread(self) -> dict[str, float]:
        values = {one.cost: self.costs.of(one.cost, self._tried) for one in self.constraints}
        return {cost: float(np.ptp(value)) or 1.0 for cost, value in values.items()}

    @property
    def most(self) -> int:
        """Return the most distinct architectures that can be asked: the budget, or all feasible ones if fewer."""
        return min(self.budget, len(self._listed)) if self.space.listable else self.budget

    def everything(self) -> Genes:
        """Return every feasible architecture; raises `RecipeError` for a space that cannot be listed."""
        return self._listed

    def feasible(self, genes: Genes) -> Flags:
        """Return which rows are architectures of the space and meet the constraints."""
        if self.space.listable:  # a searcher asks for one child at a time
            return places_in(self._listed_keys, self.space.keys(genes))[1]
        found = self.space.contains(genes)
        found[found] = self._meets(genes[found])
        return found

    def _meets(self, genes: Genes) -> Flags:
        met = np.ones(len(genes), dtype=bool)
        for constraint in self.constraints if len(genes) else ():
            met &= constraint.met(self.costs.of(constraint.cost, genes))
        return met

    def sample(
        self, rng: np.random.Generator, count: int, *, without: Int8[np.ndarray, "asked decision"] | None = None
    ) -> Genes:
        """Return `count` different feasible architectures, uniformly, none of which is in `without`.

        Fewer if there are no more. In a space that cannot be listed, where 200 rounds of 1,000 random ones hold no new
        one, those still missing are reached from known ones, one decision at a time: these are not uniform.
        """
        space = self.space
        seen = space.keys(self.none if without is None else without)
        if space.listable:
            pool = self._listed if not len(seen) else self._listed[~np.isin(space.keys(self._listed), seen)]
            return pool[rng.choice(len(pool), size=min(count, len(pool)), replace=False)]
        found, fruitless = self.none, 0
        while len(found) < count and fruitless < ROUNDS:
            genes = space.sample(rng, DRAWN)
            genes = np.concatenate([found, genes[self._meets(genes)]])
            genes = genes[~np.isin(space.keys(genes), seen)]
            genes = distinct(space, genes)
            fruitless = 0 if len(genes) > len(found) else fruitless + 1
            found = genes[:count]
        if len(found) < count:
            known = [self._seeds, found] if without is None else [self._seeds, found, without[self.feasible(without)]]
            seen = np.concatenate([seen, space.keys(found)])
            more = walked(space, rng, np.concatenate(known), self._meets, count - len(found), seen)
            found = np.concatenate([found, more])
        return found

    @property
    def none(self) -> Genes:
        """Return an empty list of architectures, [0, decision]."""
        return np.empty((0, self.space.decisions), dtype=np.int8)

    def values(self, asked: Predictions) -> Float[np.ndarray, "arch objective"]:
        """Return each objective of the architectures, higher is better: costs are negated, diverged ones are -inf."""
        score = asked.by(self.objectives[0])
        columns = [np.where(np.isfinite(score), score, -np.inf)]
        columns += [-self.costs.of(cost, asked.genes) for cost in self.objectives[1:]]
        return np.stack(columns, axis=1)

    def describe(self) -> dict[str, Any]:
        """Return the problem as JSON, with the digests of the cost tables that it reads."""
        read = {*self.objectives[1:], *(constraint.cost for constraint in self.constraints)}
        tables = {name: self.costs.sha256(name) for name in sorted(read)}
        return {
            "budget": self.budget,
            "objectives": list(self.objectives),
            "constraints": [
                {"cost": one.cost, "low": _finite(one.low), "high": _finite(one.high)} for one in self.constraints
            ],
            "cost_tables": {name: digest for name, digest in tables.items() if digest},
        }

    @property
    def _unmet(self) -> str:
        """Return the message that no architecture is feasible: what is asked, and the nearest value to it."""
        told = [
            f"the {name} {one.cost}{self._nearest(place, sign)}"
            for place, one in enumerate(self.constraints)
            for name, bound, sign in (("smallest", one.high, 1), ("largest", one.low, -1))
            if math.isfinite(bound)
        ]
        asked, where = " and ".join(map(str, self.constraints)), f"space '{self.space.slot_name()}'"
        if self.space.listable:
            told[0] = f"no architecture of {where} has {asked}: of all {len(self._tried):,}, {told[0]}"
        else:
            told[0] = (
                f"no architecture of {where} was found that has {asked}: of {len(self._tried):,} that were tried, and "
                f"those to which they lead, {told[0]}"
            )
        return f"{', '.join(told)}; loosen the constraint"

    def _nearest(self, place: int, sign: int) -> str:
        """Return the smallest value (the largest, if `sign` is -1) of a constraint's cost, and of what it is that."""
        one, others = self.constraints[place], [other for k, other in enumerate(self.constraints) if k != place]
        genes, found = self._tried, ""
        if not self.space.listable:
            genes = np.concatenate([genes, self._descents(partial(self._beyond, one, sign, others))])
            found = " found"
        among = genes[self._missed(others, genes) == 0]
        beside = " of those that meet the other constraints" if len(among) and others else ""
        values = self.costs.of(one.cost, among if len(among) else genes)
        return f"{found}{beside} is {sign * (sign * values).min():g}"

    def _beyond(self, one: Constraint, sign: int, others: Sequence[Constraint], genes: Genes) -> PerArch:
        """Return what is lowest where the others are met, and there where the cost is smallest, or largest."""
        return ABOVE * self._missed(others, genes) + sign * self.costs.of(one.cost, genes) / self._spread[one.cost]


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def non_dominated(values: Float[np.ndarray, "arch objective"]) -> np.ndarray:
    """Return the rows that no other row beats in one objective without losing in another, by their first objective.

    Higher is better; of equal rows the first stays.

    >>> non_dominated(np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0], [2.0, 2.0]])).tolist()
    [1, 0]
    """
    order = np.lexsort((np.arange(len(values)), *(-values[:, k] for k in reversed(range(values.shape[1])))))
    if values.shape[1] == 2 and len(values) and np.isfinite(values).all():
        second = values[order, 1]
        before = np.maximum.accumulate(np.append(-np.inf, second[:-1]))
        return order[second > before]
    kept, front = np.zeros(len(values), dtype=int), np.zeros_like(values)
    found = 0
    for row in order:  # whatever dominates a row comes before it
        if not (front[:found] >= values[row]).all(axis=1).any():
            kept[found], front[found] = row, values[row]
            found += 1
    return kept[:found]


def parse_constraints(highest: Sequence[str], lowest: Sequence[str]) -> tuple[Constraint, ...]:
    """Return the constraints of texts such as `flops=330e6`, by their cost; raises `RecipeError`.

    >>> [str(one) for one in parse_constraints(["flops=330e6"], ["flops=290e6"])]
    ['flops at least 2.9e+08 and at most 3.3e+08']
    """
    bounds: dict[str, dict[str, float]] = {}
    for option, side, texts in (("--max", "high", highest), ("--min", "low", lowest)):
        for text in texts:
            cost, _, number = text.rpartition("=")
            try:
                value = float(number)
            except ValueError:
                value = math.nan
            if not cost or not math.isfinite(value):
                raise RecipeError(f"{option} {text}; allowed: COST=NUMBER, such as {option} flops=330e6")
            if side in bounds.setdefault(cost, {}):
                raise RecipeError(f"{option} {text}: {cost} has two bounds; keep one")
            bounds[cost][side] = value
    for cost, found in bounds.items():
        if found.get("low", -math.inf) > found.get("high", math.inf):
            raise RecipeError(f"--min {cost}={found['low']:g} is above --max {cost}={found['high']:g}; exchange them")
    return tuple(Constraint(cost=cost, **found) for cost, found in bounds.items())
