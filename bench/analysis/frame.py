"""Stored runs -> one tidy data frame, the only input of figures."""

from collections.abc import Iterator
from dataclasses import replace
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
from bench.scores.metrics import METRICS
from bench.scores.prediction_frame import COLUMNS, arch_column
from bench.scores.score_run import ScoredRun, score_run
from bench.tables.table import Table
from bench.types import Flags, PerArch

if TYPE_CHECKING:
    import pandas as pd


def predictions_frame(rows: list[PlannedRow], table: Table) -> "pd.DataFrame":
    """Return the predictions of every finished run with the truth, in `COLUMNS`.

    `seed` is the supernet's seed; `sampled` flags the members of `population`, a named set of the table. The ceiling is
    of the architectures that the runs predict. Raises `ComparisonError` if runs were trained on different images.
    """
    import pandas as pd

    parts, images, archs = [], {}, arch_column(table.genes)
    predicted = np.zeros(len(table.genes), dtype=bool)
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
            predicted[at] = True
            counted, trivial = best_trivial(table, ranked)
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
                        "trivial": trivial,
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
    whole = pd.concat([*parts, *_ceiling(table, sample, predicted)], ignore_index=True)
    whole.attrs["space"] = table.truth.space
    return whole


def best_trivial(table: Table, run: ScoredRun) -> tuple[str, PerArch | float]:
    """Return the trivial predictor of highest tau-b on the population of a run: its name, and its values [arch].

    The values are of the run's architectures. The name is empty and the value NaN if no cost of the networks ranks.
    """
    tau = METRICS.get("kendall-tau-b")
    known = {name: cost[run.rows] for name, cost in table.known_costs.items()}
    taus = {name: replace(run, prediction=cost).value(tau) for name, cost in known.items()}
    best = max((name for name in taus if np.isfinite(taus[name])), key=lambda name: taus[name], default="")
    return best, known.get(best, np.nan)


def _ceiling(table: Table, sample: Population, predicted: Flags) -> "Iterator[pd.DataFrame]":
    """Yield the lines of the ceiling on the `predicted` architectures of the table, a frame per training seed.

    Nothing if the truth has only one.
    """
    import pandas as pd

    sampled, archs = sample.among(table.genes), arch_column(table.genes)
    for seed, both, one, rest in pairs(np.where(predicted[:, None], table.accuracy, np.nan)):
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
                "trivial": np.nan,
                "counted": "",
                "published": np.nan,
                "population": sample.name,
                "sampled": sampled[both],
                "minutes": np.nan,
                "processor": "",
            }
        )
