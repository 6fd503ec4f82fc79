"""Kinds of numbers in sentences: each says which words carry them and computes them from the stored runs."""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cache

import numpy as np
import pandas as pd

from bench import api
from bench.analysis.compare import compare_spaces, side_of_row
from bench.analysis.drawing import Drawing
from bench.analysis.frame import predictions_frame
from bench.analysis.results_table import SCORE_LABELS, ResultRow, supernet_rows
from bench.figures.bias import numbers as bias_numbers
from bench.figures.proxy import PROXY, agreement_of
from bench.places import PROJECT, data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.report.answers import answers
from bench.runs.plan import PlannedRow, plan
from bench.runs.published import published_of
from bench.runs.scored_on import needed_truth, usual_population
from bench.scores.metrics import METRICS
from bench.scores.score_run import ceiling_on, score_run
from bench.scores.scoreboard import trivial_predictors
from bench.study.named import find_row, find_study
from bench.tables.catalog import open_table
from bench.tables.table import Table

TAU = "kendall-tau-b"
CEILING = "ceiling"
RESULTS = PROJECT / "results"
NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d*\.\d+|\d+)"
INTERVAL = rf"{NUMBER} \[{NUMBER}, {NUMBER}\]"
MINUS = "minus "
PLACE = r"\{([\w ]+)\}"

Computed = Mapping[str, tuple[float, ...]]
"""A name of a place in the words -> the number, or the number and the ends of its interval."""


@dataclass(frozen=True)
class Told:
    """Words of a page with places such as {difference} for the numbers that `computed` returns by these names."""

    words: str
    _: KW_ONLY

    @property
    def places(self) -> list[str]:
        """Return the names of the places, in order."""
        return re.findall(PLACE, self.words)

    @property
    def pattern(self) -> str:
        """Return the regular expression that finds the words, a group for each place."""
        parts = re.split(PLACE, self.words)
        return "".join(f"({INTERVAL}|{NUMBER})" if place % 2 else re.escape(part) for place, part in enumerate(parts))

    def computed(self) -> Computed:
        """Return the numbers by the names of the places, without "minus"."""
        raise NotImplementedError

    def numbers(self) -> list[tuple[float, ...]]:
        """Return the numbers of the places, in order; {minus value} is that of {value} with the sign turned."""
        found = self.computed()
        return [
            turned(found[place.removeprefix(MINUS)]) if place.startswith(MINUS) else found[place]
            for place in self.places
        ]


@dataclass(frozen=True)
class Compared(Told):
    """`first`, `second` and their `difference`, as 'supernet-bench compare FIRST SECOND' prints them, and `n`."""

    first: str
    second: str
    _: KW_ONLY
    metric: str = TAU
    by: str | None = None
    on: str | None = None

    def computed(self) -> Computed:
        """Return the line of the metric."""
        found = compared(self.first, self.second, self.by, self.on)
        line = found.set_index("metric").loc[self.metric]
        return {
            "first": (line["first"],),
            "second": (line["second"],),
            "difference": (line.difference, line.low, line.high),
            "n": (line.n,),
        }


@cache
def compared(first: str, second: str, by: str | None, on: str | None) -> pd.DataFrame:
    """Return `api.compare` of two sides, once for all the numbers that come from it."""
    return api.compare(first, second, ranked_by=by, population=on, results=RESULTS)


@dataclass(frozen=True)
class OwnSpaces(Told):
    """The `difference` in tau-b of two rows of a study, each in its own space, paired over seeds."""

    first: str
    second: str

    def computed(self) -> Computed:
        """Return the difference."""
        table = truth_of(self.first, "laptop")
        first, second = (side_of_row(planned(row, "laptop"), table) for row in (self.first, self.second))
        population = population_of(table, None, "laptop")
        value = compare_spaces(first, second, table, population, [METRICS.get(TAU)])[TAU].value
        return {"difference": (value.value, value.low, value.high)}


@dataclass(frozen=True)
class Answered(Told):
    """The false-discovery rate `q` of a row among the answers of its study."""

    row: str

    def computed(self) -> Computed:
        """Return the rate."""
        study, _, row = self.row.partition(":")
        rows = plan(find_study(study), find_preset("laptop"), None, RESULTS)
        [one] = [answer for answer in answers(rows, truth_of(study, "laptop")) if answer.row == row]
        return {"q": (one.q,)}


@dataclass(frozen=True)
class Scored(Told):
    """The `value` of a row by itself, with its interval; `accuracy` of its supernets in percent, `minutes`, `n`."""

    row: str
    _: KW_ONLY
    metric: str = TAU
    by: str | None = None
    on: str | None = None
    preset: str = "laptop"

    def computed(self) -> Computed:
        """Return the numbers of the row by the score, its own if `by` is None."""
        _, row = find_row(self.row, beside="baseline")
        label = SCORE_LABELS[self.by or row.score]
        of_row = scored(self.row, self.on, self.preset)
        found = next(one for one in of_row if one.by == label)
        value = found.scores[self.metric]
        assert found.accuracy is not None
        assert found.cost is not None
        return {
            "value": (value.value, value.low, value.high),
            "accuracy": (found.accuracy.mean,),
            "minutes": (found.cost.minutes,),
            "n": (found.n,),
        }


@cache
def scored(row: str, on: str | None, preset: str) -> list[ResultRow]:
    """Return the results of a row by every score that it has, once for all the numbers that come from it."""
    truth = truth_of(row, preset)
    return supernet_rows(planned(row, preset), truth, population_of(truth, on, preset))


def population_of(truth: Table, on: str | None, preset: str) -> Population:
    """Return a population by name, for None that of the tables of a study."""
    return Population(on, truth.space, truth.genes) if on else usual_population(truth, find_preset(preset))


@dataclass(frozen=True)
class Reference(Told):
    """The `value` of a trivial or published predictor, or of the ceiling, on a table, with its interval, and `n`."""

    name: str
    table: str
    _: KW_ONLY
    metric: str = TAU
    on: str | None = None

    def computed(self) -> Computed:
        """Return the numbers of the metric."""
        truth, metric = open_table(self.table, data_folder(None)), METRICS.get(self.metric)
        population = population_of(truth, self.on, "laptop")
        if self.name == CEILING:
            value = ceiling_on(truth, population, [metric])[self.metric]
        else:
            named = {one.name: one for one in trivial_predictors(truth)}
            named |= {one.name: one.joined(truth) for one in published_of(truth.truth, RESULTS)}
            value = score_run(named[self.name], truth, population).interval(metric)
        return {"value": (value.value, value.low, value.high), "n": (value.n,)}


@dataclass(frozen=True)
class Extremes(Told):
    """The `least` and the `most` of the numbers that several entries compute under some `names`."""

    of: tuple[Told, ...]
    names: tuple[str, ...]

    def computed(self) -> Computed:
        """Return the two."""
        numbers = [found[name][0] for found in (told.computed() for told in self.of) for name in self.names]
        return {"least": (min(numbers),), "most": (max(numbers),)}


@dataclass(frozen=True)
class Cost(Told):
    """How many `times` the minutes of one row are those of another."""

    first: str
    second: str

    def computed(self) -> Computed:
        """Return the ratio of the minutes per seed."""
        one, other = (scored(row, None, "laptop")[0].cost for row in (self.first, self.second))
        assert one is not None
        assert other is not None
        return {"times": (one.minutes / other.minutes,)}


@dataclass(frozen=True)
class Biased(Told):
    """How much of a row's rank error is additive, `share` in percent; mean errors as {2 3 avg_pool_3x3}; and `n`."""

    row: str
    _: KW_ONLY
    preset: str = "laptop"

    def computed(self) -> Computed:
        """Return the numbers that 'supernet-bench bias ROW' prints."""
        found = bias_of(self.row, self.preset)
        errors = {re.sub(r"\W", " ", f"{line.decision} {line.choice}"): (line.error,) for line in found.itertuples()}
        return errors | {"share": (100 * found.share.iloc[0],), "n": (found.n.iloc[0],)}


@cache
def bias_of(row: str, preset: str) -> pd.DataFrame:
    """Return the bias of a row, a line per decision and choice."""
    return bias_numbers(predictions_frame([planned(row, preset)], truth_of(row, preset)))


@dataclass(frozen=True)
class Drawn(Told):
    """Columns of the one line of a figure's numbers where the columns of `where` have these values.

    The place `value` is the column `column`, with the interval of columns low and high if the words have one.
    """

    study: str
    figure: str
    _: KW_ONLY
    where: Mapping[str, object]
    column: str = "mean"

    def computed(self) -> Computed:
        """Return the columns of the line, and `value`."""
        return of_line(drawn(self.study, self.figure), self.where, self.column)


@cache
def drawn(study: str, figure: str) -> pd.DataFrame:
    """Return the numbers of a figure of a study, as 'supernet-bench plot STUDY' writes them."""
    found, size = find_study(study), find_preset("laptop")
    drawing = Drawing(found, plan(found, size, None, RESULTS), size, data_folder(None))
    return drawing.numbers(drawing.named(figure))


@dataclass(frozen=True)
class Kept(Told):
    """Columns of the one line of a file of `plots` where the columns of `where` have these values."""

    file: str
    where: Mapping[str, object]

    def computed(self) -> Computed:
        """Return the columns of the line."""
        return of_line(pd.read_csv(PROJECT / "plots" / self.file), self.where)


def of_line(lines: pd.DataFrame, where: Mapping[str, object], column: str = "") -> Computed:
    """Return the numbers of the only line where columns have the values of `where`, and `value`, that of `column`.

    Its interval stands in columns "low" and "high", after the name of the column in a table of several intervals.
    """
    for name, wanted in where.items():
        lines = lines[lines[name] == wanted]
    assert len(lines) == 1, f"{len(lines)} lines where {dict(where)}"
    line = lines.iloc[0]
    numbers = {name: (float(line[name]),) for name in lines.select_dtypes(np.number)}
    before = f"{column} " if f"{column} low" in numbers else ""
    value = [numbers[name][0] for name in (column, f"{before}low", f"{before}high") if name in numbers]
    return numbers | {"value": tuple(value)}


@dataclass(frozen=True)
class Cell(Told):
    """The `value` in a printed table of `plots`: of the row that begins with `row`, under the heading `column`."""

    file: str
    title: str
    row: tuple[str, ...]
    column: str

    def computed(self) -> Computed:
        """Return the numbers of the cell."""
        below = (PROJECT / "plots" / self.file).read_text().split(f"{self.title}:\n")[1]
        heads, *lines = [line.strip("| ").split(" | ") for line in below.strip().split("\n\n")[0].splitlines()]
        [line] = [line for line in lines if tuple(line[: len(self.row)]) == self.row]
        cell = line[heads.index(self.column)].replace(",", " ")  # between the ends of the interval
        return {"value": tuple(map(number, re.findall(NUMBER, cell)))}


@dataclass(frozen=True)
class Agreement(Told):
    """The `value` of the agreement of supernet accuracy and sparse tau, and its `runs` and `rows`."""

    study: str

    def computed(self) -> Computed:
        """Return the numbers of the figure's sentence."""
        points = drawn(self.study, PROXY.name)
        found = agreement_of(points)
        return {
            "value": (found.value, found.low, found.high),
            "runs": (len(points),),
            "rows": (points.row.nunique(),),
        }


@cache
def planned(row: str, preset: str) -> PlannedRow:
    """Return the stored runs of a row."""
    study, found = find_row(row, beside="baseline")
    [only] = plan(study, find_preset(preset), None, RESULTS, rows=[found])
    return only


@cache
def truth_of(row: str, preset: str) -> Table:
    """Return the truth of a row's study."""
    return open_table(str(needed_truth(find_study(row.partition(":")[0]), find_preset(preset))), data_folder(None))


def turned(found: tuple[float, ...]) -> tuple[float, ...]:
    """Return a number and its interval, if it has one, with the sign turned.

    >>> turned((-0.04, -0.07, -0.01))
    (0.04, 0.01, 0.07)
    """
    return (-found[0], *(-end for end in found[:0:-1]))


def number(text: str) -> float:
    """Return a number as the pages write it.

    >>> number("+.10"), number("15,284")
    (0.1, 15284.0)
    """
    return float(text.replace(",", ""))


def as_printed(text: str, computed: tuple[float, ...]) -> bool:
    """Return whether a number and its interval, if it has one, are the computed ones, rounded as they are.

    >>> as_printed(".10 [0, .17]", (0.1049, 0.001, 0.1749)), as_printed(".10", (0.0949, 0.0, 0.2))
    (True, False)
    """
    shown = re.findall(NUMBER, text)
    decimals = max(len(one.partition(".")[2]) for one in shown)
    wanted = computed[: len(shown)]
    return len(wanted) == len(shown) and all(
        abs(number(one) - value) <= 0.5 * 10**-decimals + 1e-9 for one, value in zip(shown, wanted, strict=True)
    )
