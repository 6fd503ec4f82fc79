from dataclasses import replace

import numpy as np
import pytest

from bench.errors import DataError
from bench.sample.images.image_set import checked_images, digits


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (6, 8, 8, 3), dtype=np.uint8),
        "y_train": np.array([0, 1, 2, 0, 1, 2]),
        "x_test": rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8),
        "y_test": np.array([0, 1, 3]),
    }


def check(arrays):
    return checked_images(arrays, name="mine", source="mine.npz", where="folder/mine.npz")


def test_the_digits_are_all_of_scikit_learn_in_a_fixed_split():
    from sklearn.datasets import load_digits

    images, bunch = digits(), load_digits()
    assert (len(images.x_train), len(images.x_test), images.classes) == (900, 897, 10)
    pixels = np.concatenate([images.x_train, images.x_test]).reshape(1797, 64)
    np.testing.assert_array_equal(np.sort(pixels, axis=0), np.sort(bunch.data * 15, axis=0))
    assert images.sha256 == digits().sha256


def test_the_digits_do_not_change_between_versions():
    # born with the first version: every stored record on digits names these images
    assert digits().sha256.startswith("075a9730722b7d01")


def test_the_digest_follows_pixels_and_labels(arrays):
    images = check(arrays)
    assert check(arrays).sha256 == images.sha256
    for key in arrays:
        changed = getattr(images, key).copy()
        changed.flat[0] += 1
        assert replace(images, **{key: changed}).sha256 != images.sha256


def test_classes_are_counted_over_both_splits(arrays):
    assert check(arrays).classes == 4


def test_the_normalization_is_mean_and_deviation_per_channel(arrays):
    values = arrays["x_train"].astype(float) / 255
    mean, deviation = check(arrays).normalization
    np.testing.assert_allclose(mean, values.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(deviation, values.std(axis=(0, 1, 2), ddof=1), rtol=1e-12)


def test_a_constant_channel_has_deviation_one(arrays):
    arrays["x_train"][..., 1] = 255
    mean, deviation = check(arrays).normalization
    assert (mean[1], deviation[1]) == (1, 1)


def test_labels_of_one_column_are_flattened(arrays):
    arrays["y_train"] = arrays["y_train"][:, None]
    assert check(arrays).y_train.tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("key", "change", "reason"),
    [
        ("x_train", lambda x: x / 255, r"x_train is float64 \(6, 8, 8, 3\); expected uint8 \[image, side, side, ch"),
        ("x_test", lambda x: x[..., 0], r"x_test is uint8 \(3, 8, 8\); expected uint8"),
        ("x_test", lambda x: x[:, :4], r"x_test is uint8 \(3, 4, 8, 3\); expected uint8"),
        ("x_test", lambda x: x[:2], "x_test has 2 images and y_test 3 labels; expected equal numbers above zero"),
        ("y_train", lambda y: np.eye(3)[y], "x_train has 6 images and y_train 18 labels"),
        ("y_train", lambda y: y - 1, "y_train is int64, from -1 to 1; expected whole numbers 0..255"),
        ("y_train", lambda y: y + 254, "y_train is int64, from 254 to 256; expected whole numbers 0..255"),
        ("y_train", lambda y: y.astype("S1"), r"y_train is \|S1; expected whole numbers 0..255"),
        ("y_train", lambda y: y > 0, "y_train is bool; expected whole numbers 0..255"),
        ("y_test", lambda y: y + 0.5, r"y_test is float64, from 0\.5 to 3\.5; expected whole numbers 0..255"),
    ],
)
def test_an_array_that_does_not_fit_is_named(arrays, key, change, reason):
    with pytest.raises(DataError, match=f"folder/mine.npz: {reason}"):
        check(arrays | {key: change(arrays[key])})


def test_a_split_without_images_is_refused(arrays):
    empty = {"x_test": arrays["x_test"][:0], "y_test": arrays["y_test"][:0]}
    with pytest.raises(DataError, match="x_test has 0 images and y_test 0 labels"):
        check(arrays | empty)
