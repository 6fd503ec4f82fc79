"""Claims that are not of one score of a ranking: what is found, what it costs, its bias, a proxy, the truth alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bench.analysis.compare import side_of_row
from bench.analysis.frame import predictions_frame
from bench.analysis.search_frame import searches_frame
from bench.figures import proxy
from bench.figures.costs import MEGABYTE, short
from bench.report.answers import agreement
from bench.report.claim_store import Store
from bench.report.claim_words import inside, interval_in_words, of_difference, of_seeds, told
from bench.report.claims_table import AGREES, CANNOT_TELL, DISAGREES, Judged
from bench.runs.cost import cost_of
from bench.runs.expected import timing
from bench.runs.memory import update_memory
from bench.runs.plan import PlannedRow
from bench.runs.search_plan import plan_searches
from bench.scores.bias import bias, choices_of
from bench.scores.difference import Difference
from bench.scores.interval import of_one_seed, over_seeds
from bench.scores.metrics import Metric
from bench.study.claim import Cheaper, Claim, Favours, Kept, NoProxy, Searched
from bench.study.study import STUDIES, Study
from bench.tables.table import Table
from bench.truth import Truth

POINTS = Metric(
    name="true accuracy of what is found", better="higher", low=0, high=100, function=lambda *_: float("nan")
)
"""The unit of what searches find, percentage points; it is not a function of predictions."""
MINUTES = Metric(name="minutes of training", better="lower", low=0, high=None, function=lambda *_: float("nan"))
"""Of one core; not a function of predictions either."""
RANK_ERROR = Metric(name="mean rank error", better="higher", low=-100, high=100, function=lambda *_: float("nan"))
"""Of the architectures with some choices, percent of all ranks, + is ranked too high; of predictions and genes."""


def searched(claim: Claim, test: Searched, store: Store) -> Judged | None:
    """Return whether a searcher finds what is truly better, paired over supernets; None if a side has none."""
    study, row = test.found()
    table = store.table(study)
    if table is None:
        return None
    of_other = (test.against_search or test.search, test.against_row or row.name, test.against)
    own = _true_of(study, test.search, row.name, test.searcher, table, store)
    other = _true_of(study, *of_other, table, store)
    seeds = sorted(seed for seed in own if seed in other)
    if not seeds:
        return None
    ahead = [own[seed] - other[seed] for seed in seeds]
    value = over_seeds([of_one_seed(one, len(table.genes)) for one in ahead])
    first, second = (float(np.mean([side[seed] for seed in seeds])) for side in (own, other))
    found = Difference(value=value, metric=POINTS, first=first, second=second, by_seed=tuple(ahead))
    measured = f"{POINTS.name} {of_difference(found)} %"
    once = ", without the luck of the truth's one training" if table.trained_once else ""
    judged = told(claim, agreement(test.effect, found), measured, value, len(ahead))
    return replace(judged, precision=f"{judged.precision}{once}")


def _true_of(study: Study, search: str, row: str, searcher: str, table: Table, store: Store) -> Mapping[int, float]:
    """Return the true accuracy of what a searcher found, by the supernet's seed, without those that have no truth.

    An architecture that stands beside the search is found with every supernet.
    """
    [searching] = [one for one in study.searches if one.name == search]
    planned = [one for one in store.rows(study) if one.row.name == row]
    if searcher in searching.beside:
        [arch], [known] = table.rows(np.array([study.baseline.space.parse(searching.beside[searcher])], dtype=np.int8))
        seeds = planned[0].seeds("done") if known else ()
        return {seed: float(table.mean[arch]) for seed in seeds}
    searches = plan_searches([searching], planned, store.data).searches
    frame = searches_frame([one for one in searches if one.searcher.slot_name() == searcher], [table])
    frame = frame[frame.searcher == searcher]  # without what stands beside
    if frame.empty:
        return {}
    last = frame.loc[frame.groupby(["seed", "search_seed"]).evaluation.idxmax()]
    means = last.groupby("seed").true.mean().dropna()
    return dict(zip(means.index.astype(int).tolist(), means.astype(float).tolist(), strict=True))


def cheaper(claim: Claim, test: Cheaper, store: Store) -> Judged | None:
    """Return whether a row needs less memory, or less time, paired over seeds; None if a side has no run."""
    study, _ = test.found()
    rows = {planned.row.name: planned for planned in store.rows(study)}
    sides = [rows[name].having("done") for name in (test.row, test.against)]
    if not all(sides):
        return None
    if test.of == "memory":
        own, other = (update_memory(side[0].recipe).peak for side in sides)
        measured = f"{short(own / MEGABYTE)} MB at the peak of an update against {short(other / MEGABYTE)}"
        verdict = AGREES if own < other else DISAGREES
        return Judged(claim=claim, verdict=verdict, measured=measured, precision="counted, equal on all machines")
    times = [{run.seed: timing(run).train / 60 for run in side} for side in sides]
    seeds = sorted(times[0].keys() & times[1].keys())
    less = [times[0][seed] - times[1][seed] for seed in seeds]
    if not seeds:
        return None
    value = over_seeds([of_one_seed(one, 1) for one in less])
    first, second = (float(np.mean([time[seed] for seed in seeds])) for time in times)
    found = Difference(value=value, metric=MINUTES, first=first, second=second, by_seed=tuple(less))
    where = [cost_of([run.read().record for run in side]).processors for side in sides]
    alike = where[0] == where[1]
    return Judged(
        claim=claim,
        verdict=agreement("better", found) if alike else CANNOT_TELL,
        measured=f"{MINUTES.name} {of_difference(found)}" + ("" if alike else ", on different processors"),
        precision=of_seeds(value, len(seeds)),
    )


def favours(claim: Claim, test: Favours, store: Store) -> Judged | None:
    """Return whether a row ranks choices higher than another, paired over seeds; None if a side has no run."""
    study, row = test.found()
    rows = {planned.row.name: planned for planned in store.rows(study)}
    against = test.against or row.against or study.rows[0].name
    table = store.table(study)
    if table is None or not all(rows[name].seeds("done") for name in (row.name, against)):
        return None
    sides = [_rank_errors(rows[name], test.choices, table) for name in (row.name, against)]
    n = min(count for side in sides for _, count in side.values())
    seeds = sorted(sides[0].keys() & sides[1].keys())
    if not seeds:
        return None
    higher = [sides[0][seed][0] - sides[1][seed][0] for seed in seeds]
    value = over_seeds([of_one_seed(one, n) for one in higher])
    first, second = (float(np.mean([side[seed][0] for seed in seeds])) for side in sides)
    found = Difference(value=value, metric=RANK_ERROR, first=first, second=second, by_seed=tuple(higher))
    measured = f"{RANK_ERROR.name} of {', '.join(test.choices)} {of_difference(found)} % of all ranks"
    return told(claim, agreement("better", found), measured, value, len(seeds))


def _rank_errors(planned: PlannedRow, choices: Sequence[str], table: Table) -> dict[int, tuple[float, int]]:
    """Return by seed the mean rank error of choices over all decisions that have them, and n: the connected ones."""
    names = choices_of(table.truth.space, table.genes)
    side, found = side_of_row(planned, table), dict[int, tuple[float, int]]()
    for seed, one in side.by_seed.items():
        kept = one.present & names.connected
        mean = bias(names.genes[kept], [one.prediction[kept]], table.mean[kept]).mean
        error = float(
            np.nanmean([mean[place, own.index(name)] for place, own in enumerate(names.choices)
                        for name in choices if name in own])
        )  # fmt: skip
        found[seed] = error, int(kept.sum())
    return found


def no_proxy(claim: Claim, test: NoProxy, store: Store) -> Judged | None:
    """Return whether accuracy is no proxy of the ranking over all runs of a study; None without a run."""
    study = STUDIES.get(test.study)
    rows, table = store.rows(study), store.table(study)
    if table is None or not any(planned.seeds("done") for planned in rows):
        return None
    points = proxy.numbers(predictions_frame(rows, table))
    value = proxy.agreement_of(points)
    measured = f"tau-b of accuracy and sparse tau {value.value:.2f}, claimed below {test.most:g}"
    runs = f"n = {points.n.max():,}, {len(points)} runs of {points.row.nunique()} rows"
    verdict = inside(value, high=test.most)
    return Judged(claim=claim, verdict=verdict, measured=measured, precision=f"{runs}, {interval_in_words(value)}")


def kept(claim: Claim, test: Kept, store: Store) -> Judged:
    """Return whether a masked space keeps as much of the true best as is claimed."""
    table = store.open(Truth.parse(test.truth))
    best = table.genes[np.argsort(-table.mean, kind="stable")[: test.top]]
    part = float(np.mean(test.space.contains(best)))
    if test.than is None:
        holds, words = (
            test.low <= part <= test.high,
            f"{100 * part:.1f} % of the true best {test.top} are in the masked space",
        )
    else:
        other = float(np.mean(test.than.contains(best)))
        holds, words = (
            part < other,
            f"{100 * (1 - part):.1f} % of the true best {test.top} against {100 * (1 - other):.1f} %",
        )
    precision = f"n = {len(table.genes):,}, the truth alone"
    return Judged(claim=claim, verdict=AGREES if holds else DISAGREES, measured=words, precision=precision)
