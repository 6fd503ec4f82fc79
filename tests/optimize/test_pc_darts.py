"""PC-DARTS: partial channels, the weights of edges, when parameters start; and edges as choices, as in DARTS cells."""

import numpy as np
import pytest
import torch

from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.errors import RecipeError
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.optimize.updates.darts_minus import DartsMinus
from bench.optimize.updates.pc_darts import PcDarts
from bench.rng import stream
from bench.sample.paths.uniform import Uniform
from bench.spaces.darts import Darts
from bench.spaces.nb201 import NB201
from bench.supernets import build_supernet
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.types import Mixture

ONE = {"paths": Uniform(count=1)}
QUARTER = NB201Net(cells=1, width=4, resolution=8, reduction="pooled", partial_channels=4)
SOURCES = {1: (0,), 2: (1, 2), 3: (3, 4, 5)}
"""Edges into each node."""


def cells(construct=QUARTER):
    return build_supernet(construct, NB201(), BatchStatistics(), channels=1, classes=3, seed=0)


def values(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def learned(update, space=None):
    """Return the state of an update whose parameters are far from equal."""
    found = update.start(torch.nn.Linear(1, 1), space or NB201(), stream(0, "update"))
    generator = torch.Generator().manual_seed(1)
    for one in found.every:
        one.data.copy_(2 * torch.randn(one.shape, generator=generator))
    return found


def interleaved(parts):
    """Return channels of equal parts in turn, the slow way."""
    return torch.stack([part[:, c] for c in range(parts[0].shape[1]) for part in parts], dim=1)


@pytest.mark.parametrize(("width", "parts", "kept"), [(8, 4, 2), (4, 4, 1), (2, 4, 1), (8, 2, 4), (6, 4, 1)])
def test_operations_act_on_the_first_channels_and_the_others_pass_unchanged(width, parts, kept):
    net = cells(NB201Net(cells=1, width=width, resolution=8, reduction="pooled", partial_channels=parts))
    cell, start = net.stages[0][0], values(4, width, 8, 8)
    for choice in (1, 2, 3, 4):
        found = cell(start, (0, 0, 0, choice, 0, 0))
        plain = {
            1: lambda x: x,
            2: lambda x: cell.operations["3/2"](x.relu()),
            3: lambda x: cell.operations["3/3"](x.relu()),
            4: lambda x: torch.nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
        }[choice](start[:, :kept])
        wanted = interleaved([plain, *start[:, kept:].split(kept, dim=1)])
        torch.testing.assert_close(found, wanted)
    assert cell.operations["3/3"].conv.weight.shape[:2] == (kept, kept)


def test_a_mixture_of_one_operation_per_edge_is_the_architecture_on_partial_channels_too():
    net, images = cells(), values(4, 1, 8, 8)
    for arch in ((3, 1, 2, 4, 3, 2), (1, 2, 3, 3, 4, 1)):
        weights = torch.nn.functional.one_hot(torch.tensor(arch), 5).float()
        torch.testing.assert_close(net(images, Mixture(weights)), net(images, arch))
        torch.testing.assert_close(net(images, Mixture(weights, only=arch)), net(images, arch))


def test_the_weight_beside_multiplies_what_passes_and_the_weight_of_none_does_not():
    cell, start = cells().stages[0][0], values(4, 4, 8, 8)
    weights, beside = torch.zeros(6, 5), torch.zeros(6)
    weights[:, 0], beside[3] = 1.0, 0.3
    passed = interleaved([torch.zeros_like(start[:, :1]), *(0.3 * start[:, 1:]).split(1, dim=1)])
    torch.testing.assert_close(cell.mixed(start, Mixture(weights, beside=beside)), passed)


def test_many_architectures_at_once_answer_as_each_alone_on_partial_channels():
    net, images = cells().eval(), values(3, 1, 8, 8)
    archs = [tuple(arch) for arch in NB201().sample(stream(0, "archs"), 12).tolist()]
    with torch.inference_mode():
        one = net.on_images(images)
        every = net.many_on_images(images)(archs)
        for arch, found in zip(archs, every, strict=True):
            assert torch.equal(one(arch), net(images, arch))
            torch.testing.assert_close(found, net(images, arch))


def test_channels_that_cannot_be_interleaved_are_refused():
    with pytest.raises(RecipeError, match=r"partial_channels is 4, but a cell of 11 channels cannot be interleaved"):
        cells(NB201Net(cells=1, width=11, resolution=8, reduction="pooled", partial_channels=4))


def test_the_weights_of_the_edges_into_a_node_sum_to_one():
    found = learned(PcDarts()).edge_weights().detach()
    assert [float(found[list(edges)].sum()) for edges in SOURCES.values()] == pytest.approx([1.0] * 3)
    assert found[0] == 1
    assert found.unique().numel() == 6


def test_an_edge_weight_multiplies_its_operations_and_what_goes_past_them():
    update, state = PcDarts(), learned(PcDarts())
    asked, trained = update.asked(state, 0.5), update.trained(state, (0,) * 6, 0.5)
    edges, plain = state.edge_weights(), DartsFirstOrder().weights(state, 0.5)
    torch.testing.assert_close(asked.weights, plain * edges[:, None])
    torch.testing.assert_close(asked.beside, edges)
    assert torch.equal(trained.weights, asked.weights.detach())
    assert torch.equal(trained.beside, asked.beside.detach())


@pytest.mark.slow
def test_parameters_stand_still_until_they_start_and_those_of_edges_learn_too():
    training = started(in_tiny(PcDarts(starts=0.5), construct=QUARTER, **ONE))
    state, seen = training.states["update"], []
    for _ in range(2):
        for genes, batches in training.updates_of_epoch():
            before = [one.detach().clone() for one in state.every]
            training.make_update(genes, batches)
            seen.append([not torch.equal(one, old) for one, old in zip(state.every, before, strict=True)])
    assert seen == [[False, False]] * 2 + [[True, True]] * 2


def test_the_log_has_the_weights_of_edges():
    state = learned(PcDarts())
    found = PcDarts().learned(state)
    np.testing.assert_allclose(found["edge_weights"], state.edge_weights().detach(), atol=1e-5)
    assert np.sum(found["probabilities"], axis=1) == pytest.approx([1.0] * 6, abs=1e-4)


@pytest.mark.slow
def test_a_killed_training_continues_bit_for_bit():
    continues_bit_for_bit(in_tiny(PcDarts(starts=0.25), construct=QUARTER, **ONE))


# decisions that choose an edge with an operation


def test_the_softmax_of_darts_cells_is_over_the_operations_of_each_edge():
    update, space = DartsFirstOrder(), Darts()
    state = learned(update, space)
    parameters, weights = state.parameters.detach(), update.weights(state, 0.0).detach()
    for first in range(0, 16, 2):
        edges = len(space.choices[first]) // 8
        wanted = parameters[first, : 8 * edges].view(edges, 8).softmax(dim=1).flatten()
        torch.testing.assert_close(weights[first, : 8 * edges] + weights[first + 1, : 8 * edges], wanted)
        assert torch.equal(weights[first], weights[first + 1])
        assert (weights[first, 8 * edges :] == 0).all()


def test_masked_operations_of_darts_cells_have_no_weight_and_all_gradients_are_finite():
    update, state = DartsFirstOrder(), learned(DartsFirstOrder(), Darts(mask=("none", "sep_conv_5x5")))
    weights = update.weights(state, 0.0)
    assert (weights[~state.allowed] == 0).all()
    (gradient,) = torch.autograd.grad((weights * values(*weights.shape)).sum(), [state.parameters])
    assert gradient.isfinite().all()
    assert (gradient[::2][state.allowed[::2]] != 0).all()
    assert (gradient[1::2] == 0).all(), "both pairs of a node share the parameters of the first"


def test_the_log_probability_of_darts_cells_is_that_of_the_operation_on_each_edge():
    update, space = DartsFirstOrder(), Darts()
    state = learned(update, space)
    arch = space.sample(stream(0, "arch"), 1)
    wanted = 0.0
    for decision, choice in enumerate(arch[0].tolist()):
        edge, operation = divmod(choice, 8)
        own = state.parameters.detach()[decision - decision % 2, 8 * edge : 8 * edge + 8]
        wanted += float(own.log_softmax(0)[operation])
    assert update.log_probability(state, arch)[0] == pytest.approx(wanted, rel=1e-5)


def test_the_auxiliary_skip_of_darts_cells_is_one_on_each_edge():
    update, state = DartsMinus(), learned(DartsMinus(), Darts())
    extra = (update.weights(state, 0.25) - DartsFirstOrder().weights(state, 0.25)).detach()
    both = (extra[::2] + extra[1::2])[:, 3::8]
    assert sorted({round(value, 5) for value in both.flatten().tolist()}) == [0.0, 0.75]
    assert int((both > 0).sum()) == 28


@pytest.mark.parametrize("space", [NB201(), Darts()])
def test_nodes_and_edges_are_those_of_the_mixture(space):
    assert len(space.nodes) == space.decisions
    edges = space.edges()
    if edges is None:
        return
    for first in range(0, 16, 2):
        assert (edges[first] == edges[first + 1]).all()
        assert space.nodes[first] == space.nodes[first + 1]
    assert set(edges[edges >= 0].tolist()) == set(range(28))
    assert len({name for name in space.nodes}) == 8
