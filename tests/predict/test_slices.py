"""Recalibration and checkpoints in the spaces whose networks are slices of shared weights, at preset smoke."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from bench.optimize.averagings.checkpoint_averaging import CheckpointAveraging
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.places import data_folder
from bench.predict.trained import TrainedSupernet
from bench.recipe.preset import find_preset
from bench.rng import stream
from bench.sample.images.image_files import open_images
from bench.supernets.layers.norm_layer import EPSILON, NormLayer
from bench.supernets.norms.recalibrated import Recalibrated
from bench.train.training import Training
from studies.bits_baselines import BASE
from studies.channel_sharing import CHANNELS

RECIPES = {"bits": BASE, "track1": CHANNELS}
SPACES = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
BATCHES, SIZE = 3, 8


def trained(recipe, **slots):
    """Return the finished training of a recipe at preset smoke, with other slots."""
    training = Training(
        replace(find_preset("smoke").fill(recipe), **slots), open_images("digits", data_folder()), seed=0
    )
    training.run()
    return training


def archs(recipe):
    return recipe.space.sample(stream(0, "archs"), 4)


def recalibrated_alone(training, arch, batches, images):
    """Return the logits of one architecture whose every norm has the mean statistics of `batches`, layer by layer.

    The statistics of a norm depend on those of all before it only through a batch's own normalization, so that one pass
    per batch collects all of them. Hooks collect and then replace what the norms return.
    """
    supernet, sums = training.supernet, {}

    def normalized(values, mean, variance, layer):
        width = values.shape[1]
        shape = (1, width, 1, 1)
        scaled = (values - mean.view(shape)) / (variance.view(shape) + EPSILON).sqrt()
        return scaled * layer.weight[:width].view(shape) + layer.bias[:width].view(shape)

    def collect(layer, inputs, _):
        variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3))
        sums.setdefault(layer, []).append((mean, variance))
        return normalized(inputs[0], mean, torch.var(inputs[0], dim=(0, 2, 3), correction=0), layer)

    def replaced(layer, inputs, _):
        mean, variance = (torch.stack(values).mean(dim=0) for values in zip(*sums[layer], strict=True))
        return normalized(inputs[0], mean, variance, layer)

    layers = [layer for layer in supernet.modules() if isinstance(layer, NormLayer)]
    for hook, seen in ((collect, batches), (replaced, [images])):
        hooks = [layer.register_forward_hook(hook) for layer in layers]
        logits = [supernet(batch, arch) for batch in seen]
        for handle in hooks:
            handle.remove()
    assert {len(values) for values in sums.values()} == {len(batches)}
    return logits[0]


@pytest.mark.slow
@SPACES
def test_each_architecture_is_recalibrated_on_the_first_batches_of_the_training_images(recipe):
    training = trained(recipe, norm=Recalibrated(images=BATCHES * SIZE, affine=True), prediction_batch=SIZE)
    genes = archs(recipe)
    found = TrainedSupernet.of(training).ask(genes)
    held_out = training.held_out
    images, labels = held_out.batch(np.arange(len(held_out)), None, flip=False)
    batches = [
        training.images.batch(np.arange(start, start + SIZE), None, flip=False)[0]
        for start in range(0, BATCHES * SIZE, SIZE)
    ]
    with torch.inference_mode():
        for arch, entropy in zip(genes.tolist(), found.negative_cross_entropy, strict=True):
            logits = recalibrated_alone(training, tuple(arch), batches, images)
            assert -float(functional.cross_entropy(logits, labels)) == pytest.approx(entropy, abs=2e-3)


@pytest.mark.slow
@SPACES
def test_the_last_checkpoints_predict_by_their_mean_prediction_or_their_mean_weights(recipe):
    """The same training, whose weights at the two moments are the ensemble's members."""
    genes, several = archs(recipe), {"count": 2, "fraction": 0.5}
    ensemble = TrainedSupernet.of(trained(recipe, averaging=CheckpointEnsemble(**several)))
    whole, members = ensemble.ask(genes).by("negative-cross-entropy"), ensemble.members
    assert len(members) == 2
    apart = []
    for member in members:
        ensemble.members = [member]
        apart.append(ensemble.ask(genes).by("negative-cross-entropy"))
    assert not np.array_equal(*apart)
    np.testing.assert_allclose(whole, np.mean(apart, axis=0), rtol=1e-6)
    averaged = TrainedSupernet.of(trained(recipe, averaging=CheckpointAveraging(**several)))
    (weights,) = averaged.members
    for name, values in weights.items():
        torch.testing.assert_close(values, (members[0][name] + members[1][name]) / 2)
    ensemble.members = [{name: sum(member[name] for member in members) / 2 for name in members[0]}]
    np.testing.assert_allclose(
        averaged.ask(genes).by("negative-cross-entropy"),
        ensemble.ask(genes).by("negative-cross-entropy"),
        rtol=1e-4,
    )
