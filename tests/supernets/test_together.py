"""Many cells per call give what one at a time gives, up to rounding."""

import numpy as np
import pytest
import torch

from bench.predict.many import predict
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.rng import stream
from bench.sample.images.images import Images
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.supernets import build_supernet
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.train.training import Training

GENES = np.concatenate([NB201().sample(stream(0, "together"), 12), [[0] * 6, [1] * 6, [3] * 6, [0, 0, 0, 1, 0, 0]]])
QUICK = ("plain", "two cells, residual", "tracked")
SLOTS = {
    "plain": {},
    "two cells, residual": {"construct": NB201Net(cells=2, reduction="residual")},
    "affine": {"norm": BatchStatistics(affine=True)},
    "tracked": {"norm": Tracked(affine=True)},
    "per inputs": {"norm": Tracked(per_inputs=True)},
    "recalibrated": {"norm": Recalibrated(images=32)},
    "on nodes, transformers": {"construct": NB201Net(operations_on="node", linear_transformers=("skip_connect",))},
    "few-shot": {"construct": NB201Net(split=0, split_after=0.0)},
    "bf16": {"precision": "bf16"},
}


@pytest.fixture(scope="module")
def supernets(images):
    def start(**slots):
        few = Images(dataset="digits", train=64, held_out=48, batch=32)
        training = Training(find_preset("smoke").fill(Recipe(images=few, **slots)), images, 0)
        with torch.no_grad():
            for index, weight in enumerate(training.supernet.parameters()):
                weight.add_(0.1 * ((index % 3) - 1))  # affine norms of fresh weights would do nothing
        return training

    return start


@pytest.mark.parametrize("together", [3, pytest.param(64, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SLOTS]
)
def test_many_at_once_predict_as_each_alone(supernets, name, together):
    training = supernets(**SLOTS[name])
    supernet, calibration = training.supernet.eval(), training.calibration_batches()

    def ask(together):
        options = {"batch": 32, "calibration": calibration, "precision": training.recipe.precision}
        return predict(supernet, GENES.astype(np.int8), training.held_out, together=together, **options)

    alone, many = ask(1), ask(together)
    tolerance = 5e-2 if name == "bf16" else 1e-4
    np.testing.assert_allclose(many[1], alone[1], atol=tolerance)
    assert len(np.unique(alone[1].round(4))) > 8, "the cells differ"


def test_cells_with_equal_values_are_computed_once(supernets, monkeypatch):
    training = supernets(construct=NB201Net(cells=1))
    seen = []
    cell = training.supernet.stages[0][0]
    own = type(cell).operate
    monkeypatch.setattr(
        type(cell), "operate", lambda self, *asked: seen.append((self is cell, asked[-1])) or own(self, *asked)
    )
    values, _ = training.held_out.batch(np.arange(8), None, flip=False)
    same = [(3, 0, 0, choice, 0, 0) for choice in (1, 1, 2, 3)]  # the first edge is dead, the fourth differs
    with torch.inference_mode():
        training.supernet.eval().many_on_images(values)(same)
    assert [rows for first, rows in seen if first] == [1, 1, 1]


@pytest.mark.slow
def test_a_family_without_a_way_of_its_own_computes_one_at_a_time(images):
    recipe = find_preset("smoke").fill(Recipe(space=Track1()))
    supernet = build_supernet(recipe.construct, recipe.space, recipe.norm, channels=1, classes=10, seed=0).eval()
    values = torch.rand(8, 1, 8, 8)
    archs = [tuple(int(gene) for gene in row) for row in recipe.space.sample(stream(0, "together"), 3)]
    with torch.inference_mode():
        found = supernet.many_on_images(values)(archs)
        assert torch.equal(found, torch.stack([supernet(values, arch) for arch in archs]))
