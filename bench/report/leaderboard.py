"""The rows of a truth as a leaderboard, and what it says: which recipe at which cost, what is trivial, the ceiling."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.analysis.results_table import SCORE_LABELS, ResultRow
from bench.report.answers import MAIN
from bench.report.content import Part
from bench.runs.cost import minutes_beside
from bench.scores.ceiling import CEILING_ROW
from bench.scores.interval import Value
from bench.truth import Truth


@dataclass(kw_only=True)
class Line:
    """A line of a table: a row by its own score, its study (empty for a reference), its tau-b against other truths.

    `by_others` are tau-b of the same supernets by their other scores. `rank` is None for a line that is not ranked.
    """

    row: ResultRow
    minutes: str
    study: str = ""
    rank: int | None = None
    by_others: dict[str, Value] = field(default_factory=dict)
    others: dict[Truth, float] = field(default_factory=dict)

    @property
    def tau(self) -> float:
        """Return tau-b, NaN without a run."""
        return self.row.scores[MAIN].value


@dataclass(frozen=True, kw_only=True)
class Board:
    """The lines of a truth: `pinned` references, recipes `ranked` by tau-b, and recipes that are not ranked.

    Not ranked are the rows of masked spaces, each of which is scored on its own architectures, and rows without a run.
    """

    pinned: tuple[Line, ...]
    ranked: tuple[Line, ...]
    apart: tuple[Line, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return all lines, references first."""
        return (*self.pinned, *self.ranked, *self.apart)

    @property
    def repeated(self) -> tuple[Line, ...]:
        """Return the ranked recipes of several seeds, as one seed decides nothing; all if there is none."""
        return tuple(line for line in self.ranked if line.row.scores[MAIN].seeds > 1) or self.ranked

    @property
    def front(self) -> tuple[Line, ...]:
        """Return the recipes of `repeated` that no cheaper one beats, the cheapest first.

        Only those measured on the processor of most rows, as minutes of different processors are not comparable.
        """
        timed = [line for line in self.repeated if line.row.cost is not None]
        processors = [line.row.cost.processors for line in timed if line.row.cost]
        usual = max(processors, key=processors.count, default=())
        found: list[Line] = []
        for line in sorted(timed, key=lambda one: (one.row.cost.minutes if one.row.cost else 0.0, -one.tau)):
            if line.row.cost and line.row.cost.processors == usual and (not found or line.tau > found[-1].tau):
                found.append(line)
        return tuple(found)

    @property
    def trivial(self) -> Line | None:
        """Return the trivial predictor of highest tau-b."""
        known = [one for one in self.pinned if one.row.name.endswith("(trivial)") and not math.isnan(one.tau)]
        return max(known, key=lambda one: one.tau, default=None)

    @property
    def ceiling(self) -> Line | None:
        """Return the ceiling, None if the truth has one training seed."""
        return next((one for one in self.pinned if one.row.name == CEILING_ROW), None)

    @property
    def wholly_above_trivial(self) -> int:
        """Return how many recipes of `repeated` have their whole interval above the best trivial tau-b."""
        return sum(line.row.scores[MAIN].low > self.trivial.tau for line in self.repeated) if self.trivial else 0

    @property
    def above_trivial(self) -> int:
        """Return how many recipes of `repeated` have a higher tau-b than the best trivial predictor."""
        return sum(line.tau > self.trivial.tau for line in self.repeated) if self.trivial else len(self.repeated)


def board(part: Part) -> Board:
    """Return the leaderboard of a part of the report.

    A row shown by several studies is listed once by each score that is its own there: under the first study that
    compares recipes, before those that search on them.
    """
    first = next((row.cost for section in part.sections for row in section.rows if row.cost), None)
    lines: dict[tuple[str, str], Line] = {}
    for section in sorted(part.sections, key=lambda one: bool(one.study.searches)):
        own = {row.name: SCORE_LABELS[row.score] for row in section.study.rows}
        for row in section.rows:
            if row.by != own[row.name]:
                continue
            beside = {
                other.by: other.scores[MAIN]
                for other in section.rows
                if other.name == row.name and other.by != row.by and other.scores
            }
            line = Line(row=row, minutes=minutes_beside(row.cost, first), study=section.study.name, by_others=beside)
            line = lines.setdefault((section.runs[row.name], row.by), line)
            line.others = line.others or section.others[row.name]
    whole = [line for line in lines.values() if line.row.n and not line.row.trivial and not math.isnan(line.tau)]
    ranked = sorted(whole, key=lambda line: -line.tau)
    for line in ranked:
        line.rank = 1 + sum(other.tau > line.tau for other in ranked)
    return Board(
        pinned=tuple(Line(row=row, minutes=minutes_beside(None, first)) for row in _best_first(part.references)),
        ranked=tuple(ranked),
        apart=tuple(line for line in lines.values() if line.rank is None),
    )


def _best_first(references: Sequence[ResultRow]) -> list[ResultRow]:
    """Return the ceiling, then the other references by tau-b."""

    def place(row: ResultRow) -> tuple[bool, float]:
        tau = row.scores[MAIN].value
        return row.name != CEILING_ROW, math.inf if math.isnan(tau) else -tau

    return sorted(references, key=place)
