"""A study: a table of rows that differ from a baseline by a delta, with its question and ground truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bench.errors import DataError, RecipeError, check_name, unknown_name
from bench.figures.figure import Figure
from bench.optimize.updates import Update
from bench.recipe.preset import Preset
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.registry import Registry
from bench.study.searching import Searching
from bench.truth import Truth
from bench.types import SCORES

EFFECTS = ("better", "worse", "same")


@dataclass(frozen=True)
class Reported:
    """The result that a row's source reports: the effect on a metric compared with the baseline, and its wording."""

    effect: str
    metric: str
    words: str

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise RecipeError(f"a reported effect is '{self.effect}'; allowed: {', '.join(EFFECTS)}")


@dataclass(frozen=True)
class Row:
    """One row of a study: a name, a recipe, and its source.

    `times` multiplies settings that the preset fills in (`{"construct.width": 2}`), so that a row is "twice as wide"
    at any preset. `score` is the value by which the row's supernet ranks in the study's answer. `reported` is the
    source's result, None if it reports none. `panels` names the panels of a figure that show the row, empty for all.
    `published` is Kendall's tau printed in the source, at the source's size, images and truth. `against` names the row
    with which this one is compared in the study's answer, empty for the first row. A `reference` only serves others to
    be compared with, and has no answer of its own.
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
        update = type(self.recipe.update)
        if self.score == "log-probability" and update.log_probability is Update.log_probability:
            raise RecipeError(
                f"row '{self.name}': score is '{self.score}', but update '{update.slot_name()}' learns none; allowed: "
                "another score, or an update that learns probabilities"
            )

    def filled(self, preset: Preset) -> FilledRecipe:
        """Return the recipe at a preset, `times` included: filled, and with that its hash computed, once for each.

        Raises `RecipeError` as `Preset.fill` does.
        """
        if id(preset) not in self._filled:
            self._filled[id(preset)] = preset, preset.fill(self.recipe, self.times)
        return self._filled[id(preset)][1]

    @cached_property
    def _filled(self) -> dict[int, tuple[Preset, FilledRecipe]]:
        """Filled recipes by the preset's identity; the preset is kept, so that no other one takes its place."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Study:
    """Which rows are compared, against which truth, over which seeds; the preset sets the size.

    The other rows are compared with the first, unless they name another. `truth` may be written as a string,
    "space/dataset/split/budget"; None if the space has no table, so that runs are stored but not scored. `others` are
    truths of other architectures of the space, which are predicted and scored beside it, never mixed with it. `figures`
    are drawn from the stored runs (see bench/figures). `searches` run on the trained supernets of every row
    ('supernet-bench search STUDY'). `built`: the truth is a table that `table build` trains, of random
    architectures or of what the searches found, so that supernets are trained and searched without it.
    """

    name: str
    question: str
    source: str
    truth: Truth | str | None
    baseline: Recipe
    rows: tuple[Row, ...]
    seeds: tuple[int, ...]
    figures: tuple[Figure, ...] = ()
    others: tuple[Truth | str, ...] = ()
    searches: tuple[Searching, ...] = ()
    built: bool = False

    def __post_init__(self) -> None:
        for kind, name in (("study", self.name), *(("figure", figure.name) for figure in self.figures)):
            check_name(kind, name)
        searches = [searching.name for searching in self.searches]
        if len(set(searches)) != len(searches):
            raise RecipeError(f"study '{self.name}': names of searches must be distinct; got {searches}")
        names = [row.name for row in self.rows]
        if len(set(names)) != len(names) or not names:
            raise RecipeError(f"study '{self.name}': row names must be distinct, and at least one; got {names}")
        for row in self.rows:
            if row.against and row.against not in names:
                raise unknown_name("row", row.against, names, f"row '{row.name}' of '{self.name}' names it")
        object.__setattr__(self, "truth", self._parsed(self.truth))
        if self.built and not self.truth:
            raise RecipeError(
                f"study '{self.name}' is scored by a table that is built; name it (truth=...), or leave out `built`"
            )
        object.__setattr__(self, "others", tuple(self._parsed(other) for other in self.others))
        for row in self.rows:
            space = row.recipe.space.slot_name()
            for truth in (self.truth, *self.others):
                if isinstance(truth, Truth) and space != truth.space:
                    raise RecipeError(
                        f"study '{self.name}': row '{row.name}' is in space '{space}', its truth is {truth}; "
                        "name a truth of that space, or None if it has no table"
                    )

    def _parsed(self, truth: Truth | str | None) -> Truth | None:
        """Return a truth written as a string; raises `RecipeError` naming the study."""
        try:
            return Truth.parse(truth) if isinstance(truth, str) else truth
        except DataError as error:
            raise RecipeError(f"study '{self.name}': {error}") from None


STUDIES: Registry[Study] = Registry("studies", "studies", Study, instances=True)
