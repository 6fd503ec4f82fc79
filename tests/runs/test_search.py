"""Searches beside a run: of its weights, of stored predictions, killed, damaged; and on the stored runs of baseline."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from bench.costs import Costs
from bench.errors import StoreError
from bench.places import PROJECT, data_folder
from bench.predict.trained import TrainedSupernet
from bench.recipe.preset import find_preset
from bench.runs.search import open_asked, row_of_folder, search_run, stored_search
from bench.runs.store import CHECKPOINT, Run
from bench.search.asking import StoredAnswers
from bench.search.loop import search
from bench.search.problem import Problem
from bench.search.result import STORED, WEIGHTS, read_result, result_path
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.random import Random
from bench.study.named import find_row


def run_of(preset: str, seed: int, results: Path) -> Run:
    _, row = find_row("baseline", beside="baseline")
    return Run(find_preset(preset).fill(row.recipe, row.times), preset, seed, results)


@pytest.fixture(scope="module")
def baseline() -> Run:
    return run_of("laptop", 0, PROJECT / "results")


@pytest.fixture(scope="module")
def predictions(baseline):
    return baseline.read().predictions


@pytest.fixture
def stored(baseline, tmp_path) -> Run:
    """Return a copy of a stored run that has no weights."""
    run = run_of("laptop", 0, tmp_path / "results")
    run.folder.mkdir(parents=True)
    for name in ("record.json", "predictions.h5"):
        shutil.copy(baseline.folder / name, run.folder)
    return run


def problem(run, budget=40):
    return Problem(costs=Costs(run.recipe.space), budget=budget)


def test_without_weights_the_stored_predictions_of_the_whole_space_answer(stored, tmp_path, predictions):
    asked = open_asked(stored, tmp_path)
    assert (asked.who, asked.weights) == (STORED, None)
    genes = predictions.genes[[5, 3]]
    assert asked.ask(genes).accuracy.tolist() == predictions.accuracy[[5, 3]].tolist()


def test_a_search_is_stored_and_read_the_next_time(stored, tmp_path):
    one = problem(stored)
    assert stored_search(stored, Random(), one, 0) is None
    first = search_run(stored, Random(), one, 0, open_asked(stored, tmp_path))
    again = stored_search(stored, Random(), one, 0)
    np.testing.assert_array_equal(first.asked.genes, again.asked.genes)
    assert stored.status == "done"


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_killed_search_continues_with_the_same_bytes(stored, tmp_path):
    asked, one, searcher = open_asked(stored, tmp_path), problem(stored, 30), Evolution(population=10, crossovers=5)
    path = result_path(stored.folder, searcher, one, 0)
    search_run(stored, searcher, one, 0, asked)
    whole = path.read_bytes()
    path.unlink()

    def killed(step):
        if step.done >= 20:
            raise Killed

    with pytest.raises(Killed):
        search_run(stored, searcher, one, 0, asked, report=killed, seconds=0)
    assert not path.exists()
    [left] = path.parent.iterdir()
    assert len(read_result(left, asked.run, asked.ask).asked.genes) == 20
    counted = []

    def counting(genes):
        counted.extend(genes.tolist())
        return asked.ask(genes)

    search_run(stored, searcher, one, 0, dataclasses.replace(asked, ask=counting), seconds=0)
    assert path.read_bytes() == whole
    assert len(counted) == 10, "the twenty that were kept are not asked again"
    assert list(path.parent.iterdir()) == [path]


def test_a_search_of_other_predictions_is_refused(stored, tmp_path):
    one = problem(stored)
    search_run(stored, Random(), one, 0, dataclasses.replace(open_asked(stored, tmp_path), run="other"))
    with pytest.raises(StoreError, match="the run was trained again since"):
        stored_search(stored, Random(), one, 0)


def test_an_unfinished_search_of_other_weights_is_refused(stored, tmp_path):
    asked, one = open_asked(stored, tmp_path), problem(stored)
    search_run(stored, Random(), one, 0, asked)
    path = result_path(stored.folder, Random(), one, 0)
    path.rename(path.with_name(f"{path.name}.partial"))
    with pytest.raises(StoreError, match=r"asked other weights than .* has now; remove it to search again"):
        search_run(stored, Random(), one, 0, dataclasses.replace(asked, weights="other"))


def test_a_run_that_is_not_done_cannot_be_searched(tmp_path):
    with pytest.raises(StoreError, match=r"seed-0 is missing; a search needs a finished run"):
        open_asked(run_of("laptop", 0, tmp_path), tmp_path)


@pytest.fixture(scope="module")
def smoke(smoke_run, tmp_path_factory) -> Run:
    results = tmp_path_factory.mktemp("search") / "results"
    shutil.copytree(smoke_run / "results", results)
    return run_of("smoke", 1, results)


def test_the_weights_are_asked_for_what_is_needed_and_answer_as_in_the_run(smoke, monkeypatch):
    counted = []
    ask = TrainedSupernet.ask

    def counting(self, genes, **options):
        counted.append(len(genes))
        return ask(self, genes, **options)

    monkeypatch.setattr(TrainedSupernet, "ask", counting)
    asked, one = open_asked(smoke, data_folder()), problem(smoke, budget=12)
    assert asked.who == WEIGHTS
    found = search_run(smoke, Random(), one, 0, asked)
    again = search_run(smoke, Evolution(population=12, crossovers=5), one, 0, asked)
    np.testing.assert_array_equal(found.asked.genes, again.asked.genes)
    assert len(counted) == 1, "the second search asks for nothing new"
    assert counted[0] <= 12
    known = smoke.read().predictions
    space = smoke.recipe.space
    stored = asked.ask(known.genes[:5])
    assert stored.accuracy.tolist() == known.accuracy[:5].tolist()
    assert stored.negative_cross_entropy.tolist() == known.negative_cross_entropy[:5].tolist()
    assert space.contains(found.asked.genes).all()


def test_without_weights_and_with_some_predictions_a_search_is_refused(smoke, tmp_path):
    run = run_of("smoke", 1, tmp_path / "results")
    shutil.copytree(smoke.folder, run.folder, ignore=shutil.ignore_patterns(CHECKPOINT))
    with pytest.raises(StoreError, match=r"has no checkpoint.pt, and its predictions are 500 of 15,625 architectures"):
        open_asked(run, data_folder())


def test_the_row_of_a_folder_is_found(baseline):
    study, row, preset, seed = row_of_folder(baseline.folder)
    assert (preset, seed) == ("laptop", 0)
    assert find_preset(preset).fill(row.recipe, row.times).hash == baseline.hash
    assert row in study.rows


def test_on_the_stored_baseline_exhaustive_search_finds_the_argmax(baseline, predictions):
    one = problem(baseline, budget=1)
    found = search(Exhaustive(), one, StoredAnswers(predictions, baseline.recipe.space), 0)
    assert len(found.asked.genes) == 15_625
    best = predictions.genes[predictions.accuracy == predictions.accuracy.max()]
    assert found.asked.genes[one.values(found.asked)[:, 0].argmax()].tolist() in best.tolist()


@pytest.mark.slow
def test_on_the_stored_baseline_random_search_finds_in_the_mean_what_probability_says(baseline, predictions):
    """The best of k drawn without replacement: P(at most the r-th lowest of n) = C(r, k) / C(n, k)."""
    k, n = 50, 15_625
    values = np.sort(predictions.accuracy.astype(float))
    chance, at_most = np.zeros(n + 1), 1.0
    for r in range(n, k - 1, -1):
        chance[r] = at_most
        at_most *= (r - k) / r
    expected = float(values @ np.diff(chance))
    answers, one = StoredAnswers(predictions, baseline.recipe.space), problem(baseline, budget=k)
    found = [search(Random(), one, answers, seed).asked.accuracy.max() for seed in range(200)]
    assert np.mean(found) == pytest.approx(expected, abs=float(4 * np.std(found) / 200**0.5))
    assert values.mean() + 5 < expected < values.max() - 0.5
