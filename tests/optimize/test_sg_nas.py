"""SGNAS: weights first, then a generator of architectures of every cost."""

import numpy as np
import pytest
import torch

from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.errors import RecipeError
from bench.optimize.schedules.first_part import FirstPart
from bench.optimize.updates import Batch, sg_nas
from bench.optimize.updates.sg_nas import PRIORS, SgNas, additive
from bench.rng import stream
from bench.sample.paths.uniform import Uniform
from bench.spaces.macro import Macro
from bench.spaces.nb101 import NB101
from bench.spaces.nb201 import NB201
from bench.types import Mixture

SPACE = NB201()
MASKED = NB201(mask=("none", "nor_conv_1x1"))


def generating(update=None, space=SPACE, scale=3.0):
    """Return the state of an update, whose generator is far from uniform."""
    state = (update or SgNas()).start(torch.nn.Linear(1, 1), space, stream(0, "update"))
    with torch.no_grad():
        for weight in state.generator.parameters():
            weight.mul_(scale)
    return state


class Trainer:
    """A trainer in the last part of training, for which all architectures are equally good."""

    images, progress = range(8), 0.75

    def losses(self, batch, update):
        return [0 * choice.weights.sum() for choice in batch.choices]


def whole(value):
    return [one.detach().clone() for one in value.parameters()]


def test_first_the_weights_learn_then_the_generator_on_other_images():
    training = started(in_tiny(SgNas(), paths=Uniform(count=2)))
    state, supernet, losses, asked = training.states["update"], training.supernet, training.losses, []
    moved = []

    def noted(batch, update):
        asked.extend((isinstance(choice, Mixture), batch.images) for choice in batch.choices)
        return losses(batch, update)

    training.losses = noted
    for _ in range(2):
        for genes, batches in training.updates_of_epoch():
            before = whole(supernet), whole(state.generator)
            found = training.make_update(genes, batches)
            now = whole(supernet), whole(state.generator)
            moved.append([not all(map(torch.equal, *pair)) for pair in zip(before, now, strict=True)])
            assert found.shape == (2,)
    assert moved == [[True, False]] * 2 + [[False, True]] * 2
    seen = [{int(i) for mixed, images in asked if mixed == which for i in images} for which in (False, True)]
    assert all(seen)
    assert not seen[0] & seen[1]
    assert all(weight.grad is None or not weight.grad.any() for weight in supernet.parameters())


@pytest.mark.parametrize("space", [SPACE, MASKED, Macro()])
def test_the_cost_is_the_sum_of_what_the_choices_add(space):
    genes = space.sample(stream(0, "archs"), 50)
    base, added = additive(space, "flops")
    found = base + added[np.arange(space.decisions), genes].sum(axis=1)
    np.testing.assert_allclose(1e6 * found, space.costs(genes)["flops"], rtol=1e-9)


def test_costs_go_from_the_cheapest_to_the_dearest_allowed_choice():
    state, costs = generating(space=MASKED), MASKED.costs(MASKED.enumerate())["flops"] / 1e6
    assert (state.low, state.high) == pytest.approx((costs.min(), costs.max()))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("space", [SPACE, MASKED])
def test_the_log_probability_is_that_under_the_own_cost_of_an_architecture(space):
    update, state = SgNas(), generating(space=space)
    archs = space.sample(stream(0, "archs"), 20)
    found = update.log_probability(state, archs)
    for arch, value in zip(archs, found, strict=True):
        cost = (space.costs(arch[None])["flops"][0] / 1e6 - state.low) / (state.high - state.low)
        of_priors = [
            state.logits(prior[None], torch.tensor([cost], dtype=torch.float32))[0]
            .softmax(1)[range(6), arch]
            .prod()
            .detach()
            for prior in state.priors
        ]
        assert np.exp(value) == pytest.approx(float(sum(of_priors)) / PRIORS, rel=1e-3)
    assert np.ptp(found) > 1


def test_the_probabilities_of_all_architectures_at_one_cost_sum_to_one(monkeypatch):
    state = generating(space=MASKED)
    monkeypatch.setattr(sg_nas, "cost_of", lambda space, genes, cost: np.full(len(genes), 100e6))
    found = SgNas().log_probability(state, MASKED.enumerate())
    assert np.exp(found).sum() == pytest.approx(1, abs=1e-4)


def test_a_cost_off_the_wanted_one_is_penalized_more_above_than_below():
    state = generating()
    weights = torch.zeros(6, 5)
    weights[:, 3] = 1  # the dearest
    exact = SgNas().too_far(state, weights, 1.0)
    dear = SgNas().too_far(state, weights, 0.0)
    cheap = SgNas().too_far(state, torch.nn.functional.one_hot(torch.zeros(6, dtype=torch.long), 5).float(), 1.0)
    assert exact == 0
    assert float(cheap) == pytest.approx(3e-4 * (state.high - state.low) ** 2, rel=1e-5)
    assert float(dear) == pytest.approx(1.2 * float(cheap), rel=1e-5)
    off = 0.09 / (state.high - state.low)
    assert SgNas().too_far(state, weights, 1.0 - off) == 0
    assert SgNas().too_far(state, weights, 1.0 - 2 * off) > 0


def test_the_weights_of_a_mixture_sum_to_one_and_harden():
    state, largest = generating(space=MASKED), []
    for progress in (0.5, 0.999):
        state.rng = stream(0, "update")
        weights = SgNas().mixed(state, 0.5, progress).detach()
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(6))
        assert (weights[~state.allowed] == 0).all()
        largest.append(float(weights.max(dim=1).values.mean()))
    assert largest[0] < 0.6 < 0.8 < largest[1]


@pytest.mark.slow
def test_the_generator_learns_architectures_of_the_wanted_cost():
    update = SgNas(rate=0.01)
    state = generating(update, scale=1.0)

    def off():
        wanted = torch.linspace(0, 1, 5)
        weights = update.given(state, wanted).exp().mean(dim=1).detach()
        costs = state.base + (weights * state.added).sum(dim=(1, 2)).numpy()
        return np.abs(costs - state.low - wanted.numpy() * (state.high - state.low)).mean()

    before = off()
    for _ in range(200):
        update.step(state, Trainer(), [Batch(choices=[(0,) * 6], images=np.arange(4))])
    assert off() < 0.3 * before


def test_a_cost_that_the_space_does_not_compute_is_refused():
    with pytest.raises(RecipeError, match=r"sg-nas\.cost is 'seconds'.*does not compute; allowed: params"):
        started(in_tiny(SgNas(cost="seconds")))


def test_a_space_whose_choices_are_valid_together_only_is_refused():
    with pytest.raises(RecipeError, match="sg-nas takes each decision by itself, but some choices of space 'nb101'"):
        additive(NB101(), "params")


def test_a_cost_that_no_choice_changes_is_refused():
    with pytest.raises(RecipeError, match=r"sg-nas\.cost is 'flops', which is that of every architecture"):
        additive(NB201(mask=("nor_conv_1x1", "nor_conv_3x3")), "flops")


def test_the_first_part_has_the_whole_schedule():
    schedule = FirstPart(fraction=0.25)
    for progress in (0.0, 0.1, 0.3, 1.0):
        assert schedule.factor(progress / 4) == schedule.then.factor(progress)
    assert schedule.factor(0.6) == schedule.then.factor(1.0)


@pytest.mark.slow
@pytest.mark.parametrize("weights_for", [0.25, 0.5, 0.75])
def test_a_killed_training_continues_bit_for_bit(weights_for):
    continues_bit_for_bit(in_tiny(SgNas(weights_for=weights_for), paths=Uniform(count=2)))
