import numpy as np
import pytest
import torch

from bench.optimize.losses.running_teacher import RunningTeacher
from bench.predict.trained import TrainedSupernet
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.rng import stream
from bench.sample.images.images import Images
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.supernets.layers.precision import computing, in_float32
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.train.training import Training

FEW = Images(dataset="digits", train=64, held_out=64, batch=32)
SLOTS = {
    "batch statistics": {"construct": NB201Net(width=8)},
    "dropout": {"construct": NB201Net(width=8, path_dropout=0.2, global_dropout=0.1)},
    "tracked": {"norm": Tracked(affine=True), "construct": NB201Net(width=8)},
    "recalibrated": {"norm": Recalibrated(images=32), "construct": NB201Net(width=8)},
    "teacher": {"loss": RunningTeacher(), "paths": Sandwich(between=1, smallest=False, same_batch=False)},
    "channels": {"space": Track1()},
}


@pytest.fixture(scope="module")
def both(images):
    """Return the trainings in float32 and in bf16, before an update, and the same update for each."""

    def start(**slots):
        found = []
        for precision in ("float32", "bf16"):
            recipe = find_preset("smoke").fill(
                Recipe(**({"images": FEW, "paths": Uniform(count=2)} | slots), precision=precision)
            )
            training = Training(recipe, images, 0)
            training.supernet.train()
            found.append((training, next(training.updates_of_epoch())))
        return found

    return start


def gradients(training, update):
    """Return the gradients of an update by weight, before its step."""
    _, batches = update
    choices = [choice for batch in batches for choice in batch.choices]
    torch.stack([loss for batch in batches for loss in training.losses(batch, choices)]).sum().backward()
    return {name: weight.grad for name, weight in training.supernet.named_parameters() if weight.grad is not None}


QUICK = ("batch statistics", "teacher")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SLOTS]
)
def test_bf16_gives_float32_gradients_of_the_same_weights_that_differ_by_rounding(both, name):
    exact, rounded = (gradients(*each) for each in both(**SLOTS[name]))
    assert exact.keys() == rounded.keys()
    assert {gradient.dtype for gradient in rounded.values()} == {torch.float32}
    one, other = (torch.cat([each.flatten() for each in found.values()]) for found in (exact, rounded))
    assert not torch.equal(one, other)
    assert float(torch.cosine_similarity(one, other, dim=0)) > 0.85  # weights moved by 1/512 differ about as much


def test_a_teacher_without_a_gradient_leaves_its_weights_gradients_to_others(both):
    _, (training, update) = both(**SLOTS["teacher"])
    choices = [choice for batch in update[1] for choice in batch.choices]
    own = next(batch for batch in update[1] if batch.choices[0] != training.largest)
    training.losses(own, choices)[0].backward()  # the teacher ran first, on the same weights
    assert training.supernet.stem.conv.weight.grad is not None


@pytest.mark.parametrize("name", ["batch statistics", pytest.param("recalibrated", marks=pytest.mark.slow)])
def test_bf16_predicts_about_the_same_in_any_number_of_threads(images, name):
    found = []
    genes = NB201().sample(stream(0, "test"), 8)
    for precision, threads in (("float32", 1), ("bf16", 1), ("bf16", 2)):
        recipe = find_preset("smoke").fill(Recipe(images=FEW, precision=precision, **SLOTS[name]))
        trained = TrainedSupernet.of(Training(recipe, images, 0))
        found.append(trained.ask(genes, threads=lambda threads=threads: threads).negative_cross_entropy)
    exact, rounded, again = found
    np.testing.assert_array_equal(rounded, again)
    assert not np.array_equal(exact, rounded)
    np.testing.assert_allclose(rounded, exact, atol=0.05)


def test_the_classifier_computes_in_float32_within_bf16():
    layer = torch.nn.Linear(8, 3)
    values = torch.rand(4, 8).bfloat16()
    with computing("bf16", "cpu"):
        assert layer(values).dtype == torch.bfloat16
        found = in_float32(layer, values)
    torch.testing.assert_close(found, layer(values.float()), rtol=0, atol=0)
