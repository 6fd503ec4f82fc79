"""Stored runs -> how well a few truths rank the other architectures, with each supernet and without one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import ComparisonError, StoreError
from bench.few_truths.draws import COUNTS, DRAWS, Question, scores_of_draws
from bench.few_truths.features import choice_features, rank_features
from bench.few_truths.models import USUAL
from bench.few_truths.worth import mean_over_draws, worth
from bench.population import Population
from bench.runs.plan import PlannedRow
from bench.scores.join import join
from bench.tables.table import Table
from bench.types import Flags, PerArch

if TYPE_CHECKING:
    import pandas as pd

WITHOUT = "without a supernet"
"""The row of the models that know choices and costs alone."""
DRAW_COLUMNS = ("row", "seed", "model", "count", "draw", "n", "tau", "precision")
"""One line per row, supernet seed (-1 without a supernet), model, number of truths and draw; see `Drawn`."""
METRICS_OF_DRAWS = ("tau", "precision")
CURVE_COLUMNS = (
    *("row", "model", "count", "seeds", "draws", "n"),
    *("tau", "tau_low", "tau_high", "precision", "precision_low", "precision_high"),
    *("gain", "gain_low", "gain_high", "worth", "worth_low", "worth_high"),
)
"""One line per row, model and number of truths: means over draws and seeds. `gain` is tau minus that of the same model
without the supernet, `worth` the number of truths without it that reach the same tau: 0 if fewer than the smallest
count, infinite if more than the largest."""


def question(
    table: Table, *, known: Table | None = None, within: str | None = None, predicted: Flags | None = None
) -> Question:
    """Return what is asked: truths of the design half, scored on the confirmation half.

    `within` names a population instead, from which the known ones are drawn and on whose others they are scored. With
    `known`, a table of one's own, its connected architectures may be known, by its truths. `predicted`, [arch] of the
    table, restricts both to the architectures that supernets predict (see `predicted_by_all`). Raises `ComparisonError`
    for a table of another space.
    """
    space = table.space
    drawn, scored = (
        Population(within or half, space, table.genes).among(table.genes) for half in ("design", "confirmation")
    )
    known_truth = table.mean
    if known is not None:
        if known.space != space:
            raise ComparisonError(
                f"the known truths '{known.name}' are of space '{known.truth.space}', and '{table.name}' is of "
                f"'{table.truth.space}'; name a table of the same space"
            )
        rows, found = table.rows(known.genes)
        known_truth = np.full(len(table.genes), np.nan)
        known_truth[rows[found]] = known.mean[found]
        drawn = np.isfinite(known_truth) & space.connected(table.genes)
    if predicted is not None:
        drawn, scored = drawn & predicted, scored & predicted
    return Question(
        space=table.truth.space,
        functions=table.functions,
        may_be_known=drawn,
        may_be_scored=scored,
        known_truth=known_truth,
        truth=table.mean,
    )


def comparable(rows: Sequence[PlannedRow], table: Table) -> tuple[list[PlannedRow], list[str]]:
    """Return the rows with finished runs on the whole space, and a line per row that is left out."""
    kept: list[PlannedRow] = []
    lines: list[str] = []
    for planned in rows:
        done = planned.having("done")
        if not done:
            lines.append(f"{planned.row.name} is left out: no finished run")
        elif done[0].recipe.space != table.space:
            lines.append(f"{planned.row.name} is left out: its supernets know a masked space only")
        elif any(planned.runs[0].hash == other.runs[0].hash for other in kept):
            lines.append(f"{planned.row.name} is left out: it shares its runs with a row before")
        else:
            kept.append(planned)
    return kept, lines


def draws_frame(
    rows: Sequence[PlannedRow],
    table: Table,
    asked: Question,
    *,
    models: Sequence[str] = USUAL,
    counts: Sequence[int] = COUNTS,
    draws: int = DRAWS,
    advance: Callable[[], object] = lambda: None,
) -> "pd.DataFrame":
    """Return the scores of every draw in `DRAW_COLUMNS`: of every finished run of the rows, then without a supernet.

    A supernet gives the ranks of all its scores, costs are those of the space and of the table. `advance` is called
    after every draw of a seed. Raises `StoreError` if a supernet lacks a prediction for an architecture that is asked.
    """
    import pandas as pd

    used = asked.may_be_known | asked.may_be_scored
    genes, space = table.genes[used], table.space
    narrow = Question(
        space=asked.space,
        functions=asked.functions[used],
        may_be_known=asked.may_be_known[used],
        may_be_scored=asked.may_be_scored[used],
        known_truth=asked.known_truth[used],
        truth=asked.truth[used],
    )
    costs = {**space.costs(genes), **{name: cost[used] for name, cost in table.costs.items()}}
    alone = np.column_stack([choice_features(space, genes), rank_features(list(costs.values()), len(genes))])
    parts = []

    def add(row: str, seed: int, features: np.ndarray) -> None:
        found = scores_of_draws(narrow, features, models=models, counts=counts, draws=range(draws), advance=advance)
        parts.append(pd.DataFrame([{"row": row, "seed": seed, **asdict(one)} for one in found]))

    for planned in rows:
        for run in planned.having("done"):
            said = _said(planned, run.read().predictions, table, used)
            add(planned.row.name, run.seed, np.column_stack([alone, rank_features(said, len(genes))]))
    add(WITHOUT, -1, alone)
    whole = pd.concat(parts, ignore_index=True)[list(DRAW_COLUMNS)]
    return whole.round(dict.fromkeys(METRICS_OF_DRAWS, 5))  # as they are written: the curves follow from the file


def _said(planned: PlannedRow, predictions: object, table: Table, used: Flags) -> list[PerArch]:
    """Return every score of a supernet for the used architectures of a table."""
    from bench.predict.predictions import Predictions

    assert isinstance(predictions, Predictions)
    found = []
    for score in predictions.scores:
        joined = join(planned.row.name, predictions.genes, predictions.by(score), table)
        if not joined.present[used].all():
            raise StoreError(
                f"'{planned.row.name}' predicted {int(joined.present[used].sum()):,} of the {int(used.sum()):,} "
                "architectures that are drawn from or scored; ask about those that all supernets predict "
                "(question(..., predicted=...))"
            )
        found.append(joined.prediction[used])
    return found


def curves(drawn: "pd.DataFrame") -> "pd.DataFrame":
    """Return the curves of `draws_frame` in `CURVE_COLUMNS`, the row without a supernet last.

    Intervals are over draws (bootstrap) and seeds (Student t), added in quadrature; of one seed over draws alone.
    """
    import pandas as pd

    lines: list[tuple[object, ...]] = []
    for model in dict.fromkeys(drawn.model):
        part = drawn[drawn.model == model]
        counts = sorted(set(part["count"]))
        alone = _by_draw(part[part.row == WITHOUT], "tau", counts)[0]
        for row in dict.fromkeys(part.row):
            own = part[part.row == row]
            scores = {name: _by_draw(own, name, counts) for name in METRICS_OF_DRAWS}
            seeds, draws, n = len(scores["tau"]), scores["tau"].shape[2], int(own.n.min())
            for place, count in enumerate(counts):
                line: list[float] = []
                for name in METRICS_OF_DRAWS:
                    value = mean_over_draws(scores[name][:, place], n)
                    line += [value.value, value.low, value.high]
                if row == WITHOUT:
                    line += [np.nan] * 6
                else:
                    gain = mean_over_draws(scores["tau"][:, place] - alone[place], n)
                    line += [gain.value, gain.low, gain.high]
                    line += worth(scores["tau"][:, place], alone, counts, n)
                lines.append((row, model, count, 0 if row == WITHOUT else seeds, draws, n, *line))
    return pd.DataFrame(lines, columns=list(CURVE_COLUMNS))


def _by_draw(part: "pd.DataFrame", metric: str, counts: Sequence[int]) -> np.ndarray:
    """Return a metric of one row and model, [seed, count, draw]."""
    found = [
        own.pivot(index="count", columns="draw", values=metric).loc[list(counts)].to_numpy()
        for _, own in part.groupby("seed", sort=True)
    ]
    return np.stack(found)
