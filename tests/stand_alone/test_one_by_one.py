"""A stand-alone network is the module of its space's supernet, trained with one path only."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.rng import stream
from bench.spaces import Space
from bench.spaces.nb201 import NB201
from bench.stand_alone.one_by_one import OnePath, all_test_images, alone, train_alone, train_network
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.train.training import Training

SPACE = NB201()
ARCH, OTHER = (0, 0, 0, 3, 0, 2), (3, 1, 0, 2, 0, 3)


@pytest.fixture
def recipe():
    """Return a recipe of four updates."""
    return find_preset("smoke").fill(Recipe(norm=Tracked(affine=True), epochs=1))


@pytest.fixture
def whole(monkeypatch):
    """Let the networks be those of any space: modules of the whole supernet."""
    monkeypatch.setattr(NB201, "only", Space.only)


def test_one_path_is_drawn_again_and_again_and_nothing_at_random():
    rng = stream(0, "paths")
    before = rng.bit_generator.state
    assert OnePath(arch=ARCH).draw(SPACE, rng).tolist() == [list(ARCH)]
    assert rng.bit_generator.state == before


@pytest.mark.slow
@pytest.mark.usefixtures("whole")
def test_weights_that_the_architecture_does_not_use_influence_nothing(recipe, images):
    plain, poisoned = (Training(alone(recipe, ARCH), images, 0) for _ in range(2))
    poisoned.supernet(torch.zeros(2, 1, 8, 8), ARCH).sum().backward()
    unused = {name for name, weight in poisoned.supernet.named_parameters() if weight.grad is None}
    used = plain.weights.keys() - unused
    assert len(used) > 10 < len(unused)
    with torch.no_grad():
        for name, weight in poisoned.weights.items():
            weight.copy_(torch.full_like(weight, torch.nan) if name in unused else plain.weights[name])
    poisoned.optimizer.zero_grad()
    start = {name: weight.clone() for name, weight in plain.weights.items()}
    for training in (plain, poisoned):
        training.run()
    assert all(torch.equal(plain.weights[name], poisoned.weights[name]) for name in used)
    assert not all(torch.equal(plain.weights[name], start[name]) for name in used)


@pytest.mark.usefixtures("whole")
def test_networks_of_a_seed_start_as_the_supernet_does_and_see_the_same_images(recipe, images):
    supernet, one, other = (Training(each, images, 3) for each in (recipe, alone(recipe, ARCH), alone(recipe, OTHER)))
    for name, weight in supernet.weights.items():
        assert torch.equal(weight, one.weights[name])
        assert torch.equal(weight, other.weights[name])
    batches = [[batch.images.tolist() for _, [batch] in training.updates_of_epoch()] for training in (one, other)]
    assert batches[0] == batches[1]


def test_a_space_that_can_leave_out_the_rest_does(recipe, images):
    sizes = [
        sum(w.numel() for w in Training(each, images, 0).weights.values()) for each in (recipe, alone(recipe, ARCH))
    ]
    assert SPACE.only(ARCH).size == 1
    assert sizes[1] < sizes[0] / 2


@pytest.mark.slow
@pytest.mark.usefixtures("whole")
def test_the_accuracy_is_that_of_all_test_images_whatever_the_batch(recipe, images):
    own = replace(recipe, prediction_batch=400)
    network = train_network(own, SPACE.spell(ARCH), 1, images)
    supernet = train_alone(own, ARCH, 1, images).supernet.eval()
    values, labels = all_test_images(images, 8, "cpu").batch(np.arange(897), None, flip=False)
    with torch.inference_mode():
        right = int((supernet(values, ARCH).argmax(dim=1) == labels).sum())
    assert network.accuracy == pytest.approx(100 * right / 897, abs=1e-3)


@pytest.mark.slow
def test_recalibrated_statistics_are_estimated_before_the_network_is_tested(recipe, images):
    by_batch, by_own = (
        train_network(replace(recipe, norm=norm, prediction_batch=batch), SPACE.spell(ARCH), 1, images).accuracy
        for norm, batch in ((Recalibrated(images=64), 897), (Recalibrated(images=64), 300))
    )
    assert by_batch == by_own, "the statistics of the tested images would depend on their batch"


@pytest.mark.slow
def test_a_network_that_diverges_classifies_nothing(recipe, images):
    wild = replace(recipe, optimizer=replace(recipe.optimizer, rate=1e30), norm=Tracked())
    assert train_network(wild, SPACE.spell(ARCH), 0, images).accuracy == 0.0
