"""Architectures that a training follows: which, what is predicted of them, and that the training does not notice."""

import numpy as np
import pytest
import torch

from bench.predict.followed import FOLLOWED, followed, looked_at, predicted_now
from bench.predict.trained import TrainedSupernet
from bench.rng import stream
from bench.spaces.nb201 import NB201
from bench.supernets.norms.recalibrated import Recalibrated

SPACE = NB201()
GENES = SPACE.sample(stream(0, "test"), 200)
FEW = followed(GENES)[:8]


def test_a_few_of_those_that_will_be_predicted_are_followed_the_same_each_time():
    found = followed(GENES)
    assert len(found) == FOLLOWED
    assert {tuple(one) for one in found.tolist()} <= {tuple(one) for one in GENES.tolist()}
    np.testing.assert_array_equal(found, followed(GENES))
    np.testing.assert_array_equal(followed(GENES[:7]), GENES[:7])


@pytest.mark.parametrize("epochs", [1, 2, 9, 10, 11, 19, 250])
def test_the_last_epoch_and_about_ten_before_it_are_looked_at(epochs):
    moments = [epoch for epoch in range(1, epochs + 1) if looked_at(epoch, epochs)]
    assert moments[-1] == epochs
    assert min(epochs, 10) <= len(moments) <= 20


@pytest.mark.parametrize("slots", [{}, {"norm": Recalibrated(images=100)}], ids=["plain", "recalibrated"])
def test_what_is_predicted_after_the_last_epoch_is_what_the_trained_supernet_answers(train, slots):
    training = train(1, **slots)
    scores, seconds = predicted_now(training, FEW)
    answers = TrainedSupernet.of(training).ask(FEW)
    np.testing.assert_allclose(scores["accuracy"], answers.accuracy, atol=1e-4)
    np.testing.assert_allclose(scores["negative_cross_entropy"], answers.negative_cross_entropy, atol=1e-4)
    assert np.ptp(scores["negative_cross_entropy"]) > 0
    assert seconds > 0


@pytest.mark.parametrize("slots", [{}, {"norm": Recalibrated(images=100)}], ids=["plain", "recalibrated"])
def test_a_training_that_is_followed_ends_with_the_same_weights(train, slots):
    plain, watched = train(2, **slots), train(0, of=2, **slots)
    while not watched.finished:
        watched.train_epoch()
        predicted_now(watched, FEW)
    assert plain.epoch == watched.epoch == 2
    for name, value in plain.supernet.state_dict().items():
        assert torch.equal(value, watched.supernet.state_dict()[name]), name
