"""What an update holds in memory: counted by hand on small networks."""

from dataclasses import replace

import pytest
import torch

from bench.contracts.training import in_tiny
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.optimize.updates.one_level import OneLevel
from bench.runs.memory import Held, Memory, made_up_images, update_memory
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.uniform import Uniform
from bench.scores.kept import kept_in
from bench.supernets.nb201 import NB201Net
from bench.train.fresh import fresh_supernet

ONE = {"paths": Uniform(count=1)}


def held_by(network, values, after=lambda result: None):
    held = Held(network)
    with torch.autograd.graph.saved_tensors_hooks(held.pack, lambda packed: packed[0]):
        after(network(values))
    return held


def test_what_is_held_is_the_values_between_two_layers_and_not_the_weights():
    network = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    held = held_by(network, torch.ones(7, 3), lambda result: result.sum().backward())
    assert held.most == 4 * 7 * (3 + 5), "the input of the first layer; the tanh's result, once for two that need it"
    assert held.now == 0, "nothing after the gradients"


def test_two_graphs_that_live_together_count_together_and_one_after_the_other_once():
    network, values = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh()), torch.ones(7, 3)
    alone = held_by(network, values, lambda result: result.sum().backward()).most
    twice = held_by(network, values, lambda result: (result + network(values + 1)).sum().backward()).most
    turns = held_by(
        network, values, lambda result: [result.sum().backward(), network(values + 1).sum().backward()]
    ).most
    assert twice == 2 * alone
    assert turns == alone


def test_gradients_of_a_part_of_the_parameters_leave_nothing_held():
    network, values = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh()), torch.ones(7, 3)
    factor = torch.nn.Parameter(torch.ones(()))

    def asks(result):
        torch.autograd.grad((result * factor).sum(), [factor])

    assert held_by(network, values, asks).now == 0, "what is before the factor has no gradient, and is dropped too"


@pytest.mark.slow
def test_what_is_kept_is_weights_gradients_and_momentum():
    network = NB201Net(cells=1, width=4, resolution=8, reduction="pooled")
    recipe = in_tiny(OneLevel(), construct=network, paths=Sandwich(between=1))
    supernet = fresh_supernet(recipe, made_up_images(recipe), 0)
    assert update_memory(recipe).kept == 3 * 4 * sum(weight.numel() for weight in supernet.parameters())


@pytest.mark.slow
def test_a_mixture_holds_several_times_what_a_path_does_and_part_of_the_channels_less():
    path, mixture = update_memory(in_tiny(OneLevel(), **ONE)), update_memory(in_tiny(DartsFirstOrder(), **ONE))
    assert 2 < mixture.for_gradients / path.for_gradients < 8
    wide = NB201Net(cells=1, width=8, resolution=8, reduction="pooled")
    whole = update_memory(in_tiny(DartsFirstOrder(), construct=wide, **ONE)).for_gradients
    part = NB201Net(cells=1, width=8, resolution=8, reduction="pooled", partial_channels=4)
    assert update_memory(in_tiny(DartsFirstOrder(), construct=part, **ONE)).for_gradients < whole


@pytest.mark.slow
def test_memory_grows_with_the_batch_alone():
    recipe = in_tiny(OneLevel(), **ONE)
    double = replace(recipe, images=replace(recipe.images, batch=2 * recipe.images.batch))
    one, two = update_memory(recipe), update_memory(double)
    assert two.for_gradients == pytest.approx(2 * one.for_gradients, rel=0.05)
    assert two.kept == one.kept


@pytest.mark.slow
def test_what_was_measured_is_read_from_the_disk_but_for_slots_from_elsewhere(tmp_path, monkeypatch):
    class Own(OneLevel):
        """An update of a user's file."""

    recipe, own = in_tiny(OneLevel(), **ONE), in_tiny(Own(), **ONE)
    Own.__module__ = "supernet_bench_plugin_1_mine"
    with kept_in(tmp_path):
        found, of_own = update_memory(recipe), update_memory(own)
        [path] = (path for path in tmp_path.rglob("*.json"))
        monkeypatch.setattr("bench.runs.memory.measured", lambda recipe: Memory(for_gradients=1, kept=2))
        assert update_memory(recipe) == found != Memory(for_gradients=1, kept=2)
        assert update_memory(own) == Memory(for_gradients=1, kept=2) != of_own
        path.write_text(path.read_text().replace(str(found.kept), str(found.kept + 1)))
        assert update_memory(recipe) == Memory(for_gradients=1, kept=2), "a changed file is not read"
    assert update_memory(recipe) == Memory(for_gradients=1, kept=2), "outside nothing is read"
