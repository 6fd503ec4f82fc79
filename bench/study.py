"""A study: a table of rows that differ from a baseline by a delta, with its question and ground truth."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.figures.figure import Figure
from bench.recipe import Recipe
from bench.registry import Registry


@dataclass(frozen=True)
class Row:
    """One line of a study: a name, a recipe, and where it comes from."""

    name: str
    recipe: Recipe
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is compared, against which truth, over which seeds; never how large (that is the preset).

    `figures` are drawn from the stored runs alone (see bench/figures).
    """

    name: str
    question: str
    source: str
    table: str
    baseline: Recipe
    rows: tuple[Row, ...]
    seeds: tuple[int, ...]
    figures: tuple[Figure, ...] = ()
    superseded_by: str | None = None

    def __post_init__(self) -> None:
        names = [row.name for row in self.rows]
        if len(set(names)) != len(names) or not names:
            raise RecipeError(f"study '{self.name}': row names must be present and differ; got {names}")
        if len(self.table.split("/")) != 4:
            raise RecipeError(f"study '{self.name}': table '{self.table}' is not space/dataset/split/budget")


STUDIES: Registry[Study] = Registry("studies", "studies", Study, instances=True)
