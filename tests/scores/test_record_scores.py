"""What a finished run stores of its scores."""

import json

import numpy as np
import pytest

from bench.population import list_sha256, population
from bench.predict.predictions import Predictions
from bench.scores.metrics import METRICS
from bench.scores.record_scores import record_scores
from bench.spaces.nb201 import NB201

SPACE = NB201()
FOUR = np.array([[0, 0, 0, choice, 0, 0] for choice in (1, 2, 3, 4)], dtype=np.int8)
CUT = np.zeros((1, 6), dtype=np.int8)


def said(genes, accuracy, loss):
    return Predictions(
        genes=genes,
        accuracy=np.array(accuracy, dtype=np.float32),
        negative_cross_entropy=np.array(loss, dtype=np.float32),
        images=100,
        split="here",
    )


@pytest.fixture
def truth(make_table):
    """Return a function that gives the cells of `genes` accuracies, [arch] or [arch, seed]."""

    def table(genes, accuracy):
        return make_table("nb201/digits/test/1ep", [SPACE.spell(tuple(row)) for row in genes.tolist()], accuracy)

    return table


def test_both_scores_are_ranked_against_the_mean_truth(truth):
    table = truth(FOUR, [[89, 91], [93, 89], [92, 94], [91, 93]])  # means 90, 91, 93, 92
    found = record_scores(said(FOUR, [1, 2, 3, 4], [-4, -3, -1, -2]), table, SPACE)["all"]
    assert found["accuracy"]["kendall-tau-b"] == round((5 - 1) / 6, 6)
    assert found["accuracy"]["regret"] == 1
    assert found["negative-cross-entropy"]["kendall-tau-b"] == 1
    assert found["negative-cross-entropy"]["regret"] == 0


def test_every_metric_is_stored_and_none_stands_where_it_is_undefined(truth):
    found = record_scores(said(FOUR, [1, 2, 3, 4], [1, 1, 1, 1]), truth(FOUR, [90, 91, 93, 92]), SPACE)["all"]
    assert found["accuracy"].keys() == found["negative-cross-entropy"].keys() == set(METRICS.names())
    assert found["accuracy"]["kendall-tau-b/top-10"] is None
    assert set(found["negative-cross-entropy"].values()) == {None}
    json.dumps(found, allow_nan=False)


def test_predictions_meet_the_truth_by_architecture(truth):
    shuffled = [2, 0, 3, 1]
    table = truth(FOUR, [90, 91, 93, 92])
    straight = record_scores(said(FOUR, [1, 2, 3, 4], [4, 2, 3, 1]), table, SPACE)
    turned = record_scores(said(FOUR[shuffled], [3, 1, 4, 2], [3, 4, 1, 2]), table, SPACE)
    assert turned == straight


def test_an_architecture_that_the_truth_lacks_is_not_scored(truth):
    found = record_scores(said(FOUR, [9, 1, 2, 3], [1, 2, 3, 4]), truth(FOUR[1:], [90, 91, 92]), SPACE)["all"]
    assert found["n"] == 3
    assert found["accuracy"]["kendall-tau-b"] == 1
    assert found["sha256"] == list_sha256(SPACE, FOUR)


def test_the_connected_population_leaves_out_a_cell_without_a_path(truth):
    genes = np.concatenate([FOUR, CUT])
    found = record_scores(said(genes, [1, 2, 3, 4, 9], [1, 2, 3, 4, 9]), truth(genes, [90, 91, 92, 93, 10]), SPACE)
    assert (found["all"]["n"], found["connected"]["n"]) == (5, 4)
    assert (found["all"]["accuracy"]["regret"], found["connected"]["accuracy"]["regret"]) == (83, 0)
    assert found["connected"]["sha256"] == list_sha256(SPACE, FOUR)


def test_the_fixed_thousand_is_scored_where_it_is_predicted(truth):
    genes = SPACE.enumerate()[::50]
    chosen = population("random-1000", SPACE, genes)
    values = np.arange(len(genes)) / 10
    found = record_scores(said(genes, values, values), truth(genes, 50 + values), SPACE)["random-1000"]
    assert 1 < found["n"] == chosen.selected.sum() < len(genes)
    assert found["sha256"] == chosen.sha256


def test_diverged_losses_are_counted_and_rank_last(truth):
    table = truth(FOUR, [90, 91, 93, 92])
    found = record_scores(said(FOUR, [10, 10, 30, 20], [np.nan, -np.inf, -1, -2]), table, SPACE)["all"]
    assert found["degenerate"] == 2
    assert found["negative-cross-entropy"]["kendall-tau-b"] == round(5 / np.sqrt(5 * 6), 6)
    assert found["negative-cross-entropy"]["regret"] == 0


def test_a_population_without_a_known_architecture_scores_nothing(truth):
    found = record_scores(said(FOUR[:2], [1, 2], [1, 2]), truth(FOUR[2:], [90, 91]), SPACE)["all"]
    assert found["n"] == 0
    assert set(found["accuracy"].values()) == {None}
