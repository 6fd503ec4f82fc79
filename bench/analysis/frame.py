"""Stored runs -> one tidy data frame, the only input of figures."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import ComparisonError
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.runs.cost import cost_of
from bench.runs.plan import PlannedRow
from bench.runs.scored_on import usual_population
from bench.scores.ceiling import CEILING_ROW, pairs
from bench.scores.join import join
from bench.scores.prediction_frame import COLUMNS, arch_column
from bench.scores.score_run import score_run
from bench.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd


def predictions_frame(rows: list[PlannedRow], table: Table) -> "pd.DataFrame":
    """Return the predictions of every finished run with the truth, in `COLUMNS`.

    `seed` is the supernet's seed; `sampled` flags the members of `population`, a named set of the table. Raises
    `ComparisonError` if runs were trained on different images.
    """
    import pandas as pd

    parts, images, archs = [], {}, arch_column(table.genes)
    sample: Population | None = None
    for planned in rows:
        for run in planned.having("done"):
            stored = run.read()
            cost = cost_of([stored.record])
            images[stored.record.images["sha256"]] = run.record_path
            space, genes = run.recipe.space, stored.predictions.genes
            sample = sample or usual_population(table, find_preset(run.preset))
            own = sample.of(space)
            ranked, accuracy = (
                score_run(join(planned.row.name, genes, stored.predictions.by(score), table), table, own)
                for score in (planned.row.score, "accuracy")
            )
            at = ranked.rows
            costs = {**space.costs(table.genes[at]), **{name: cost[at] for name, cost in table.costs.items()}}
            counted = space.size_cost if space.size_cost in costs else ""
            parts.append(
                pd.DataFrame(
                    {
                        "row": planned.row.name,
                        "panels": ";".join(planned.row.panels),
                        "paths": run.recipe.paths.per_update(space),
                        "seed": run.seed,
                        "arch": archs[at],
                        "function": table.functions[at],
                        "drawn": own.drawn,
                        "predicted": accuracy.prediction,
                        "ranked": ranked.prediction,
                        "true": ranked.truth,
                        "params": costs.get(counted, np.nan),
                        "counted": counted,
                        "published": np.nan if planned.row.published is None else planned.row.published,
                        "population": own.name,
                        "sampled": ranked.inside,
                        "minutes": cost.minutes,
                        "processor": cost.processors[0],
                    }
                )
            )
    if len(images) > 1:
        raise ComparisonError(
            "these runs were trained on different images and cannot share a figure: "
            + ", ".join(f"{path} (sha256 {digest[:12]})" for digest, path in images.items())
        )
    if sample is None:
        return pd.DataFrame(columns=list(COLUMNS))
    whole = pd.concat([*parts, *_ceiling(table, sample)], ignore_index=True)
    whole.attrs["space"] = table.truth.space
    return whole


def _ceiling(table: Table, sample: Population) -> "Iterator[pd.DataFrame]":
    """Yield the lines of the ceiling, a frame per training seed; nothing if the truth has only one."""
    import pandas as pd

    sampled, archs = sample.among(table.genes), arch_column(table.genes)
    for seed, both, one, rest in pairs(table.accuracy):
        yield pd.DataFrame(
            {
                "row": CEILING_ROW,
                "panels": "",
                "paths": 0,
                "seed": seed,
                "arch": archs[both],
                "function": table.functions[both],
                "drawn": sample.drawn,
                "predicted": one,
                "ranked": one,
                "true": rest,
                "params": np.nan,
                "counted": "",
                "published": np.nan,
                "population": sample.name,
                "sampled": sampled[both],
                "minutes": np.nan,
                "processor": "",
            }
        )
