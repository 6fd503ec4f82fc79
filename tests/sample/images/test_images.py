from dataclasses import replace

import numpy as np
import pytest

from bench.errors import RecipeError
from bench.sample.images.images import Images, split


def test_training_and_held_out_images_never_overlap(images):
    train, held_out = split(images, 700, 200)
    assert len(set(train)) == 700
    assert len(set(held_out)) == 200
    assert set(train) | set(held_out) == set(range(900))


def test_the_held_out_images_do_not_depend_on_how_many_are_trained_on(images):
    np.testing.assert_array_equal(split(images, 100, 50)[1], split(images, 800, 50)[1])


def test_nothing_may_be_held_out(images):
    assert len(split(images, 900, 0)[1]) == 0


def test_the_split_is_the_same_for_every_seed_and_made_from_the_training_images_alone(train, images):
    first, second = train(0, seed=0), train(0, seed=1)
    for part in ("images", "held_out"):
        a, b = getattr(first, part), getattr(second, part)
        np.testing.assert_array_equal(a.labels, b.labels)
    _, held_out = split(images, 256, 128)
    np.testing.assert_array_equal(first.held_out.labels, images.y_train[held_out])


def test_more_images_than_there_are_is_refused(images):
    with pytest.raises(
        RecipeError,
        match=r"images\.train 800 \+ images\.held_out 101 exceed the 900 training images of 'digits'; lower",
    ):
        split(images, 800, 101)


@pytest.mark.parametrize(("field", "value", "least"), [("train", 1, 2), ("held_out", -1, 0), ("batch", 1, 2)])
def test_a_count_below_its_range_is_refused(field, value, least):
    with pytest.raises(
        RecipeError, match=rf"images\.{field} is {value}; allowed: a whole number, {least} or more, images, or OPEN"
    ):
        replace(Images(), **{field: value})


@pytest.mark.parametrize("shift", [-0.1, 0.5])
def test_a_shift_outside_its_range_is_refused(shift):
    with pytest.raises(RecipeError, match=rf"images\.shift is {shift}; allowed: 0 to below 0\.5, of the side"):
        Images(shift=shift)
