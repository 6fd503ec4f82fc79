"""The searches of a study on stored runs of baseline."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.analysis.frames import Frames
from bench.analysis.search_frame import FRONTS, SEARCHES, fronts_frame, searches_frame
from bench.places import PROJECT, data_folder
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.runs.search import answered_by_predictions, search_run
from bench.runs.search_plan import plan_searches
from bench.scores.prediction_frame import genes_of
from bench.scores.search import score_search
from bench.search.problem import Constraint, non_dominated
from bench.search.result import WEIGHTS
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.nsga2 import NSGA2
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from bench.tables.catalog import open_table
from studies.baseline import STUDY
from studies.search_algorithms import ALL_3X3, LARGEST
from tests.fixtures import part_of

ONE = Searching(name="one", by=(Random(), Exhaustive()), budget=30, seeds=(0, 1))
BOTH = Searching(name="both", by=(NSGA2(population=10),), budget=30, seeds=(0,), costs=("flops",))
SMALL = Searching(name="small", by=(Random(),), constraints=(Constraint(cost="flops", high=1.0),))
UNKNOWN = Searching(name="unknown", by=(Random(),), constraints=(Constraint(cost="latency", high=1.0),))


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    results = tmp_path_factory.mktemp("searches") / "results"
    here, there = (plan(STUDY, find_preset("laptop"), (0,), folder) for folder in (results, PROJECT / "results"))
    for [to], [stored] in zip((row.runs for row in here), (row.runs for row in there), strict=True):
        shutil.copytree(stored.folder, to.folder, ignore=shutil.ignore_patterns("search"))
    return here


@pytest.fixture(scope="module")
def table():
    return open_table("nb201/digits/test/30ep", data_folder())


@pytest.fixture(scope="module")
def planned(rows):
    found = plan_searches((ONE, BOTH, SMALL, UNKNOWN), rows, Path("nowhere"))
    for one in found.searches:
        if one.stored is None:
            search_run(one.run, one.searcher, one.problem, one.seed, answered_by_predictions(one.run))
    return found


def test_every_searcher_runs_once_a_seed_and_one_that_asks_all_once(planned):
    names = [(one.searching.name, one.searcher.slot_name(), one.seed) for one in planned.searches]
    assert names == [("one", "random", 0), ("one", "random", 1), ("one", "exhaustive", 0), ("both", "nsga2", 0)]


def test_a_comparison_that_cannot_be_made_costs_itself_alone(planned):
    [small, unknown] = planned.refused
    assert small.startswith("search 'small': no architecture of space 'nb201' has flops at most 1")
    assert unknown.startswith("search 'unknown': unknown cost 'latency'")


def test_one_that_asks_all_is_known_without_a_file(planned, rows):
    exhaustive = planned.searches[2]
    assert len(exhaustive.stored.asked.genes) == 15_625
    assert not list(rows[0].runs[0].folder.glob("search/exhaustive*"))
    assert len(list(rows[0].runs[0].folder.glob("search/random*"))) == 2


def test_one_that_asks_all_has_a_file_if_the_predictions_are_of_a_part(rows, tmp_path):
    [row] = plan(STUDY, find_preset("laptop"), (0,), tmp_path)
    whole = answered_by_predictions(rows[0].runs[0])
    part_of(rows[0].runs[0].folder, row.runs[0].folder, seed=0)
    [one] = plan_searches((replace(ONE, by=(Exhaustive(),)),), [row], Path("nowhere")).searches
    assert answered_by_predictions(row.runs[0]) is None
    assert (one.needs_no_file, one.stored) == (False, None)
    asked = replace(whole, who=WEIGHTS, weights="0" * 64, run=row.runs[0].read().record.predictions["sha256"])
    search_run(row.runs[0], one.searcher, one.problem, one.seed, asked)
    assert len(one.stored.asked.genes) == 15_625


def test_the_frame_says_what_was_found_after_every_evaluation(planned, table):
    frame = searches_frame(planned.searches, [table])
    assert list(frame.columns) == list(SEARCHES)
    mine = frame[(frame.search == "one") & (frame.searcher == "random") & (frame.search_seed == 1)]
    assert mine.evaluation.tolist() == [*range(1, 11), 20, 30]
    asked = planned.searches[1].stored.asked
    for line in mine.itertuples():
        score = asked.accuracy[: line.evaluation]
        rows, _ = table.rows(asked.genes[: line.evaluation][score == score.max()])
        assert line.score == score.max()
        assert line.true == pytest.approx(table.mean[rows].mean())
        assert line.regret == pytest.approx(table.mean.max() - line.true)
        assert line.rank == pytest.approx(np.mean([1 + (table.mean > truth).sum() for truth in table.mean[rows]]))
        surpass = np.mean([((table.mean < truth).mean()) ** 10 for truth in table.mean[rows]])
        assert line.surpass == pytest.approx(surpass)
    [best] = frame[frame.searcher == "exhaustive"].itertuples()
    assert (best.evaluation, best.n) == (15_625, 15_625)
    assert best.score >= mine.score.max()
    volumes = frame[frame.search == "both"].hypervolume
    assert 0 < volumes.iloc[-1] < 1
    assert volumes[:-1].isna().all()


def test_the_frame_and_the_score_of_a_search_agree_where_scores_tie(planned, table):
    frame, ties = searches_frame(planned.searches, [table]), 0
    for one in planned.searches:
        same = (frame.search == one.searching.name) & (frame.searcher == one.searcher.slot_name())
        line = frame[same & (frame.search_seed == one.seed)].iloc[-1]
        score = score_search(one.stored, one.problem, table)
        told = (score.accuracy, score.regret, score.normalized_regret, score.rank, score.surpass_random, score.ties)
        assert told == pytest.approx((line.true, line.regret, line.normalized, line["rank"], line.surpass, line.ties))
        ties = max(ties, score.ties)
    assert ties > 1


def test_what_stands_beside_a_search_has_its_rank_in_the_truth(planned, rows, table):
    named = Searching(name="one", by=(Random(),), budget=30, seeds=(0,), beside={LARGEST: ALL_3X3})
    frame = searches_frame(plan_searches((named,), rows, Path("nowhere")).searches, [table])
    [line] = frame[frame.searcher == LARGEST].itertuples()
    [row], _ = table.rows(np.array([table.space.parse(ALL_3X3)], dtype=np.int8))
    assert line.true == table.mean[row]
    assert line.rank == 1 + np.count_nonzero(table.mean > table.mean[row])


def test_another_truth_has_the_last_evaluation_alone(planned, table):
    frame = searches_frame(planned.searches[:1], [table, table])
    assert len(frame) == 12 + 1
    assert frame.true.iloc[-1] == frame.true.iloc[-2]


def test_the_fronts_are_what_was_found_and_the_true_one(planned, table):
    frame = fronts_frame(planned.searches, table)
    assert list(frame.columns) == list(FRONTS)
    found, true = frame[frame.member == "found"], frame[frame.member == "true"]
    result, problem = planned.searches[3].stored, planned.searches[3].problem
    assert genes_of(found.arch).tolist() == result.asked.genes[result.front(problem)].tolist()
    values = np.stack([table.mean, -problem.costs.of("flops", table.genes)], axis=1)
    assert sorted(map(tuple, genes_of(true.arch).tolist())) == sorted(
        map(tuple, table.genes[non_dominated(values)].tolist())
    )


def test_a_study_without_a_stored_search_has_an_empty_frame(table):
    frames = Frames(STUDY, [], [table], Path("nowhere"))
    assert frames.found.empty
    assert frames.fronts.empty
