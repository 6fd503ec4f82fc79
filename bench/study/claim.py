"""Claims of papers, each with what tests it; verdicts are not part of them, they come from the stored runs."""

import math
from dataclasses import dataclass

from bench.errors import RecipeError
from bench.registry import Registry
from bench.spaces import Space
from bench.study.study import EFFECTS, STUDIES, Row, Study
from bench.truth import Truth

ACCURACY = "supernet-accuracy"
"""The name of the mean predicted accuracy, percent, where a claim is about it; no metric of ranking."""


@dataclass(frozen=True, kw_only=True)
class OfRow:
    """A test by a row of a study."""

    study: str
    row: str

    def found(self) -> tuple[Study, Row]:
        """Return the study and its row; raises `UnknownName` or `RecipeError` if there is none."""
        study = STUDIES.get(self.study)
        for row in study.rows:
            if row.name == self.row:
                return study, row
        raise RecipeError(
            f"a claim names row '{self.row}' of study '{study.name}', which has none of that name; "
            f"'supernet-bench show {study.name}' describes its rows"
        )


@dataclass(frozen=True, kw_only=True)
class Compared(OfRow):
    """The row has an `effect` (better, worse, same) on a metric, compared with its reference.

    Without `effect` and `metric` it is the one that the row itself reports. `against` names the reference, empty for
    the row's own.
    """

    effect: str = ""
    metric: str = ""
    against: str = ""

    def __post_init__(self) -> None:
        if bool(self.effect) != bool(self.metric) or self.effect not in ("", *EFFECTS):
            raise RecipeError(
                f"a claim on row '{self.row}' has effect '{self.effect}' and metric '{self.metric}'; "
                f"give both, the effect one of {', '.join(EFFECTS)}, or neither for what the row reports"
            )


@dataclass(frozen=True, kw_only=True)
class Within(OfRow):
    """The row's own score by a metric lies from `low` to `high`."""

    metric: str
    low: float = -math.inf
    high: float = math.inf

    @property
    def bounds(self) -> str:
        """Return the bounds in words.

        >>> Within(study="baseline", row="baseline", metric="spearman", low=0.0).bounds
        'above 0'
        """
        if math.isinf(self.high):
            return f"above {self.low:g}"
        return f"below {self.high:g}" if math.isinf(self.low) else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, kw_only=True)
class Searched(OfRow):
    """What one searcher finds on the row's supernets is truly better than (worse, same) what another one finds.

    `against` may also name an architecture that stands beside the search (`Searching.beside`). `against_search` and
    `against_row` name the search and the row of the other, empty for the same.
    """

    search: str
    searcher: str
    against: str = "random"
    effect: str = "better"
    against_search: str = ""
    against_row: str = ""


@dataclass(frozen=True, kw_only=True)
class Favours(OfRow):
    """The row ranks some `choices` higher than the row `against` does, averaged over all decisions that have them.

    `against` is empty for the row's own reference.
    """

    choices: tuple[str, ...]
    against: str = ""


@dataclass(frozen=True, kw_only=True)
class NoProxy:
    """Mean supernet accuracy is no proxy of how well the runs of a study rank: tau-b of the two is below `most`.

    Ranking is by the sparse tau of each run; the interval resamples rows.
    """

    study: str
    most: float = 0.2


RESOURCES = ("memory", "training time")


@dataclass(frozen=True, kw_only=True)
class Cheaper(OfRow):
    """The row needs less of a resource than the row `against`.

    "memory" is counted, at the peak of an update; "training time" is in minutes of one core, paired over seeds.
    """

    against: str
    of: str

    def __post_init__(self) -> None:
        if self.of not in RESOURCES:
            raise RecipeError(
                f"a claim says that row '{self.row}' needs less '{self.of}'; allowed: {', '.join(RESOURCES)}"
            )


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The part of the true best `top` architectures that a masked space keeps lies from `low` to `high`, 0 to 1.

    With `than` it is below the part that this other space keeps. Needs the truth alone.
    """

    truth: str
    space: Space
    top: int = 500
    low: float = 0.0
    high: float = 1.0
    than: Space | None = None

    def __post_init__(self) -> None:
        Truth.parse(self.truth)


@dataclass(frozen=True, kw_only=True)
class Untested:
    """No row tests it: why, and what a test would cost.

    `like` names a stored row whose minutes a seed of the test would take `times` as often, for `seeds` seeds. `cost`
    says it in words where no row is alike.
    """

    why: str
    cost: str = ""
    like: OfRow | None = None
    times: float = 1.0
    seeds: int = 3

    def __post_init__(self) -> None:
        if bool(self.cost) == (self.like is not None):
            raise RecipeError(
                f"an untested claim ({self.why}) gives its cost in words or a row that is alike, not both"
            )


Rows = Compared | Within | Searched | Cheaper | Favours | NoProxy
"""Tests by rows of studies."""
Test = Rows | Kept | Untested


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence of a paper in our own words, with its section, and what tests it.

    A claim on other `images` than those of a preset is tested at the preset like it that has them.
    """

    paper: str
    section: str
    says: str
    test: Test
    images: str = ""

    @property
    def name(self) -> str:
        """Return what no other claim is called."""
        return f"{self.paper}, {self.section}: {self.says}"


CLAIMS: Registry[Claim] = Registry("claims", "studies.claims", Claim, instances=True)
