"""Few-shot supernets: one copy per choice of a decision, after a common start."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.rng import stream
from bench.sample.images.images import Images
from bench.spaces.nb201 import NB201
from bench.supernets import build_supernet
from bench.supernets.layers.few_shot import FewShot, Split
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


@pytest.mark.quick_cases(0)
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


def test_a_few_shot_supernet_mixes_no_choices():
    with pytest.raises(RecipeError, match="a few-shot supernet cannot mix choices"):
        supernet(few(split=0))(batch(), Mixture(torch.ones(6, 5)))
