import dataclasses
import hashlib

import h5py
import numpy as np
import pytest

from bench.errors import MachineError, StoreError
from bench.search.loop import search
from bench.search.result import (
    STORED,
    WEIGHTS,
    SearchResult,
    check_result,
    identity,
    read_result,
    result_path,
    write_result,
)
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.random import Random
from bench.slot import describe


@pytest.fixture
def result(problem, answers):
    def make(one=None, ask=None, seed=0, who=WEIGHTS):
        one = one or problem()
        found = search(Random(), one, ask or answers(), seed)
        return SearchResult(
            searcher=describe(Random()),
            seed=seed,
            problem=one.describe(),
            run="abc",
            who=who,
            weights=None if who == STORED else "def",
            ended=found.ended,
            asked=found.asked,
        )

    return make


def nobody(genes):
    raise AssertionError(f"stored predictions are asked for {genes}")


@pytest.mark.parametrize("who", [WEIGHTS, STORED])
def test_a_stored_search_is_read_as_it_was(result, answers, tmp_path, who):
    path, first = tmp_path / "search" / "x.h5", result(who=who)
    write_result(first, path)
    again = read_result(path, "abc", answers() if who == STORED else nobody)
    for field in dataclasses.fields(SearchResult):
        if field.name != "asked":
            assert getattr(again, field.name) == getattr(first, field.name)
    for name in ("genes", "accuracy", "negative_cross_entropy"):
        np.testing.assert_array_equal(getattr(again.asked, name), getattr(first.asked, name))
    assert (again.asked.images, again.asked.split) == (8, "toy/train, held out")


def test_a_stored_search_keeps_log_probabilities(result, answers, tmp_path):
    def ask(genes):
        return dataclasses.replace(answers()(genes), log_probability=-genes.sum(axis=1).astype(np.float32))

    path, first = tmp_path / "x.h5", result(ask=ask)
    write_result(first, path)
    np.testing.assert_array_equal(read_result(path, "abc", nobody).asked.log_probability, first.asked.log_probability)
    with h5py.File(path, "r+") as file:
        file["log_probability"][0] += 1
    with pytest.raises(StoreError, match=r"x.h5 was changed"):
        read_result(path, "abc", nobody)


def test_the_scores_of_stored_predictions_are_not_repeated(result, answers, tmp_path):
    write_result(result(who=STORED), tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5") as file:
        assert list(file) == ["genes"]
        genes = file["genes"][:]
    with h5py.File(tmp_path / "x.h5", "r+") as file:
        file["genes"][0] = genes[1]
    with pytest.raises(StoreError, match=r"x.h5 was changed"):
        read_result(tmp_path / "x.h5", "abc", answers())


def test_a_run_that_was_trained_again_is_named_before_it_is_asked(result, tmp_path):
    write_result(result(who=STORED), tmp_path / "x.h5")
    with pytest.raises(StoreError, match=r"x.h5 is of other predictions: the run was trained again since; remove .*x"):
        read_result(tmp_path / "x.h5", "another", nobody)


@pytest.mark.parametrize("error", [MemoryError("no memory"), MachineError("too many open files")])
def test_what_hinders_stored_predictions_is_not_blamed_on_the_search(result, tmp_path, error):
    def hindered(genes):
        raise error

    write_result(result(who=STORED), tmp_path / "x.h5")
    with pytest.raises(type(error), match=str(error)):
        read_result(tmp_path / "x.h5", "abc", hindered)


def test_a_search_of_the_first_schema_is_read(result, tmp_path):
    """It repeats the scores of stored predictions."""
    path, first = tmp_path / "x.h5", result(who=STORED)
    write_result(dataclasses.replace(first, who=WEIGHTS), path)
    with h5py.File(path, "r+") as file:
        told = file.attrs["told"].decode().replace(WEIGHTS, STORED)
        digest = hashlib.sha256(told.encode())
        for name in ("genes", "accuracy", "negative_cross_entropy"):
            digest.update(file[name][:].tobytes())
        file.attrs.update(schema=1, told=told, sha256=digest.hexdigest())
    again = read_result(path, "abc", nobody)
    assert again.who == STORED
    np.testing.assert_array_equal(again.asked.accuracy, first.asked.accuracy)


def test_a_search_of_the_second_schema_is_read_and_needs_four_kilobytes_more(result, tmp_path):
    path, first = tmp_path / "x.h5", result()
    write_result(first, path)
    fixed = path.stat().st_size
    with h5py.File(path, "r+") as file:
        texts = {name: file.attrs[name].decode() for name in ("told", "sha256")}
        file.attrs.update(texts, schema=2)
    assert path.stat().st_size > fixed + 3_000
    again = read_result(path, "abc", nobody)
    assert again.problem == first.problem
    np.testing.assert_array_equal(again.asked.accuracy, first.asked.accuracy)


@pytest.mark.parametrize("told", ["", '"more": 1, '])
def test_a_file_that_tells_other_things_is_named(result, tmp_path, told):
    path = tmp_path / "x.h5"
    write_result(result(who=STORED), path)
    with h5py.File(path, "r+") as file:
        text = file.attrs["told"].decode().replace('"ended": "budget", ', told)
        digest = hashlib.sha256(text.encode() + file["genes"][:].tobytes()).hexdigest()
        file.attrs.update(told=text, sha256=digest)
    with pytest.raises(StoreError, match=r"x.h5 is not a readable search \(it tells "):
        read_result(path, "abc", nobody)


def test_equal_searches_give_equal_bytes(result, tmp_path):
    for name in "ab":
        write_result(result(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_changed_score_is_noticed(result, tmp_path):
    write_result(result(), tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5", "r+") as file:
        file["accuracy"][0] += 1
    with pytest.raises(StoreError, match=r"x.h5 was changed: .*; remove .*x.h5 to search again"):
        read_result(tmp_path / "x.h5", "abc", nobody)


@pytest.mark.parametrize("left", [0, 100, -10])
def test_a_truncated_file_is_named(result, tmp_path, left):
    path = tmp_path / "x.h5"
    write_result(result(), path)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(StoreError, match=r"x.h5 (is not a readable search|was changed)"):
        read_result(path, "abc", nobody)


def test_another_schema_is_named(result, tmp_path):
    write_result(result(), tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5", "r+") as file:
        file.attrs["schema"] = 99
    with pytest.raises(StoreError, match="has schema 99, this version reads 1 to 3"):
        read_result(tmp_path / "x.h5", "abc", nobody)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"seed": 3}, "its seed is 3"),
        ({"problem": {}}, "its problem is {}"),
        ({"searcher": {"is": "mine"}}, "its searcher is {'is': 'mine'}"),
    ],
)
def test_a_search_of_another_run_or_problem_is_refused(result, problem, tmp_path, changed, error):
    one = result()
    check_result(one, tmp_path / "x.h5", Random(), problem(), 0)
    with pytest.raises(StoreError, match=error):
        check_result(dataclasses.replace(one, **changed), tmp_path / "x.h5", Random(), problem(), 0)


def test_everything_that_changes_a_search_changes_its_name(problem, tmp_path):
    one = problem()
    names = {
        identity(searcher, other)
        for searcher, other in (
            (Random(), one),
            (Evolution(), one),
            (Evolution(top=3), one),
            (Random(), problem(budget=11)),
            (Random(), problem(params=9)),
            (Random(), problem(params=10)),
            (Random(), problem(objectives=("negative-cross-entropy",))),
        )
    }
    assert len(names) == 7
    assert identity(Random(), problem()) == identity(Random(), one)
    assert result_path(tmp_path, Random(), one, 4).name == f"random-{identity(Random(), one)}-s4.h5"


def test_the_best_is_one_of_the_highest_by_the_search_seed(problem, answers, result):
    one, ask = problem(budget=21), answers(ties=0.05)  # four scores
    found = result(one, ask)
    scores = found.asked.accuracy
    highest = set(np.flatnonzero(scores == scores.max()).tolist())
    assert len(highest) > 1
    picked = {dataclasses.replace(found, seed=seed).best(one) for seed in range(20)}
    assert picked == highest
    assert found.best(one) == found.best(one)
