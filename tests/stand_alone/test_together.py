from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.losses.running_teacher import RunningTeacher
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.spaces.nb201 import NB201
from bench.stand_alone.one_by_one import train_network
from bench.stand_alone.protocols import protocol
from bench.stand_alone.together import TrainingTogether, train_together, trains_together
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.tracked import Tracked
from bench.train.training import Training

SPACE = NB201()
ARCHS = [
    SPACE.spell(arch)
    for arch in ((0, 0, 0, 1, 0, 0), (3, 0, 4, 2, 3, 1), (2, 3, 1, 4, 0, 2), (3, 1, 3, 3, 2, 4), (4, 4, 2, 0, 1, 3))
]
"""Together they hold every operation on nearly every edge, in runs of neighbours and scattered."""


@pytest.fixture
def recipe():
    """Return the protocol of the table at two epochs of three updates."""
    table = protocol("nb201/digits/test/30ep")
    return replace(
        table,
        construct=NB201Net(cells=1, width=2, resolution=8, reduction="pooled"),
        images=replace(table.images, train=100, batch=32),
        epochs=2,
    )


class Doubled:
    """Images in double precision, so that only the order of sums can differ."""

    def __init__(self, images):
        self._images = images

    def __len__(self):
        return len(self._images)

    def batch(self, *arguments, **settings):
        values, labels = self._images.batch(*arguments, **settings)
        return values.double(), labels


def together(recipe, archs, images):
    """Return the state of networks trained at once, in double precision."""
    training = TrainingTogether(recipe, archs, 3, images)
    training.networks.double()
    training.run()
    return training.networks.state_dict()


def alone(recipe, arch, images):
    """Return the state of the same network trained by the plain reference."""
    training = Training(replace(recipe, space=replace(SPACE, fixed=arch)), images, 3)
    training.supernet.double()
    training.images = Doubled(training.images)
    training.run()
    return training.supernet.state_dict()


def row(archs, arch, name):
    """Return which row of the stacked weight `name` belongs to `arch`."""
    if ".operations." not in name:
        return archs.index(arch)
    edge, choice = map(int, name.split(".operations.")[1].split(".")[0].split("/"))
    return [other for other in archs if SPACE.parse(other)[edge] == choice].index(arch)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("arch", ARCHS)
def test_networks_trained_at_once_have_the_weights_of_each_trained_alone(recipe, arch, images):
    stacked = together(recipe, ARCHS, images)
    for name, expected in alone(recipe, arch, images).items():
        torch.testing.assert_close(stacked[name][row(ARCHS, arch, name)], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_two_cells_per_stage_train_alike(recipe, images):
    deep = replace(recipe, construct=replace(recipe.construct, cells=2))
    stacked = together(deep, ARCHS[:3], images)
    for name, expected in alone(deep, ARCHS[1], images).items():
        torch.testing.assert_close(stacked[name][row(ARCHS[:3], ARCHS[1], name)], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_a_network_does_not_depend_on_its_neighbours(recipe, images):
    one, many = together(recipe, ARCHS[2:3], images), together(recipe, ARCHS, images)
    for name, expected in one.items():
        torch.testing.assert_close(many[name][row(ARCHS, ARCHS[2], name)], expected[0], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_accuracies_are_those_of_the_plain_reference(recipe, images):
    found = train_together(recipe, ARCHS, 1, images)
    assert [(network.arch, network.seed) for network in found] == [(arch, 1) for arch in ARCHS]
    expected = [train_network(recipe, arch, 1, images).accuracy for arch in ARCHS]
    np.testing.assert_allclose([network.accuracy for network in found], expected, atol=0.2)  # one image: 0.11
    assert len(set(expected)) > 1


def test_accuracies_are_the_same_of_test_images_taken_in_parts(recipe, images):
    training = TrainingTogether(recipe, ARCHS[:2], 1, images)
    training.train_epoch()
    whole = training.accuracies()
    training.recipe = replace(recipe, prediction_batch=100)
    assert training.accuracies() == whole
    assert len(training.test) % 100, "the last part is shorter"


def test_the_disconnected_cell_trains_too(recipe, images):
    disconnected = SPACE.spell((0,) * 6)
    (network, _) = train_together(recipe, [disconnected, ARCHS[0]], 0, images)
    assert network.accuracy == train_network(recipe, disconnected, 0, images).accuracy


STACKED = "reduction pooled, norm Tracked"
PLAIN = "no averaging, no clip, float32"


@pytest.mark.parametrize(
    ("slots", "allowed"),
    [
        ({"averaging": ExponentialAveraging()}, PLAIN),
        ({"clip": 5.0}, PLAIN),
        ({"precision": "bf16"}, PLAIN),
        ({"loss": RunningTeacher()}, PLAIN),
        ({"schedule": PerArchitecture()}, PLAIN),
        ({"norm": BatchStatistics(affine=True)}, STACKED),
        ({"norm": Tracked()}, STACKED),
        ({"construct": NB201Net(cells=1, width=2, resolution=8, reduction="residual")}, STACKED),
        ({"construct": NB201Net(cells=1, width=2, resolution=8, reduction="pooled", path_dropout=0.1)}, STACKED),
    ],
    ids=lambda slots: next(iter(slots)),
)
def test_a_recipe_that_only_the_plain_training_knows_is_named(recipe, slots, allowed, images):
    told = rf"cannot train many networks at once.* allowed: {allowed}.*--together 1"
    with pytest.raises(RecipeError, match=told):
        TrainingTogether(replace(recipe, **slots), ARCHS, 0, images)
    assert not trains_together(replace(recipe, **slots))


def test_a_table_of_plain_recipes_is_trained_together(recipe):
    assert trains_together(recipe)
