"""Mean supernet accuracy against guessing."""

import numpy as np
import pytest

from bench.scores.chance import SupernetAccuracy


def accuracy(*by_seed, images=500, classes=10):
    return SupernetAccuracy(by_seed=by_seed, images=images, classes=classes)


@pytest.mark.parametrize(("images", "classes"), [(128, 10), (500, 100), (40, 3)])
def test_guessing_exceeds_the_limit_in_at_most_one_of_forty_draws_of_images(images, classes):
    drawn = 100 * np.random.default_rng(0).binomial(images, 1 / classes, size=100_000) / images
    limit = accuracy(0.0, images=images, classes=classes).most_by_chance
    assert np.mean(drawn > limit + 1e-9) <= 0.026
    assert np.mean(drawn > limit - 100 / images - 1e-9) > 0.024, "one image fewer is exceeded more often"


def test_a_supernet_is_at_chance_up_to_the_limit_and_not_above_it():
    limit = accuracy(0.0).most_by_chance
    assert accuracy(limit, 5.0, limit + 0.2).guessing == 2
    assert accuracy(limit + 0.2).verdict("mine") == ""
    assert accuracy(limit, 5.0, limit + 0.2).verdict("mine").startswith("'mine' is at chance on 2 of 3 seeds: ")
    assert accuracy(limit).verdict("mine").startswith("'mine' is at chance: ")


def test_without_the_number_of_classes_only_the_mean_is_shown():
    found = accuracy(30.0, 40.0, classes=None)
    assert (found.spelled(), found.chance, found.guessing, found.verdict("mine")) == ("35.0", None, 0, "")


def test_the_mean_stands_with_chance_and_their_difference():
    assert accuracy(1.5, classes=100).spelled() == "1.5 - 1 = 0.5"
    assert accuracy(20.0, classes=3).spelled() == "20.0 - 33.3 = -13.3"
