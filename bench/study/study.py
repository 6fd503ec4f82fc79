"""A study: a table of rows that differ from a baseline by a delta, with its question and ground truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.errors import DataError, RecipeError, unknown_name
from bench.figures.figure import Figure
from bench.recipe.recipe import Recipe
from bench.registry import Registry
from bench.truth import Truth

EFFECTS = ("better", "worse", "same")
SCORES = ("accuracy", "negative-cross-entropy")


@dataclass(frozen=True)
class Reported:
    """What a row's source reports: its effect on a metric, compared with the baseline, and that in words."""

    effect: str
    metric: str
    words: str

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise RecipeError(f"a reported effect is '{self.effect}'; allowed: {', '.join(EFFECTS)}")


@dataclass(frozen=True)
class Row:
    """One line of a study: a name, a recipe, and where it comes from.

    `times` multiplies settings that the preset fills in (`{"construct.width": 2}`), so that a row says "twice as wide"
    at any preset. `score` is what the row's supernet ranks by in the study's answer. `reported` is what the
    source found, None where it reports nothing or there is no source. `panels` names the panels of a figure that show
    the row, empty for all of them. `published` is Kendall's tau that the source prints for the row, at its own size,
    images and truth. `against` names the row that this one is set against in the study's answer, empty for the first;
    a row that is there for others to be set against is a `reference`, and no answer itself.
    """

    name: str
    recipe: Recipe
    source: str = ""
    times: Mapping[str, float] = field(default_factory=dict)
    score: str = "accuracy"
    reported: Reported | None = None
    panels: tuple[str, ...] = ()
    published: float | None = None
    against: str = ""
    reference: bool = False

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise RecipeError(f"row '{self.name}': score is '{self.score}'; allowed: {', '.join(SCORES)}")


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is compared, against which truth, over which seeds; never how large (that is the preset).

    The first row is what the others are compared with, unless they name another. `truth` may be written as a string,
    "space/dataset/split/budget"; None where the space has no table, so that runs are stored and not scored. `figures`
    are drawn from the stored runs alone (see bench/figures).
    """

    name: str
    question: str
    source: str
    truth: Truth | str | None
    baseline: Recipe
    rows: tuple[Row, ...]
    seeds: tuple[int, ...]
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        names = [row.name for row in self.rows]
        if len(set(names)) != len(names) or not names:
            raise RecipeError(f"study '{self.name}': row names must be present and differ; got {names}")
        for row in self.rows:
            if row.against and row.against not in names:
                raise unknown_name("row", row.against, names, f"'{row.name}' of study '{self.name}' is set against it")
        if isinstance(self.truth, str):
            try:
                object.__setattr__(self, "truth", Truth.parse(self.truth))
            except DataError as error:
                raise RecipeError(f"study '{self.name}': {error}") from None


STUDIES: Registry[Study] = Registry("studies", "studies", Study, instances=True)
