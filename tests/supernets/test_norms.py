import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.rng import stream
from bench.spaces.nb201 import NB201
from bench.supernets import build_supernet
from bench.supernets.layers.norm_layer import NormLayer, recalibrated
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked

ARCH, OTHER = (3, 1, 2, 3, 4, 2), (2, 3, 0, 1, 3, 3)


def values(seed, count=8, channels=1, scale=1.0):
    drawn = stream(seed, "values").normal(seed, scale, size=(count, channels, 8, 8))
    return torch.from_numpy(drawn.astype(np.float32))


def supernet(norm):
    construct = NB201Net(cells=1, width=2, resolution=8, reduction="residual")
    return build_supernet(construct, NB201(), norm, channels=1, classes=10, seed=0).eval()


def by_hand(images, mean, variance):
    """Return `images` normalized per channel by a given mean and variance."""
    return (images - mean[:, None, None]) / torch.sqrt(variance[:, None, None] + 1e-5)


def test_batch_statistics_are_those_of_the_batch_in_prediction_too():
    layer = NormLayer(1, BatchStatistics())
    assert torch.equal(layer.eval()(values(1)), layer.train()(values(1)))
    assert list(layer.state_dict()) == []


def test_tracked_statistics_are_a_running_average_and_used_in_prediction():
    layer = NormLayer(1, Tracked(new_batch=0.25))
    mean, variance = torch.zeros(1), torch.ones(1)
    for seed in range(3):
        layer.train()(values(seed))
        mean = 0.75 * mean + 0.25 * values(seed).mean(dim=(0, 2, 3))
        variance = 0.75 * variance + 0.25 * values(seed).var(dim=(0, 2, 3))
    torch.testing.assert_close(layer.eval()(values(9)), by_hand(values(9), mean, variance))


def test_prediction_moves_no_tracked_statistics():
    layer = NormLayer(1, Tracked()).eval()
    layer(values(5))
    assert (layer.running_mean.item(), layer.running_var.item()) == (0, 1)


def test_recalibrated_statistics_are_the_mean_over_the_batches():
    shared = supernet(Recalibrated())
    batches = [values(seed, scale=1 + seed) for seed in range(3)]
    layer = shared.stem.norm
    inputs = [shared.stem.conv(batch) for batch in batches]
    mean = torch.stack([each.mean(dim=(0, 2, 3)) for each in inputs]).mean(dim=0)
    variance = torch.stack([each.var(dim=(0, 2, 3)) for each in inputs]).mean(dim=0)
    with recalibrated(shared, ARCH, batches):
        torch.testing.assert_close(layer(inputs[0]), by_hand(inputs[0], mean, variance))


def test_a_recalibrated_sub_network_sees_every_image_alone():
    shared = supernet(Recalibrated())
    with recalibrated(shared, ARCH, [values(0), values(1)]):
        together = shared(values(2), ARCH)
        alone = torch.cat([shared(image[None], ARCH) for image in values(2)])
    torch.testing.assert_close(together, alone)


def test_nothing_leaks_from_one_architecture_to_the_next():
    shared, fresh = supernet(Recalibrated()), supernet(Recalibrated())
    with recalibrated(shared, OTHER, [values(5, scale=9)]):
        shared(values(2), OTHER)
    with recalibrated(shared, ARCH, [values(0)]), recalibrated(fresh, ARCH, [values(0)]):
        assert torch.equal(shared(values(2), ARCH), fresh(values(2), ARCH))


class Stop(Exception):
    pass


def broken_batches():
    yield values(0)
    raise Stop


@pytest.mark.parametrize("batches", [[values(0)], broken_batches()], ids=["inside", "while calibrating"])
def test_the_layers_are_let_go_when_something_fails(batches):
    shared = supernet(Recalibrated())
    before = shared(values(2), ARCH)
    with pytest.raises(Stop), recalibrated(shared, ARCH, batches):
        raise Stop
    assert all(m.fixed is None and m.collect is None for m in shared.modules() if isinstance(m, NormLayer))
    assert torch.equal(shared(values(2), ARCH), before)


def test_only_recalibrated_asks_for_images():
    assert Recalibrated(images=64).recalibration_images == 64
    assert BatchStatistics().recalibration_images == Tracked().recalibration_images == 0


def test_too_few_images_to_recalibrate_are_refused():
    with pytest.raises(RecipeError, match=r"recalibrated\.images is 1; allowed: a whole number, 2 or more"):
        Recalibrated(images=1)


@pytest.mark.parametrize("weight", [0, 1.5])
def test_a_weight_of_the_newest_batch_outside_its_range_is_refused(weight):
    with pytest.raises(RecipeError, match=rf"tracked\.new_batch is {weight}; allowed: above 0 to 1"):
        Tracked(new_batch=weight)
