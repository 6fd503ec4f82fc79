"""Which weights two architectures share: by edge or by node, one topology or one per cell."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.images.images import Images
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.supernets import build_supernet
from bench.supernets.net import Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.ops import Ops
from bench.supernets.sharing import Sharing

SPACE = NB201()
ARCHS = [tuple(int(gene) for gene in arch) for arch in SPACE.sample(stream(0, "sharing"), 8)]
NET = Net(cells=1, width=3, resolution=8, reduction="pooled")
FEW = Images(dataset="digits", train=128, held_out=16, batch=16)  # 8 updates per epoch


def supernet(sharing=None, net=NET, ops=None):
    return build_supernet(SPACE, net, BatchStatistics(), ops, sharing, channels=1, classes=10, resolution=8, seed=0)


def batch(count=16):
    return torch.from_numpy(stream(0, "batch").normal(size=(count, 1, 8, 8)).astype(np.float32))


@pytest.mark.parametrize("arch", ARCHS, ids=str)
def test_operations_on_a_node_are_one_for_all_edges_into_it(arch):
    shared, plain = supernet(Sharing(operations_on="node")), supernet()
    plain.load_state_dict(shared.state_dict(), strict=False)
    for stage, own in zip(shared.stages, plain.stages, strict=True):
        assert set(stage[0].operations) == {f"{node}/{choice}" for node in (1, 2, 3) for choice in (2, 3)}
        for edge, node in enumerate((1, 2, 2, 3, 3, 3)):
            for choice in (2, 3):
                weights = stage[0].operations[f"{node}/{choice}"].state_dict()
                own[0].operations[f"{edge}/{choice}"].load_state_dict(weights)
    torch.testing.assert_close(shared(batch(), arch), plain(batch(), arch))
    torch.testing.assert_close(shared.on_images(batch())(arch), plain(batch(), arch))


def test_every_cell_takes_its_own_part_of_a_long_architecture():
    shared = supernet(net=Net(cells=2, width=3))
    asked = [ARCHS[number % len(ARCHS)] for number in range(6)]
    seen = []
    cells = [cell for stage in shared.stages for cell in stage]
    for cell in cells:
        cell.register_forward_hook(lambda module, inputs, output: seen.append(inputs[1]))
    logits = shared(batch(), sum(asked, ()))
    assert seen == [tuple(SPACE.canonical(np.array([arch], dtype=np.int8))[0].tolist()) for arch in asked]
    assert not torch.allclose(logits, shared(batch(), asked[0]))
    torch.testing.assert_close(shared(batch(), 6 * asked[0]), shared(batch(), asked[0]))
    torch.testing.assert_close(shared.on_images(batch())(sum(asked, ())), logits)


def test_a_free_topology_draws_an_architecture_per_cell_while_training(train):
    training = train(0, sharing=Sharing(topology="free"), net=NET, paths=Uniform(count=3_000))
    drawn = np.array(next(training._drawn_from(training.streams["paths"])))
    assert drawn.shape == (3_000, 3 * SPACE.decisions)
    same = (drawn[:, :6] == drawn[:, 6:12]).mean()
    assert same == pytest.approx(1 / 5, abs=0.02), "cells are independent"
    assert len(training.probes[0]) == SPACE.decisions, "prediction shares the topology"


def test_a_free_topology_is_strictly_fair_in_every_cell(train):
    training = train(0, sharing=Sharing(topology="free"), net=NET)
    drawn = np.array(next(training._drawn_from(training.streams["paths"])))
    assert (np.sort(drawn, axis=0) == np.arange(5)[:, None]).all()


def test_a_shared_topology_is_the_former_training_bit_for_bit(train):
    one, other = train(1, images=FEW), train(1, images=FEW, sharing=Sharing(), ops=Ops())
    assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_a_killed_run_with_dropout_continues_bit_for_bit(train):
    recipe = {"images": FEW, "ops": Ops(path_dropout=0.3, global_dropout=0.3)}
    whole, first, second = train(2, **recipe), train(1, of=2, **recipe), train(0, of=2, **recipe)
    second.restore(first.checkpoint())
    second.run()
    assert all(torch.equal(second.weights[name], weights) for name, weights in whole.weights.items())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"topology": "open"}, r"sharing\.topology is 'open'; allowed: shared, free"),
        ({"operations_on": "cell"}, r"sharing\.operations_on is 'cell'; allowed: edge, node"),
        ({"split": -1}, r"sharing\.split is -1; allowed: the number of a decision, from 0, or None"),
        ({"split_after": 1.0}, r"sharing\.split_after is 1\.0; allowed: 0 to below 1"),
    ],
)
def test_a_setting_outside_its_range_is_refused(settings, message):
    with pytest.raises(RecipeError, match=message):
        Sharing(**settings)
