"""Which weights two architectures share: by edge or by node, one topology or one per cell."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.rng import stream
from bench.sample.images.images import Images
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.supernets import build_supernet
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.types import Mixture, PerCell

SPACE = NB201()
ARCHS = [tuple(int(gene) for gene in arch) for arch in SPACE.sample(stream(0, "sharing"), 8)]
SIZE = {"cells": 1, "width": 3, "resolution": 8, "reduction": "pooled"}
FEW = Images(dataset="digits", train=128, held_out=16, batch=16)  # 8 updates per epoch


def supernet(**settings):
    construct = NB201Net(**SIZE | settings)
    return build_supernet(construct, SPACE, BatchStatistics(), channels=1, classes=10, seed=0)


def batch(count=16):
    return torch.from_numpy(stream(0, "batch").normal(size=(count, 1, 8, 8)).astype(np.float32))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("arch", ARCHS, ids=str)
def test_operations_on_a_node_are_one_for_all_edges_into_it(arch):
    shared, plain = supernet(operations_on="node"), supernet()
    plain.load_state_dict(shared.state_dict(), strict=False)
    for stage, own in zip(shared.stages, plain.stages, strict=True):
        assert set(stage[0].operations) == {f"{node}/{choice}" for node in (1, 2, 3) for choice in (2, 3)}
        for edge, node in enumerate((1, 2, 2, 3, 3, 3)):
            for choice in (2, 3):
                weights = stage[0].operations[f"{node}/{choice}"].state_dict()
                own[0].operations[f"{edge}/{choice}"].load_state_dict(weights)
    torch.testing.assert_close(shared(batch(), arch), plain(batch(), arch))
    torch.testing.assert_close(shared.on_images(batch())(arch), plain(batch(), arch))


def test_every_cell_takes_its_own_architecture():
    shared = supernet(cells=2)
    asked = [ARCHS[number % len(ARCHS)] for number in range(6)]
    seen = []
    cells = [cell for stage in shared.stages for cell in stage]
    for cell in cells:
        cell.register_forward_hook(lambda module, inputs, output: seen.append(inputs[1]))
    logits = shared(batch(), PerCell(tuple(asked)))
    assert seen == [tuple(SPACE.canonical(np.array([arch], dtype=np.int8))[0].tolist()) for arch in asked]
    assert not torch.allclose(logits, shared(batch(), asked[0]))
    torch.testing.assert_close(shared(batch(), PerCell((asked[0],) * 6)), shared(batch(), asked[0]))
    torch.testing.assert_close(shared.on_images(batch())(PerCell(tuple(asked))), logits)


def drawn_by(training):
    """Return the architectures of an update, [path, cell, decision]."""
    _, choices = next(training.paths_drawn_from(training.streams["paths"]))
    return np.array([choice.archs for choice in choices])


def test_a_free_topology_draws_an_architecture_per_cell_while_training(train):
    training = train(0, construct=NB201Net(topology="free"), paths=Uniform(count=3_000))
    drawn = drawn_by(training)
    assert drawn.shape == (3_000, 3, SPACE.decisions)
    same = (drawn[:, 0] == drawn[:, 1]).mean()
    assert same == pytest.approx(1 / 5, abs=0.02), "cells are independent"
    assert len(training.probes[0]) == SPACE.decisions, "prediction shares the topology"


def test_a_free_topology_is_strictly_fair_in_every_cell(train):
    drawn = drawn_by(train(0, construct=NB201Net(topology="free")))
    assert (np.sort(drawn, axis=0) == np.arange(5)[:, None, None]).all()


@pytest.mark.slow
def test_a_free_topology_trains_and_a_path_of_small_cells_counts_as_its_first(train):
    slots = {"images": FEW, "construct": NB201Net(topology="free"), "schedule": PerArchitecture()}
    assert train(1, **slots).forward_passes == 8 * 5


@pytest.mark.slow
def test_a_killed_run_with_dropout_continues_bit_for_bit(train):
    recipe = {"images": FEW, "construct": NB201Net(path_dropout=0.3, global_dropout=0.3)}
    whole, first, second = train(2, **recipe), train(1, of=2, **recipe), train(0, of=2, **recipe)
    second.restore(first.checkpoint())
    second.run()
    assert all(torch.equal(second.weights[name], weights) for name, weights in whole.weights.items())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"topology": "open"}, r"nb201-net\.topology is 'open'; allowed: shared, free"),
        ({"operations_on": "cell"}, r"nb201-net\.operations_on is 'cell'; allowed: edge, node"),
        (
            {"split": -1},
            r"nb201-net\.split is -1; allowed: a whole number, 0 or more, a decision counted from 0, or None: no split",
        ),
        ({"split_after": 1.0}, r"nb201-net\.split_after is 1\.0; allowed: 0 to below 1"),
    ],
)
def test_a_setting_outside_its_range_is_refused(settings, message):
    with pytest.raises(RecipeError, match=message):
        NB201Net(**settings)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("arch", ARCHS, ids=str)
def test_a_mixture_of_one_operation_per_edge_is_the_architecture(arch):
    shared = supernet(cells=2)
    weights = torch.nn.functional.one_hot(torch.tensor(arch), 5).float()
    torch.testing.assert_close(shared(batch(), Mixture(weights)), shared(batch(), arch))


def test_a_mixture_is_the_weighted_sum_of_the_operations_of_an_edge_and_passes_gradients_to_the_weights():
    shared = supernet()
    cell, values = shared.stages[0][0], torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    weights = torch.zeros(6, 5)
    weights[3] = torch.tensor([0.1, 0.2, 0.3, 0.25, 0.15])
    weights.requires_grad_()
    apart = [cell(values, (0, 0, 0, choice, 0, 0)) for choice in range(5)]
    found = cell.mixed(values, Mixture(weights))
    torch.testing.assert_close(found, sum(weights[3, c].item() * result for c, result in enumerate(apart)))
    found.square().sum().backward()
    assert weights.grad[3, 1:].abs().min() > 0
    assert weights.grad[3, 0] == 0, "the operation none adds nothing"


def test_a_mixture_may_compute_one_architecture_and_add_the_other_weights_as_numbers():
    shared, arch = supernet(cells=2), ARCHS[0]
    weights = torch.nn.functional.one_hot(torch.tensor(arch), 5).float().requires_grad_()
    calls = []
    for cell in (cell for stage in shared.stages for cell in stage):
        for operation in cell.operations.values():
            operation.register_forward_hook(lambda *_: calls.append(1))
    found = shared(batch(), Mixture(weights, only=arch))
    torch.testing.assert_close(found, shared(batch(), Mixture(weights)))
    assert len(calls) == 6 * sum(choice in (2, 3) for choice in arch) + 6 * 12
    cell, values = shared.stages[0][0], torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad(cell.mixed(values, Mixture(weights, only=arch)).sum(), [weights])
    for edge in (3, 4, 5):
        others = [choice for choice in range(5) if choice != arch[edge]]
        torch.testing.assert_close(gradient[edge, others], torch.full((4,), float(values.numel())))
