from dataclasses import replace

import numpy as np
import pytest

from bench.errors import RecipeError
from bench.predict.trained import TrainedSupernet
from bench.sample.images.images import Images, split
from bench.train.checkpoint import write_checkpoint


def sizes(train, held_out, **others):
    return Images(dataset="digits", train=train, held_out=held_out, batch=2, shift=0.0, flip=False, **others)


def test_training_and_held_out_images_never_overlap(images):
    train, held_out = split(images, sizes(700, 200), 0)
    assert len(set(train)) == 700
    assert len(set(held_out)) == 200
    assert set(train) | set(held_out) == set(range(900))


def test_the_held_out_images_do_not_depend_on_how_many_are_trained_on(images):
    np.testing.assert_array_equal(split(images, sizes(100, 50), 0)[1], split(images, sizes(800, 50), 0)[1])


def test_nothing_may_be_held_out(images):
    assert len(split(images, sizes(900, 0), 0)[1]) == 0


def test_the_split_is_the_same_for_every_seed_and_made_from_the_training_images_alone(train, images):
    first, second = train(0, seed=0), train(0, seed=1)
    for part in ("images", "held_out"):
        a, b = getattr(first, part), getattr(second, part)
        np.testing.assert_array_equal(a.labels, b.labels)
    _, held_out = split(images, sizes(256, 128), 0)
    np.testing.assert_array_equal(first.held_out.labels, images.y_train[held_out])


def test_each_seed_may_draw_its_own_held_out_images_from_those_that_none_trains_on(images):
    one, other, again = (split(images, sizes(500, 100, held_out_by_seed=True), seed) for seed in (0, 1, 0))
    for a, b in zip(one, again, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one[0], other[0])
    assert 5 < len(set(one[1]) & set(other[1])) < 60  # of 400, a hundred for each: 25 in both
    for trained, held_out in (one, other):
        assert len(set(held_out)) == 100
        assert not set(trained) & set(held_out)
    with pytest.raises(RecipeError, match=r"images\.train 500 \+ images\.held_out 400 are all 900 training images"):
        split(images, sizes(500, 400, held_out_by_seed=True), 0)


def test_a_loaded_supernet_predicts_on_the_held_out_images_of_its_seed(train, tmp_path, images):
    own = Images(held_out_by_seed=True)
    trained = {seed: train(1, seed=seed, images=own) for seed in (3, 4)}
    labels = {seed: one.held_out.labels.tolist() for seed, one in trained.items()}
    assert labels[3] != labels[4]
    path = tmp_path / "checkpoint.pt"
    write_checkpoint(trained[4].checkpoint(), path)
    loaded = TrainedSupernet.load(path, trained[4].recipe, images, 4)
    assert loaded.held_out.labels.tolist() == labels[4]


def test_more_images_than_there_are_is_refused(images):
    with pytest.raises(
        RecipeError,
        match=r"images\.train 800 \+ images\.held_out 101 exceed the 900 training images of 'digits'; lower",
    ):
        split(images, sizes(800, 101), 0)


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
