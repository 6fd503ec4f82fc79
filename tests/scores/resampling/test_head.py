import numpy as np

from bench.scores.resampling.head import head

VALUES = np.arange(300.0)
FALLING = np.arange(300)[::-1]


def drawn(*positions):
    """Return one resample that draws the given architectures once each."""
    counts = np.zeros((300, 1), dtype=np.float32)
    counts[list(positions)] = 1
    return counts


def test_a_head_reaches_as_far_down_as_a_resample_needs():
    top = head(FALLING, VALUES, drawn(7, 5, 3), number=2)
    assert top.order[top.start[0] : top.stop[0]].tolist() == [5]
    assert top.inside.sum() == 2


def test_all_that_tie_with_the_last_place_are_in_the_head():
    values = np.minimum(VALUES, 200)  # the best hundred tie
    top = head(FALLING, values, drawn(250, 201, 200, 3), number=1)
    assert (top.start[0], top.stop[0], top.left[0]) == (0, 100, 1)
    assert top.inside.sum() == 3


def test_the_places_left_are_those_not_surely_taken():
    values = np.where(VALUES >= 298, 300, np.minimum(VALUES, 200))  # two at the top, then many that tie
    top = head(FALLING, values, drawn(299, 298, 250, 249, 248), number=4)
    assert (top.start[0], top.left[0]) == (2, 2)
    np.testing.assert_array_equal(np.concatenate(top.sums(top.drawn)), [2, 3])
