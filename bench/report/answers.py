"""A study's answer: the paired differences of its rows, compared with those that the source reports."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.analysis.compare import compare, compare_spaces, mean_trends, side_of_row, size_taus
from bench.analysis.results_table import ResultRow, best_trivial
from bench.recipe.preset import find_preset
from bench.runs.cost import cost_ratio
from bench.runs.plan import PlannedRow
from bench.runs.scored_on import usual_population
from bench.scores.ceiling import CEILING_ROW
from bench.scores.difference import Difference
from bench.scores.metrics import METRICS
from bench.scores.pooled import false_discovery, pooled
from bench.study.study import Reported
from bench.tables.table import Table

MAIN = "kendall-tau-b"
TREND, CONTRAST = "top-n-trend", "top-10-minus-top-500"
"""The trend whose definition has few values, and the contrast beside it, which has an interval."""
FALSE_DISCOVERIES = 0.05
"""The share of false discoveries among the differences that a study calls better or worse."""
EQUAL = 0.05
"""A difference counts as none if its whole interval is within this distance of zero, in the metric's unit."""
NAMED = 5
"""Rows with one seed, and rows not distinguishable from a reference, of which a sentence names at most so many."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A row compared with its `reference`, usually the first: the differences of tau-b and of the source's metric.

    Both use `n` architectures and `seeds` shared seeds. If the two have different spaces (`own_spaces`), each is scored
    on its own, `n` is the smaller number of architectures, and only seeds are paired. `cost` is that of the row in
    units of the reference's. `agreement` is "agrees", "disagrees" or "cannot tell", None if the source reports nothing.
    An effect on the top-N trend is judged by the contrast, which has an interval, and by the trend's own definition.

    `p` and `freedom` are those of the difference of tau-b (see `Told`), `q` and `q_report` its false-discovery rates
    among the answers of the study and of the report. `sizes` are the tau-b of the networks' size for the row and the
    reference, each in its own space, None if sizes are not known. Where the source reports the top-N trend,
    `by_definition` are the trends of row and reference as the source defines them, of predictions averaged over seeds,
    and `contrast` is the difference of top 10 minus top 500.
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
    p: float = math.nan
    freedom: int = 0
    q: float = math.nan
    q_report: float = math.nan
    sizes: tuple[float, float] | None = None
    by_definition: tuple[float, float] | None = None
    contrast: Difference | None = None

    @property
    def effect_by_definition(self) -> str:
        """Return the effect on the trend by its source's definition: better, worse or same; empty without."""
        if self.by_definition is None:
            return ""
        row, reference = self.by_definition
        return "better" if row < reference else "worse" if row > reference else "same"

    @property
    def as_reported(self) -> str:
        """Return whether the trends by the source's definition go as it reports; empty without."""
        if self.by_definition is None or self.reported is None:
            return ""
        row, reference = self.by_definition
        measured = self.effect_by_definition
        return f"{row:+.2f} against {reference:+.2f}: {measured}, source: {self.reported.effect}"

    @property
    def verdict(self) -> str:
        """Return the verdict of the difference; "... uncorrected" if it does not outlast the study's other comparisons.

        That is, if its `q` is above 5 %.
        """
        told = self.difference.verdict
        return f"{told}, uncorrected" if told.endswith("is better") and self.q > FALSE_DISCOVERIES else told


def answers(rows: Sequence[PlannedRow], table: Table) -> list[Answer]:
    """Return an answer for every finished row after the first whose reference is also finished.

    Their intervals are of variance pooled over the study's rows (`bench.scores.pooled`).
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
        trend = reported is not None and reported.metric == TREND
        names = dict.fromkeys([MAIN, *([reported.metric] if reported else []), *([CONTRAST] if trend else [])])
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
                sizes=size_taus(side, reference, table, population),
                by_definition=mean_trends(side, reference, table, population) if trend else None,
                contrast=differences.get(CONTRAST),
            )
        )
    return weighed(found)


def weighed(found: Sequence[Answer]) -> list[Answer]:
    """Return the answers of one study with intervals of pooled variance, p, and q among the answers of the study.

    Pooled are rows with the same reference, metric, and kind of comparison. `agreement` is that of the pooled interval.
    """
    told = list(found)
    for part in ("difference", "of_reported", "contrast"):
        groups: dict[tuple[object, ...], list[int]] = {}
        for place, answer in enumerate(told):
            one = getattr(answer, part)
            if part == "of_reported" and one is not None and one.metric.name == answer.difference.metric.name:
                told[place] = replace(answer, of_reported=answer.difference)  # pooled already, over more rows
            elif one is not None:
                groups.setdefault((answer.reference, answer.own_spaces, one.metric.name), []).append(place)
        for places in groups.values():
            weights = pooled([getattr(told[place], part) for place in places])
            for place, weight in zip(places, weights, strict=True):
                changes: dict[str, Any] = {part: weight.difference}
                if part == "difference":
                    changes |= {"p": weight.p, "freedom": weight.freedom}
                told[place] = replace(told[place], **changes)
    levels = false_discovery([answer.p for answer in told])
    return [replace(answer, q=q, agreement=_agreement(answer)) for answer, q in zip(told, levels, strict=True)]


def over_report(studies: Sequence[Sequence[Answer]]) -> list[tuple[Answer, ...]]:
    """Return the answers of all studies, each with its q among all answers of the report."""
    levels = iter(false_discovery([answer.p for answers in studies for answer in answers]))
    return [tuple(replace(answer, q_report=next(levels)) for answer in answers) for answers in studies]


def _agreement(answer: Answer) -> str | None:
    """Return the agreement with what the source reports; None if it reports nothing.

    The trend of one seed has too few values for an interval, so an effect on it is judged by the contrast, paired over
    seeds. Where the trend by the source's definition goes the other way, neither is believed.
    """
    if answer.reported is None or answer.of_reported is None:
        return None
    if answer.contrast is None:
        return agreement(answer.reported.effect, answer.of_reported)
    told = agreement(answer.reported.effect, answer.contrast)
    contrast = {"first is better": "better", "second is better": "worse"}.get(answer.contrast.verdict, "same")
    opposite = {contrast, answer.effect_by_definition} == {"better", "worse"}
    return "cannot tell" if opposite else told


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


def quoted(name: str) -> str:
    """Return a name of a row for a list in a sentence, in quotes if it has a comma.

    >>> quoted("no Zero"), quoted("no Zero, no Pool")
    ('no Zero', "'no Zero, no Pool'")
    """
    return f"'{name}'" if "," in name else name


def sentence(found: Sequence[Answer]) -> str:
    """Return the answer of a study in one sentence.

    Rows of one seed, and rows not distinguishable from a reference, are only counted if they are more than `NAMED`.
    """
    if not found:
        return "Not answered yet: no row other than the first is stored."
    words = {
        "first is better": "better than {}",
        "second is better": "worse than {}",
        "first is better, uncorrected": "better than {} only before the correction for all comparisons of the study",
        "second is better, uncorrected": "worse than {} only before the correction for all comparisons of the study",
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
        about = f"{quoted(answer.row)} ({answer.difference.value.spelled('{:+.2f}'.format, ', ')}"
        if answer.difference.verdict == "not distinguishable":
            about += f"; smallest detectable {answer.difference.smallest_detectable:.2f}"
        about += ")"
        groups[answer.reference, answer.verdict if answer.seeds > 1 else "one seed"].append(about)
    parts = []
    for (one, verdict), names in groups.items():
        about = words[verdict].format(quoted(one))
        if verdict == "not distinguishable" and len(names) > NAMED:
            least = [
                answer.difference.smallest_detectable
                for answer in named
                if answer.reference == one and answer.seeds > 1 and answer.verdict == verdict
            ]
            parts.append(
                f"{len(names)} rows {about}, smallest detectable {min(least):.2f} to {max(least):.2f}: see the table"
            )
        elif names:
            parts.append(f"{about}: {', '.join(names)}")
    if counted := len(found) - len(named):
        parts.append(f"{counted} more rows have one seed only, which decides nothing: see the table")
    spaces = ", each in its own space" if any(answer.own_spaces for answer in found) else ""
    return f"By tau-b{spaces}, {'; '.join(parts)}."


def sentence_alone(rows: Sequence[ResultRow], references: Sequence[ResultRow]) -> str:
    """Return the answer of a study of one row: its tau-b, and the best reference predictor, ceiling excluded.

    For a row of a masked space that is the best trivial predictor on its own architectures.
    """

    def tau(row: ResultRow) -> str:
        return row.scores[MAIN].spelled("{:.2f}".format, ", ")

    own = ", ".join(f"{tau(row)} by {row.by}" for row in rows)
    rivals = [row for row in references if row.name != CEILING_ROW and row.scores[MAIN].value == row.scores[MAIN].value]
    best = max(rivals, key=lambda row: row.scores[MAIN].value, default=None)
    reference = f"; the best reference is {best.name}: {tau(best)}" if best else ""
    if own_best := best_trivial(rows[0]):
        name, value = own_best
        reference = f"; the best reference in its space is {name} (trivial): {value.spelled('{:.2f}'.format, ', ')}"
    return f"By tau-b, {rows[0].name}: {own}{reference}."
