import numpy as np

from bench.few_truths.features import choice_features, rank_features, ranks
from bench.spaces import SPACES
from tests.spaces.toy import NotAllZero, Toy

NB201 = SPACES.get("nb201")()


def test_ranks_have_mean_zero_and_variance_one_and_diverged_ones_are_last():
    found = ranks(np.array([3.0, np.nan, 9.0, 4.0]))
    np.testing.assert_allclose([found.mean(), found.var()], [0, 1], atol=1e-12)
    np.testing.assert_array_equal(np.argsort(found), [1, 0, 3, 2])
    assert ranks(np.array([5.0, 5.0])).tolist() == [0, 0]


def test_an_architecture_has_an_indicator_per_choice_and_decision():
    toy = Toy(sizes=(2, 3))
    np.testing.assert_array_equal(
        choice_features(toy, toy.enumerate()),
        [[1, 0, 1, 0, 0], [1, 0, 0, 1, 0], [1, 0, 0, 0, 1], [0, 1, 1, 0, 0], [0, 1, 0, 1, 0], [0, 1, 0, 0, 1]],
    )


def test_choices_that_are_numbers_are_one_feature_in_their_order():
    space = NotAllZero()
    genes = space.enumerate()
    found = choice_features(space, genes)
    assert found.shape == (26, 3)
    for decision in range(3):
        np.testing.assert_array_equal(found[:, decision], ranks(genes[:, decision].astype(float)))


def test_cells_that_compute_the_same_have_the_same_features():
    one, other = NB201.parse("|none~0|+|none~0|skip_connect~1|+|nor_conv_3x3~0|none~1|none~2|"), (0, 0, 0, 3, 0, 0)
    genes = np.array([one, other, (1, 1, 1, 1, 1, 1)], dtype=np.int8)
    found = choice_features(NB201, genes)
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_what_all_architectures_share_is_no_feature():
    genes = np.array([(1, 2, 0), (1, 3, 0)], dtype=np.int8)
    assert choice_features(Toy(sizes=(3, 4, 2)), genes).tolist() == [[1, 0], [0, 1]]
    assert rank_features([np.array([7.0, 7.0]), np.array([2.0, 1.0])], 2).tolist() == [[1], [-1]]
    assert rank_features([], 2).shape == (2, 0)
