"""A study's answer: the paired differences of its rows, compared with those that the source reports."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.compare import compare, compare_spaces, side_of_row
from bench.analysis.results_table import ResultRow
from bench.recipe.preset import find_preset
from bench.runs.cost import cost_ratio
from bench.runs.plan import PlannedRow, usual_population
from bench.scores.ceiling import CEILING_ROW
from bench.scores.difference import Difference
from bench.scores.metrics import METRICS
from bench.study.study import Reported
from bench.tables.table import Table

MAIN = "kendall-tau-b"
EQUAL = 0.05
"""A difference counts as none if its whole interval is within this distance of zero, in the metric's unit."""
NAMED = 5
"""Maximum number of rows with one seed that a sentence names."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A row compared with its `reference`, usually the first: the differences of tau-b and of the source's metric.

    Both use `n` architectures and `seeds` shared seeds. If the two have different spaces (`own_spaces`), each is scored
    on its own, `n` is the smaller number of architectures, and only seeds are paired. `cost` is that of the row in
    units of the reference's. `agreement` is "agrees", "disagrees" or "cannot tell", None if the source reports nothing.
    """

    row: str
    reference: str
    own_spaces: bool = False
    n: int
    seeds: int
    difference: Difference
    cost: str
    reported: Reported | None = None
    of_reported: Difference | None = None
    agreement: str | None = None


def answers(rows: Sequence[PlannedRow], table: Table) -> list[Answer]:
    """Return an answer for every finished row after the first whose reference is also finished.

    Rows that only serve as a reference have none.
    """
    sides = {planned.row.name: side_of_row(planned, table) for planned in rows if planned.seeds("done")}
    population = usual_population(table, find_preset(rows[0].runs[0].preset))
    found = []
    for planned in rows[1:]:
        if planned.row.reference:
            continue
        against = planned.row.against or rows[0].row.name
        side, reference = sides.get(planned.row.name), sides.get(against)
        if side is None or reference is None or not side.by_seed.keys() & reference.by_seed.keys():
            continue
        reported = planned.row.reported
        names = dict.fromkeys([MAIN, *([reported.metric] if reported else [])])
        metrics = [METRICS.get(name) for name in names]
        own_spaces = side.space != reference.space
        if own_spaces:
            differences = compare_spaces(side, reference, table, population, metrics)
        else:
            differences = compare(side, reference, table, population, metrics, sized=False).differences
        of_reported = differences[reported.metric] if reported else None
        found.append(
            Answer(
                row=planned.row.name,
                reference=against,
                own_spaces=own_spaces,
                n=differences[MAIN].value.n,
                seeds=len(side.by_seed.keys() & reference.by_seed.keys()),
                difference=differences[MAIN],
                cost=cost_ratio(side.cost, reference.cost),
                reported=reported,
                of_reported=of_reported,
                agreement=agreement(reported.effect, of_reported) if reported and of_reported else None,
            )
        )
    return found


def agreement(effect: str, difference: Difference) -> str:
    """Return whether a measured difference, row minus reference, agrees with a reported effect.

    An interval that covers zero decides neither "better" nor "worse"; if it is short it agrees with "same". The
    interval of one seed leaves out the noise between seeds, so it decides nothing.
    """
    value = difference.value
    if value.seeds < 2:
        return "cannot tell"
    measured = {"first is better": "better", "second is better": "worse"}.get(difference.verdict)
    if measured is None:
        short = value.low >= -EQUAL and value.high <= EQUAL
        return "agrees" if effect == "same" and short else "cannot tell"
    if effect == "same" and abs(value.low) <= EQUAL and abs(value.high) <= EQUAL:
        return "agrees"
    return "agrees" if measured == effect else "disagrees"


def sentence(found: Sequence[Answer]) -> str:
    """Return the answer of a study in one sentence; if many rows have one seed, they are only counted."""
    if not found:
        return "Not answered yet: no row other than the first is stored."
    words = {
        "first is better": "better than {}",
        "second is better": "worse than {}",
        "not distinguishable": "not distinguishable from {}",
        "no interval": "without an interval against {}",
        "undefined": "undefined against {}",
        "one seed": "against {} on one seed only, which decides nothing",
    }
    references = dict.fromkeys(answer.reference for answer in found)
    groups: dict[tuple[str, str], list[str]] = {(one, verdict): [] for one in references for verdict in words}
    single = sum(answer.seeds == 1 for answer in found)
    named = [answer for answer in found if answer.seeds > 1 or single <= NAMED]
    for answer in named:
        about = f"{answer.row} ({answer.difference.value.spelled('{:+.2f}'.format, ', ')})"
        groups[answer.reference, answer.difference.verdict if answer.seeds > 1 else "one seed"].append(about)
    parts = [f"{words[verdict].format(one)}: {', '.join(names)}" for (one, verdict), names in groups.items() if names]
    if counted := len(found) - len(named):
        parts.append(f"{counted} more rows have one seed only, which decides nothing: see the table")
    spaces = ", each in its own space" if any(answer.own_spaces for answer in found) else ""
    return f"By tau-b{spaces}, {'; '.join(parts)}."


def sentence_alone(rows: Sequence[ResultRow], references: Sequence[ResultRow]) -> str:
    """Return the answer of a study of one row: its tau-b, and the best reference predictor, ceiling excluded."""

    def tau(row: ResultRow) -> str:
        return row.scores[MAIN].spelled("{:.2f}".format, ", ")

    own = ", ".join(f"{tau(row)} by {row.by}" for row in rows)
    rivals = [row for row in references if row.name != CEILING_ROW and row.scores[MAIN].value == row.scores[MAIN].value]
    best = max(rivals, key=lambda row: row.scores[MAIN].value, default=None)
    reference = f"; the best reference is {best.name}: {tau(best)}" if best else ""
    return f"By tau-b, {rows[0].name}: {own}{reference}."
