"""Training and predicting never wait for the device, except once per epoch and once per block of architectures.

There may be no GPU here. PyTorch's device "meta" computes nothing: a value asked of it, a tensor left on the host, or a
choice that depends on a value raises an error. On the CPU, the values asked for are counted.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.losses.running_teacher import RunningTeacher
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.predict.many import SubNetworks, predict
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.rng import stream
from bench.sample.images.images import Images
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.train.training import Training

ASKING = ("item", "tolist", "cpu", "numpy", "__float__", "__int__", "__bool__", "__index__")
"""Methods of a tensor for which the host waits."""
QUICK = "dropout and clipping"

TWO = Images(dataset="digits", train=64, held_out=64, batch=32, flip=True)
"""Two updates in an epoch."""

RECIPES = {
    "plain": Recipe(),
    "own batches": Recipe(paths=StrictFair(same_batch=False)),
    "moved images": Recipe(images=Images(flip=True, shift=0.25)),
    "tracked": Recipe(norm=Tracked(affine=True, per_inputs=True)),
    "dropout and clipping": Recipe(construct=NB201Net(path_dropout=0.2, global_dropout=0.1), clip=1.0, paths=Uniform()),
    "running teacher": Recipe(loss=RunningTeacher(), paths=Sandwich(between=1, same_batch=False)),
    "averaging": Recipe(averaging=ExponentialAveraging(), schedule=PerArchitecture()),
    "decay": Recipe(optimizer=SGD(unsampled_params="decay")),
    "few-shot": Recipe(construct=NB201Net(split=0, split_after=0.5)),
    "channels": Recipe(space=Track1()),
}


@pytest.fixture
def asked(monkeypatch):
    """Return a list with an entry per value that the host asked of a tensor."""
    found, depth = [], [0]

    def counting(name, own):
        def ask(*args, **kwargs):
            found.extend([name] if not depth[0] else [])  # one that calls another counts once
            depth[0] += 1
            try:
                return own(*args, **kwargs)
            finally:
                depth[0] -= 1

        return ask

    for name in ASKING:
        monkeypatch.setattr(torch.Tensor, name, counting(name, getattr(torch.Tensor, name)))
    return found


def started(recipe, images, device="cpu"):
    return Training(find_preset("smoke").fill(recipe), images, 0, device)


@pytest.mark.parametrize(
    "name", [name if name == QUICK else pytest.param(name, marks=pytest.mark.slow) for name in RECIPES]
)
def test_no_update_asks_the_device_for_a_value_or_leaves_a_tensor_on_the_host(images, name):
    training = started(RECIPES[name], images, "meta")
    training.supernet.train()
    for _, update in zip(range(2), training.updates_of_epoch(), strict=False):
        losses = training.make_update(*update)
    assert losses.is_meta
    assert training.updates == min(2, training.updates_per_epoch)


def test_a_value_asked_of_the_device_is_seen(images):
    training = started(Recipe(paths=Uniform(), images=TWO), images, "meta")
    with pytest.raises(RuntimeError, match="meta"):
        training.train_epoch()  # its end asks for the mean loss


def test_the_values_asked_in_an_epoch_do_not_grow_with_its_updates(images, asked):
    counts = []
    for batch in (32, 16):
        training = started(replace(RECIPES[QUICK], images=replace(TWO, batch=batch)), images)
        asked.clear()
        training.train_epoch()
        counts.append((training.updates, len(asked)))
    (few, first), (more, second) = counts
    assert (few, more) == (2, 4)
    assert first == second == 2  # the mean loss, and the probes' accuracies


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("norm", [Recipe().norm, Recalibrated(images=32)], ids=["batch statistics", "recalibrated"])
def test_the_values_asked_in_a_prediction_do_not_grow_with_its_architectures(images, asked, norm):
    training = started(Recipe(norm=norm, images=TWO), images)
    supernet, calibration = training.supernet.eval(), training.calibration_batches()
    for archs in (2, 8):
        asked.clear()
        genes = NB201().sample(stream(0, "test"), archs)
        predict(supernet, genes, training.held_out, batch=32, calibration=calibration)
        assert len(asked) == 2 * 2  # two batches of images; a copy to the host, and its numbers


@pytest.mark.parametrize("name", ["plain", pytest.param("channels", marks=pytest.mark.slow)])
@pytest.mark.parametrize("together", [False, True])
def test_sub_networks_are_predicted_on_the_device_alone(images, name, together):
    training = started(RECIPES[name], images, "meta")
    values, _ = training.held_out.batch(np.arange(64), None, flip=False)
    supernet = training.supernet.eval()
    with torch.inference_mode():
        assert all(logits.is_meta for logits in SubNetworks(supernet, values, [], together).logits(training.probes))
