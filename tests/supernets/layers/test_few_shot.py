"""Few-shot supernets: one copy per choice of a decision, after a common start."""

import numpy as np
import pytest
import torch

from bench.errors import BenchError, RecipeError
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.rng import stream
from bench.sample.images.images import Images
from bench.spaces.macro import Macro
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.supernets import build_supernet
from bench.supernets.layers.few_shot import FewShot, Split
from bench.supernets.layers.splits import groups_of
from bench.supernets.macro import MacroNet
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.types import Mixture

FEW = Images(dataset="digits", train=128, held_out=16, batch=16)  # 8 updates per epoch


def few(**settings):
    return NB201Net(cells=1, width=3, resolution=8, reduction="pooled", **settings)


def supernet(construct):
    return build_supernet(construct, NB201(), BatchStatistics(), channels=1, classes=10, seed=0)


def batch(count=16):
    return torch.from_numpy(stream(0, "batch").normal(size=(count, 1, 8, 8)).astype(np.float32))


def test_a_split_supernet_has_a_copy_per_choice_and_all_start_equal():
    split = supernet(few(split=2))
    assert isinstance(split, FewShot)
    first, *others = [copy.state_dict() for copy in split.copies]
    assert len(others) == 4
    assert all(torch.equal(first[name], other[name]) for other in others for name in first)


def copies(training, name="classifier.weight"):
    return [training.weights[f"copies.{index}.{name}"] for index in range(5)]


@pytest.mark.slow
def test_copies_draw_dropout_from_the_stream_of_the_training(train):
    dropping = {"images": FEW, "construct": few(split=0, split_after=0.0, global_dropout=0.5)}
    first, again = train(1, **dropping), train(1, **dropping)
    assert all(torch.equal(weights, again.weights[name]) for name, weights in first.weights.items())
    assert first.streams["dropout"].bit_generator.state != stream(0, "dropout").bit_generator.state


@pytest.mark.slow
def test_before_the_split_every_architecture_trains_the_first_copy(train):
    whole = train(1, of=2, images=FEW, construct=few())
    split = train(1, of=2, images=FEW, construct=few(split=0, split_after=0.5))
    for name, weights in whole.weights.items():
        assert torch.equal(split.weights[f"copies.0.{name}"], weights)
    first, *others = copies(split)
    assert not any(torch.equal(first, other) for other in others)


@pytest.mark.slow
@pytest.mark.parametrize("averaging", [ExponentialAveraging(decay=0.9), CheckpointEnsemble(count=4, fraction=1.0)])
def test_at_the_split_all_copies_and_what_is_averaged_start_from_the_first(train, averaging):
    training = train(1, of=2, images=FEW, construct=few(split=0, split_after=0.5), averaging=averaging)
    training.recipe.construct.update(training.states["construct"], 8 / 16, list(training.kept.sets.values()))
    for weights in (training.weights, *training.kept.sets.values()):
        first, *others = [weights[f"copies.{index}.classifier.weight"] for index in range(5)]
        assert all(torch.equal(first, other) for other in others)
    assert len(training.kept.sets) == (1 if averaging.members == 1 else 2)


def asked(shared, arch):
    """Return the index of the copy that answers for an architecture: each adds its own number to the bias."""
    for index, copy in enumerate(shared.copies):
        copy.classifier.weight.data.zero_()
        copy.classifier.bias.data.fill_(index)
    return shared.eval()(batch(), arch).unique().item()


def test_from_the_split_on_an_architecture_uses_the_copy_of_its_choice():
    shared = supernet(few(split=0))
    state, other = Split(shared, 0.5), (3, 1, 1, 1, 1, 1)
    state.reach(7 / 16, ())
    assert asked(shared, other) == 0
    state.reach(8 / 16, ())
    assert asked(shared, other) == 3


@pytest.mark.slow
def test_after_the_split_every_copy_goes_its_own_way(train):
    weights = copies(train(2, images=FEW, construct=few(split=0, split_after=0.5)))
    assert all(not torch.equal(one, other) for index, one in enumerate(weights) for other in weights[:index])


def test_an_architecture_is_answered_by_the_copy_of_its_choice():
    shared = supernet(few(split=3)).eval()
    for index, copy in enumerate(shared.copies):
        copy.classifier.weight.data.zero_()
        copy.classifier.bias.data.fill_(index)
    for ask in (lambda arch: shared(batch(), arch), shared.on_images(batch())):
        for choice in range(5):
            assert ask((0, 1, 0, choice, 0, 1)).unique().item() == choice
    dead = (3, 0, 0, 1, 0, 0)
    edge_0 = supernet(few(split=0)).eval()
    assert asked(edge_0, dead) == asked(edge_0, (0, 0, 0, 1, 0, 0)), "equal functions, equal copies"


@pytest.mark.slow
def test_a_killed_few_shot_run_continues_bit_for_bit(train):
    recipe = {"images": FEW, "construct": few(split=1, split_after=0.4), "averaging": ExponentialAveraging(decay=0.9)}
    whole, first, second = train(3, **recipe), train(2, of=3, **recipe), train(0, of=3, **recipe)
    second.restore(first.checkpoint())
    second.run()
    for name, weights in whole.weights.items():
        assert torch.equal(second.weights[name], weights)
        assert torch.equal(second.kept.sets[0][name], whole.kept.sets[0][name])


def test_a_split_of_a_decision_that_the_space_lacks_is_refused():
    with pytest.raises(RecipeError, match=r"nb201-net\.split is 6; allowed: 0 to 5, the decisions"):
        supernet(few(split=6))


def groups(space=None, **settings):
    return groups_of(few(**settings), space or NB201())


def test_a_choice_against_the_rest_makes_two_groups_of_equal_functions():
    found = groups(split=5, split_choice="avg_pool_3x3")
    archs = np.array([[1, 1, 1, 1, 1, 4], [1, 1, 1, 1, 1, 3], [0, 0, 1, 1, 1, 4], [4, 4, 4, 4, 4, 1]], dtype=np.int8)
    assert found.count == 2
    assert found.of(archs).tolist() == [1, 0, 0, 0], "the pool of the third cell is dead"


def test_groups_by_nonlinear_operations_are_by_their_number():
    found = groups(split_by="nonlinear")
    archs = np.array([[1, 4, 1, 1, 1, 4], [3, 1, 1, 1, 1, 2], [3, 2, 2, 3, 3, 2], [0, 0, 3, 1, 3, 0]], dtype=np.int8)
    assert found.count == 7
    assert found.of(archs).tolist() == [0, 2, 6, 0], "dead convolutions do not count"
    chain = groups_of(MacroNet(width=2, resolution=8, split_by="nonlinear"), Macro())
    assert chain.count == 9
    assert chain.of(np.array([[0, 1, 2, 0, 0, 1, 0, 0]], dtype=np.int8)).tolist() == [3]


@pytest.mark.parametrize("settings", [{"split": 0}, {"split": 3, "split_choice": "none"}, {"split_by": "nonlinear"}])
@pytest.mark.parametrize("space", [NB201(), NB201(mask=("none", "nor_conv_3x3"))])
def test_every_group_has_architectures_and_equal_functions_share_one(settings, space):
    if "none" in space.mask and "split_choice" in settings:
        settings = settings | {"split_choice": "avg_pool_3x3"}
    found, archs = groups(space, **settings), space.sample(stream(0, "archs"), 2_000)
    assert set(found.of(archs).tolist()) == set(range(found.count))
    assert (found.of(archs) == found.of(space.canonical(archs))).all()


def test_architectures_with_a_choice_are_answered_by_the_second_copy():
    shared = supernet(few(split=5, split_choice="avg_pool_3x3"))
    assert [asked(shared, (1, 1, 1, 1, 1, last)) for last in (4, 3, 1)] == [1, 0, 0]
    counted = supernet(few(split_by="nonlinear"))
    assert [asked(counted, arch) for arch in ((1, 1, 1, 1, 1, 1), (3, 3, 1, 3, 1, 1))] == [0, 3]


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"split": 5, "split_choice": "avg_pool_3x3"}, {"split_by": "nonlinear"}])
def test_a_killed_split_into_groups_continues_bit_for_bit(train, settings):
    recipe = {"images": FEW, "construct": few(split_after=0.4, **settings)}
    whole, first, second = train(3, **recipe), train(2, of=3, **recipe), train(0, of=3, **recipe)
    second.restore(first.checkpoint())
    second.run()
    assert all(torch.equal(second.weights[name], weights) for name, weights in whole.weights.items())


@pytest.mark.parametrize(
    ("settings", "space", "words"),
    [
        ({"split": 5, "split_choice": "pool"}, NB201(), r"unknown choice 'pool'.*split_choice is one of the split"),
        ({"split": 5, "split_choice": "none"}, NB201(mask=("none",)), r"unknown choice 'none'"),
        ({"split": 1, "split_by": "nonlinear"}, NB201(), r"split_by is nonlinear, which names no decision; leave out"),
        ({"split_by": "nonlinear"}, NB201(mask=("nor_conv_1x1", "nor_conv_3x3")), r"but all of space 'nb201' have 0"),
        ({"split_by": "nonlinear"}, Track1(), r"space 'track1' counts no nonlinear operations; allowed: decision"),
    ],
)
def test_groups_that_cannot_be_made_are_refused(settings, space, words):
    with pytest.raises(BenchError, match=words):
        groups(space, **settings)


def test_a_choice_without_its_decision_is_refused():
    with pytest.raises(RecipeError, match=r"split_choice is 'none', but split is None; name its decision"):
        few(split_choice="none")


def test_a_few_shot_supernet_mixes_no_choices():
    with pytest.raises(RecipeError, match="a few-shot supernet cannot mix choices"):
        supernet(few(split=0))(batch(), Mixture(torch.ones(6, 5)))
