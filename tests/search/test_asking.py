import numpy as np
import pytest

from bench.errors import StoreError
from bench.predict.predictions import Predictions
from bench.search.asking import Remembering, StoredAnswers
from bench.spaces.nb201 import NB201


def test_stored_predictions_answer_in_the_order_of_the_question(toy, answers):
    genes = toy.enumerate()
    shuffled = genes[np.random.default_rng(0).permutation(len(genes))]
    stored = StoredAnswers(answers()(shuffled), toy)
    wanted = genes[[4, 0, 4, 9]]
    assert stored(wanted).accuracy.tolist() == answers().score(wanted).tolist()
    assert stored(wanted).split == "toy/train, held out"
    assert stored.has(genes)


def test_an_architecture_that_is_not_stored_is_named(toy, answers):
    stored = StoredAnswers(answers()(toy.enumerate()[:5]), toy)
    assert not stored.has(toy.enumerate())
    with pytest.raises(StoreError, match="the stored predictions lack architecture bbc"):
        stored(np.array([[1, 1, 2]], dtype=np.int8))


def test_nothing_is_asked_twice_and_equal_functions_once():
    space = NB201()
    asked = []

    def ask(genes):
        asked.extend(tuple(row) for row in genes.tolist())
        return Predictions(
            genes=genes,
            accuracy=genes.sum(axis=1).astype(np.float32),
            negative_cross_entropy=genes[:, 0].astype(np.float32),
            images=3,
            split="s",
            seconds=1.0,
        )

    remembering = Remembering(ask, space)
    dead = np.array([[0, 3, 1, 1, 0, 1], [0, 3, 2, 1, 0, 1]], dtype=np.int8)  # edge 1->2 leads from a dead node
    assert len(np.unique(space.canonical(dead), axis=0)) == 1
    first, again = remembering(dead), remembering(dead[::-1])
    assert len(asked) == 1
    assert first.accuracy[0] == first.accuracy[1] == again.accuracy[0]
    assert (first.seconds, again.seconds, again.images) == (1.0, 0.0, 3)
    np.testing.assert_array_equal(again.genes, dead[::-1])


def test_equal_functions_have_log_probabilities_of_their_own():
    def ask(genes):
        zeros = np.zeros(len(genes), dtype=np.float32)
        return Predictions(genes=genes, accuracy=zeros, negative_cross_entropy=zeros, images=3, split="s")

    dead = np.array([[0, 3, 1, 1, 0, 1], [0, 3, 2, 1, 0, 1]], dtype=np.int8)
    found = Remembering(ask, NB201(), lambda genes: -genes.sum(axis=1).astype(float))(dead)
    assert found.by("log-probability").tolist() == [-6, -7]
    assert Remembering(ask, NB201())(dead).scores == ("accuracy", "negative-cross-entropy")
