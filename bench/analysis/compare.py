"""Two rows or fixed predictions, paired over shared seeds and architectures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.analysis.results_table import supernet_accuracy
from bench.errors import ComparisonError, unknown_name
from bench.population import Population
from bench.runs.cost import Cost, cost_of
from bench.runs.plan import PlannedRow
from bench.runs.published import Published, published_names, read_published
from bench.runs.store import Record
from bench.scores.chance import SupernetAccuracy
from bench.scores.difference import Difference, paired_differences
from bench.scores.files.prediction_file import PredictionFile, read_predictions
from bench.scores.interval import RESAMPLES, of_one_seed, over_seeds
from bench.scores.join import Joined, join, join_file
from bench.scores.metrics import METRICS, Metric
from bench.scores.score_run import score_run
from bench.scores.scoreboard import trivial_predictors
from bench.scores.size import OF_SIZE_ITSELF, size_metrics, sizes_of
from bench.spaces import Space
from bench.tables.frame import USUAL, Columns
from bench.tables.table import Table
from bench.truth import Truth

NO_SEED = -1
"""The seed of fixed predictions, which are paired with every seed of the other side."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side's predictions per seed, in a table's order, and its cost, None for fixed predictions.

    `images` is the digest of the image set `trained_on`. `accuracy` maps each seed to its predicted accuracies, and is
    empty for fixed predictions; `records` are those of its runs. `by` is the score that ranks, "" of fixed predictions,
    and `column` the name of the scores in a file, "" of other sides.
    """

    name: str
    space: Space
    by_seed: Mapping[int, Joined]
    cost: Cost | None = None
    accuracy: Mapping[int, Joined] = field(default_factory=dict)
    records: Mapping[int, Record] = field(default_factory=dict)
    preset: str = ""
    images: str = ""
    trained_on: str = ""
    by: str = ""
    column: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """First minus second: a difference per metric on `n` architectures of the population, over `seeds`.

    `coverage` is "3 of 15,625" if the truth's table lacks architectures. `accuracies` are those of the two supernets on
    these architectures and seeds, None for fixed predictions; `ranked_by` their scores, "" for those.
    """

    first: str
    second: str
    truth: Truth
    population: str
    n: int
    seeds: tuple[int, ...]
    differences: Mapping[str, Difference]
    costs: tuple[Cost | None, Cost | None]
    accuracies: tuple[SupernetAccuracy | None, SupernetAccuracy | None] = (None, None)
    trained_on: str = ""
    coverage: str = ""
    ranked_by: tuple[str, str] = ("", "")


def side_of_row(planned: PlannedRow, table: Table, score: str | None = None) -> Side:
    """Return a row's stored predictions by `score` (None: its own); raises `ComparisonError` if no run is finished."""
    done = planned.having("done")
    name, chosen = planned.row.name, score or planned.row.score
    _check_space(name, planned.runs[0].recipe.space.slot_name(), table)
    if not done:
        run, damaged = planned.runs[0], "".join(f"; {line}" for line in planned.damaged())
        raise ComparisonError(
            f"row '{name}' has no finished run at preset '{run.preset}'; run its study first{damaged}"
        )
    stored = [run.read() for run in done]
    records = [one.record for one in stored]
    return Side(
        name=name,
        space=done[0].recipe.space,
        by_seed={
            run.seed: join(name, one.predictions.genes, one.predictions.by(chosen), table)
            for run, one in zip(done, stored, strict=True)
        },
        cost=cost_of(records),
        accuracy={
            run.seed: join(name, one.predictions.genes, one.predictions.by("accuracy"), table)
            for run, one in zip(done, stored, strict=True)
        },
        records={run.seed: record for run, record in zip(done, records, strict=True)},
        preset=done[0].preset,
        by=chosen,
        trained_on=str(records[0].images["name"]),
        images=" and ".join(sorted({str(record.images["sha256"]) for record in records})),
    )


def side_of_file(path: Path, table: Table, columns: Columns = USUAL, lower_is_better: bool | None = None) -> Side:
    """Return a file of predictions, named after the file and a chosen column of scores.

    `lower_is_better` is the direction that the user stated, None if none; raises `DataError` for losses without one.
    """
    file = read_predictions(path, columns, lower_is_better)
    joined = join_file(file, table)
    side = _fixed(f"{joined.name}:{columns.value}" if columns.value else joined.name, joined, table)
    return replace(side, column=file.column)


def side_of_predictions(predictions: PredictionFile, table: Table) -> Side:
    """Return predictions that are in memory, under their own name."""
    joined = join_file(predictions, table)
    return _fixed(joined.name, joined, table)


def side_of_trivial(name: str, table: Table) -> Side:
    """Return a trivial predictor of a table; raises `UnknownName`."""
    known = {predictor.name: predictor for predictor in trivial_predictors(table)}
    if name not in known:
        raise unknown_name("trivial predictor", name, known, f"these are the costs known for {table.name}")
    return _fixed(f"{name} (trivial)", known[name], table)


def side_of_published(name: str, results: Path, table: Table) -> Side:
    """Return published predictions; raises `UnknownName` if none are stored under the name."""
    found = find_published(name, results)
    _check_space(name, found.truth.space, table)
    return _fixed(f"{name} (published)", found.joined(table), table)


def find_published(name: str, results: Path) -> Published:
    """Return the predictions stored under a name; raises `UnknownName` if there are none."""
    found = read_published(name, results)
    if found is None:
        raise unknown_name(
            "published predictor", name, published_names(results), "'supernet-bench score FILE --store NAME' adds one"
        )
    return found


def _check_space(name: str, space: str, table: Table) -> None:
    """Raise `ComparisonError` if a side's architectures are not of the table's space."""
    if space != table.truth.space:
        raise ComparisonError(
            f"'{name}' ranks architectures of space '{space}', but table '{table.name}' has those of "
            f"'{table.truth.space}'; name a table of the same space"
        )


def _fixed(name: str, joined: Joined, table: Table) -> Side:
    return Side(name=name, space=table.space, by_seed={NO_SEED: joined})


def compare(
    first: Side,
    second: Side,
    table: Table,
    population: Population,
    metrics: Sequence[Metric],
    *,
    resamples: int = RESAMPLES,
    sized: bool = True,
) -> Comparison:
    """Return the paired differences on the population of the smaller of the two spaces.

    If `sized`, those of the metrics of size follow, where the sizes are known.
    `population` is that of the table's space. Metrics of the true top are computed on the true best of all
    architectures that both predict there.
    Raises `ComparisonError` if the sides share no seed or fewer than two architectures, have different presets, or
    were trained on different images.
    """
    for what in ("preset", "images"):
        ours, theirs = getattr(first, what), getattr(second, what)
        if ours and theirs and ours != theirs:
            raise ComparisonError(
                f"'{first.name}' and '{second.name}' have different {what} ({ours[:12]} and {theirs[:12]}) "
                "and cannot be compared; choose rows with the same preset and image set"
            )
    seeds = _shared_seeds(first, second)
    smaller = population.of(min((first.space, second.space), key=lambda space: space.size))
    joined = [[_of(side, seed) for seed in seeds] for side in (first, second)]
    shared = np.logical_and.reduce([one.present for side in joined for one in side])
    ours, theirs = ([score_run(one, table, smaller, within=shared) for one in side] for side in joined)
    if ours[0].n < 2:
        raise ComparisonError(
            f"'{first.name}' and '{second.name}' share {ours[0].n} architectures of '{population.name}'; "
            "at least 2 are needed"
        )

    def accuracy(side: Side) -> SupernetAccuracy | None:
        predicted = [score_run(side.accuracy[seed], table, smaller, within=shared) for seed in seeds if side.accuracy]
        return supernet_accuracy([side.records[seed] for seed in seeds], predicted) if predicted else None

    size = sizes_of(table) if sized else None
    metrics = [*metrics, *size_metrics(None if size is None else size[ours[0].rows][ours[0].inside])]
    differences: dict[str, Difference] = {}
    for of_top in {metric.of_true_top for metric in metrics}:
        group = [metric for metric in metrics if metric.of_true_top == of_top]
        a, b = (np.stack([run.arrays(group[0])[0] for run in side]) for side in (ours, theirs))
        truth, functions = ours[0].arrays(group[0])[1], ours[0].functions_of(group[0])
        differences |= paired_differences(a, b, truth, group, functions=functions, resamples=resamples)
    return Comparison(
        first=first.name,
        second=second.name,
        truth=table.truth,
        population=population.name,
        n=ours[0].n,
        seeds=tuple(seed for seed in seeds if seed != NO_SEED),
        differences={metric.name: differences[metric.name] for metric in metrics if metric.name != OF_SIZE_ITSELF},
        costs=(first.cost, second.cost),
        accuracies=(accuracy(first), accuracy(second)),
        trained_on=first.trained_on or second.trained_on,
        coverage=table.coverage,
        ranked_by=(first.by, second.by),
    )


def compare_spaces(
    first: Side, second: Side, table: Table, population: Population, metrics: Sequence[Metric]
) -> Mapping[str, Difference]:
    """Return how much better one side ranks its own space than the other ranks its own, over shared seeds.

    Each side is scored on its own population, so only seeds are paired: the interval is Student's t over seeds, none
    for one seed. Raises `ComparisonError` if no seed is shared.
    """
    seeds = _shared_seeds(first, second)
    scored = [
        [score_run(_of(side, seed), table, population.of(side.space)) for seed in seeds] for side in (first, second)
    ]
    found = {}
    for metric in metrics:
        ours, theirs = (np.array([run.value(metric) for run in side]) for side in scored)
        least = min(len(run.arrays(metric)[1]) for side in scored for run in side)
        value = over_seeds([of_one_seed(float(one), least) for one in ours - theirs])
        span = np.inf if metric.high is None else metric.high - metric.low  # Student's t is unbounded
        value = replace(value, low=float(np.maximum(value.low, -span)), high=float(np.minimum(value.high, span)))
        found[metric.name] = Difference(
            value=value,
            metric=metric,
            first=float(ours.mean()),
            second=float(theirs.mean()),
            by_seed=tuple((ours - theirs).tolist()),
        )
    return found


def mean_trends(first: Side, second: Side, table: Table, population: Population) -> tuple[float, float]:
    """Return the top-N trend of each side's predictions averaged over the shared seeds, in each side's own space."""
    seeds = _shared_seeds(first, second)
    found = []
    for side in (first, second):
        runs = [score_run(_of(side, seed), table, population.of(side.space)) for seed in seeds]
        mean = np.mean([run.prediction for run in runs], axis=0)
        found.append(replace(runs[0], prediction=mean).value(METRICS.get("top-n-trend")))
    return found[0], found[1]


def size_taus(first: Side, second: Side, table: Table, population: Population) -> tuple[float, float] | None:
    """Return tau-b of the size of the networks on each side's population, in its own space; None if it is not known."""
    size, tau = sizes_of(table), METRICS.get("kendall-tau-b")
    if size is None:
        return None
    counted = Joined(name="size", prediction=size, present=np.ones(len(size), dtype=bool))
    ours, theirs = (score_run(counted, table, population.of(side.space)).value(tau) for side in (first, second))
    return ours, theirs


def _shared_seeds(first: Side, second: Side) -> list[int]:
    if NO_SEED in first.by_seed:
        return sorted(second.by_seed)
    if NO_SEED in second.by_seed:
        return sorted(first.by_seed)
    shared = sorted(first.by_seed.keys() & second.by_seed.keys())
    if not shared:
        raise ComparisonError(
            f"'{first.name}' has seeds {sorted(first.by_seed)}, '{second.name}' {sorted(second.by_seed)}: no seed "
            "is shared; run one of them with the other's seeds (--seeds)"
        )
    return shared


def _of(side: Side, seed: int) -> Joined:
    return side.by_seed.get(seed) or side.by_seed[NO_SEED]
