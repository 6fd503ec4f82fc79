"""Two rows, or a row and fixed predictions, paired over shared seeds and architectures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.errors import ComparisonError, unknown_name
from bench.population import population, scored_on
from bench.runs.cost import Cost, cost_of
from bench.runs.plan import PlannedRow
from bench.runs.published import published_names, read_published
from bench.runs.store import read_predictions as read_stored
from bench.runs.store import read_record
from bench.scores.difference import Difference, paired_differences
from bench.scores.files.prediction_file import read_predictions
from bench.scores.interval import RESAMPLES, of_one_seed, over_seeds
from bench.scores.join import Joined, join, join_file
from bench.scores.metrics import Metric
from bench.scores.scoreboard import trivial_predictors
from bench.spaces import Space
from bench.tables.table import Table

NO_SEED = -1
"""Stands for the seed of predictions that say none: they are laid beside every seed of the other side."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one side says, per seed, in a table's order, and its cost, None for fixed predictions.

    `images` is the digest of the image set `trained_on`.
    """

    name: str
    space: Space
    by_seed: Mapping[int, Joined]
    cost: Cost | None = None
    preset: str = ""
    images: str = ""
    trained_on: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """First minus second: a difference per metric on `n` architectures of the population, over `seeds`."""

    first: str
    second: str
    truth: str
    population: str
    n: int
    seeds: tuple[int, ...]
    differences: Mapping[str, Difference]
    costs: tuple[Cost | None, Cost | None]
    trained_on: str = ""


def side_of_row(planned: PlannedRow, table: Table, score: str | None = None) -> Side:
    """Return a row's stored predictions by its own score, or by the one named; raises if no run is finished."""
    done = [run for run in planned.runs if run.status == "done"]
    name, chosen = planned.row.name, (score or planned.row.score).replace("-", "_")
    if not done:
        run = planned.runs[0]
        raise ComparisonError(f"row '{name}' has no finished run at preset '{run.preset}'; run its study first")
    records = [read_record(run.record_path) for run in done]
    stored = [read_stored(run.folder / "predictions.h5") for run in done]
    return Side(
        name=name,
        space=done[0].recipe.space,
        by_seed={
            run.seed: join(name, found.genes, getattr(found, chosen).astype(np.float64), table)
            for run, found in zip(done, stored, strict=True)
        },
        cost=cost_of(records),
        preset=done[0].preset,
        trained_on=str(records[0].images["name"]),
        images=" and ".join(sorted({str(record.images["sha256"]) for record in records})),
    )


def side_of_file(path: Path, table: Table) -> Side:
    """Return a file of predictions."""
    joined = join_file(read_predictions(path), table)
    return _fixed(joined.name, joined, table)


def side_of_trivial(name: str, table: Table) -> Side:
    """Return a trivial predictor of a table; raises `UnknownName`."""
    known = {predictor.name: predictor for predictor in trivial_predictors(table)}
    if name not in known:
        raise unknown_name("trivial predictor", name, known, f"those are what {table.name} knows of costs")
    return _fixed(f"{name} (trivial)", known[name], table)


def side_of_published(name: str, results: Path, table: Table) -> Side:
    """Return predictions that others published; raises `UnknownName` where none are stored under the name."""
    found = read_published(name, results)
    if found is None:
        raise unknown_name(
            "published predictor", name, published_names(results), "'supernet-bench score FILE --store NAME' adds one"
        )
    joined = join(name, found.predictions.genes, found.predictions.accuracy.astype(np.float64), table)
    return _fixed(f"{name} (published)", joined, table)


def _fixed(name: str, joined: Joined, table: Table) -> Side:
    return Side(name=name, space=table.space, by_seed={NO_SEED: joined})


def compare(
    first: Side,
    second: Side,
    table: Table,
    population_name: str,
    metrics: Sequence[Metric],
    *,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Return the paired differences on the population of the smaller of the two spaces.

    Metrics of the true top are taken over the best of all that both predict there.
    Raises `ComparisonError` where the sides share no seed or fewer than two architectures, where they are of
    different presets, or were trained on different images.
    """
    for what in ("preset", "images"):
        ours, theirs = getattr(first, what), getattr(second, what)
        if ours and theirs and ours != theirs:
            raise ComparisonError(
                f"'{first.name}' and '{second.name}' are of different {what} ({ours[:12]} and {theirs[:12]}) "
                "and must not be compared; take rows of one preset and image set"
            )
    seeds = _shared_seeds(first, second)
    space = min((first.space, second.space), key=lambda space: space.size)
    chosen = population(population_name, space, table.genes).selected
    pairs = [(_of(first, seed), _of(second, seed)) for seed in seeds]
    for pair in pairs:
        for joined in pair:
            chosen &= joined.present
    if chosen.sum() < 2:
        raise ComparisonError(
            f"'{first.name}' and '{second.name}' share {chosen.sum()} architectures of '{population_name}'; "
            "at least 2 are needed"
        )
    known = space.contains(table.genes) & np.logical_and.reduce([joined.present for pair in pairs for joined in pair])
    differences: dict[str, Difference] = {}
    for of_top in {metric.of_true_top for metric in metrics}:
        asked = [metric for metric in metrics if metric.of_true_top == of_top]
        on = scored_on(asked[0], chosen, known, table.mean)
        ours, theirs = (np.stack([pair[side].prediction[on] for pair in pairs]) for side in (0, 1))
        differences |= paired_differences(ours, theirs, table.mean[on], asked, resamples=resamples)
    return Comparison(
        first=first.name,
        second=second.name,
        truth=table.name,
        population=population_name,
        n=int(chosen.sum()),
        seeds=tuple(seed for seed in seeds if seed != NO_SEED),
        differences={metric.name: differences[metric.name] for metric in metrics},
        costs=(first.cost, second.cost),
        trained_on=first.trained_on or second.trained_on,
    )


def compare_spaces(
    first: Side, second: Side, table: Table, population_name: str, metrics: Sequence[Metric]
) -> Mapping[str, Difference]:
    """Return how much better one side ranks its own space than the other ranks its own, over shared seeds.

    Each score is of the side's own population, so nothing is paired but the seed: the interval is Student's t over
    seeds, none for one seed. Raises `ComparisonError` where no seed is shared.
    """
    seeds = _shared_seeds(first, second)
    found = {}
    for metric in metrics:
        scores: list[list[float]] = []
        numbers = []
        for side in (first, second):
            chosen = population(population_name, side.space, table.genes).selected
            scores.append([])
            for seed in seeds:
                joined = _of(side, seed)
                known = side.space.contains(table.genes) & joined.present
                on = scored_on(metric, chosen & joined.present, known, table.mean)
                scores[-1].append(metric(joined.prediction[on], table.mean[on]))
                numbers.append(int(on.sum()))
        ours, theirs = np.array(scores)
        value = over_seeds([of_one_seed(float(one), min(numbers)) for one in ours - theirs])
        span = np.inf if metric.high is None else metric.high - metric.low  # Student's t knows no bounds
        value = replace(value, low=float(np.maximum(value.low, -span)), high=float(np.minimum(value.high, span)))
        found[metric.name] = Difference(
            value=value, metric=metric, first=float(ours.mean()), second=float(theirs.mean())
        )
    return found


def _shared_seeds(first: Side, second: Side) -> list[int]:
    if NO_SEED in first.by_seed:
        return sorted(second.by_seed)
    if NO_SEED in second.by_seed:
        return sorted(first.by_seed)
    shared = sorted(first.by_seed.keys() & second.by_seed.keys())
    if not shared:
        raise ComparisonError(
            f"'{first.name}' has seeds {sorted(first.by_seed)}, '{second.name}' {sorted(second.by_seed)}: none is "
            "shared; run one of them with the other's seeds (--seeds)"
        )
    return shared


def _of(side: Side, seed: int) -> Joined:
    return side.by_seed.get(seed) or side.by_seed[NO_SEED]
