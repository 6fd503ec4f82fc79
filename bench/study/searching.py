"""Which searchers search on the supernets of a study's rows, for what, and with which budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bench.errors import RecipeError
from bench.search.problem import Constraint
from bench.search.searchers import Searcher, for_several

SEEDS = (0, 1, 2, 3, 4)


@dataclass(frozen=True, kw_only=True)
class Searching:
    """One comparison of searchers: the same budget, objectives, constraints and supernets for all.

    `budget` counts architectures asked. The first objective is the row's own score; `costs` are further objectives,
    lower is better. Every searcher runs once per search seed on every finished supernet of every row. `beside` names
    architectures, by their strings, that stand beside what is found: they are looked up in the truth, not searched.
    """

    name: str
    by: tuple[Searcher, ...]
    budget: int = 1000
    costs: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    seeds: tuple[int, ...] = SEEDS
    beside: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [searcher.slot_name() for searcher in self.by]
        if len(set(names)) != len(names) or not names:
            raise RecipeError(f"search '{self.name}': searchers must be distinct, and at least one; got {names}")
        if shared := set(names) & set(self.beside):
            raise RecipeError(f"search '{self.name}': {min(shared)} is a searcher; name the architecture otherwise")
        if not self.seeds:
            raise RecipeError(f"search '{self.name}' has no search seed; name at least one")
        for searcher in self.by:
            if self.costs and not searcher.several:
                raise RecipeError(
                    f"search '{self.name}' is for several objectives, searcher '{searcher.slot_name()}' for one; "
                    f"allowed: {', '.join(for_several())}, or one of your own that says `several`"
                )

    def at_most(self, asked: int | None, seeds: int | None) -> "Searching":
        """Return the comparison with a budget and a number of search seeds that are at most these; None is no limit."""
        budget = self.budget if asked is None else min(self.budget, asked)
        return replace(self, budget=budget, seeds=self.seeds[:seeds])

    @property
    def needed_costs(self) -> list[str]:
        """Return the names of the costs of its objectives and constraints."""
        return [*self.costs, *(constraint.cost for constraint in self.constraints)]
