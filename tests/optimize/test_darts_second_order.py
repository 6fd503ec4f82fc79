"""The second-order gradient of DARTS against the exact one, by autograd in double precision."""

import numpy as np
import pytest
import torch
from torch import nn

from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.optimize.updates import Batch
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.optimize.updates.darts_second_order import DartsSecondOrder, moved
from bench.rng import stream
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201

RATE, MOMENTUM, DECAY = 0.3, 0.9, 0.05
TRAINING, OTHER = np.array([0, 1, 2]), np.array([3, 4])


class Tiny(nn.Module):
    """A linear map per (decision, choice), mixed, with a tanh after every decision."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.maps = nn.Parameter(torch.randn(6, 5, 3, 3, generator=generator, dtype=torch.float64))

    def loss(self, images, weights, maps=None):
        values = images
        for decision in range(6):
            mixed = (weights[decision][:, None, None] * (self.maps if maps is None else maps)[decision]).sum(0)
            values = torch.tanh(values @ mixed)
        return (values - 0.3).square().mean()


class Trainer:
    """A trainer of `Tiny` after two steps of SGD, so that momentum has a buffer; images are noisy in every batch."""

    def __init__(self, noise=0.0):
        self.supernet, self.noise, self.progress = Tiny(), noise, 0.0
        self.optimizer = torch.optim.SGD(self.supernet.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
        self.streams = {"augmentation": stream(0, "augmentation")}
        self.pixels = torch.randn(5, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        for _ in range(2):
            self.supernet.loss(self.pixels, torch.full((6, 5), 0.2, dtype=torch.float64)).backward()
            self.optimizer.step()
            self.optimizer.zero_grad()

    def losses(self, batch, update):
        images = self.pixels[batch.images]
        images = images + self.noise * torch.as_tensor(self.streams["augmentation"].standard_normal(images.shape))
        return [self.supernet.loss(images, choice.weights) for choice in batch.choices]


def started_with(update, trainer):
    """Return architecture parameters in double precision whose step is minus their gradient."""
    state = update.start(trainer.supernet, NB201(), stream(0, "update"))
    drawn = torch.randn(6, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    state.parameters = nn.Parameter(drawn)
    state.optimizer = torch.optim.SGD([state.parameters], lr=1.0)
    return state


def gradient(update, trainer):
    state = started_with(update, trainer)
    before = state.parameters.detach().clone()
    update.learn(state, trainer, OTHER, Batch(choices=[None], images=TRAINING))
    return before - state.parameters.detach()


def exact(trainer):
    """Return the gradient of the loss on OTHER after one step of the weights on TRAINING, differentiated through it."""
    parameters, maps = started_with(DartsFirstOrder(), trainer).parameters, trainer.supernet.maps
    loss = trainer.supernet.loss(trainer.pixels[TRAINING], parameters.softmax(1))
    (slope,) = torch.autograd.grad(loss, [maps], create_graph=True)
    buffer = trainer.optimizer.state[maps]["momentum_buffer"]
    after = maps - RATE * (MOMENTUM * buffer + slope + DECAY * maps)
    loss = trainer.supernet.loss(trainer.pixels[OTHER], parameters.softmax(1), after)
    return torch.autograd.grad(loss, [parameters])[0]


def test_finite_differences_are_the_exact_second_order_gradient():
    found, wanted = gradient(DartsSecondOrder(radius=1e-4), Trainer()), exact(Trainer())
    torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-9)
    first = gradient(DartsFirstOrder(), Trainer())
    assert (first - wanted).norm() > 0.05 * wanted.norm(), "first order is something else"


def test_the_exact_gradient_is_that_of_the_loss_after_the_step():
    """Central differences of the whole function: step the weights by hand at moved parameters, then take the loss."""
    trainer = Trainer()
    parameters, maps = started_with(DartsFirstOrder(), trainer).parameters.detach(), trainer.supernet.maps

    def after_a_step(at):
        weights = at.softmax(1)
        (slope,) = torch.autograd.grad(trainer.supernet.loss(trainer.pixels[TRAINING], weights), [maps])
        moved_to = maps - RATE * (MOMENTUM * trainer.optimizer.state[maps]["momentum_buffer"] + slope + DECAY * maps)
        return float(trainer.supernet.loss(trainer.pixels[OTHER], weights, moved_to).detach())

    wanted = torch.zeros(6, 5, dtype=torch.float64)
    for place in np.ndindex(6, 5):
        nudge = torch.zeros(6, 5, dtype=torch.float64)
        nudge[place] = 1e-5
        wanted[place] = (after_a_step(parameters + nudge) - after_a_step(parameters - nudge)) / 2e-5
    torch.testing.assert_close(exact(Trainer()), wanted, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(gradient(DartsSecondOrder(radius=1e-4), Trainer()), wanted, rtol=1e-6, atol=1e-9)


def test_the_error_of_the_radius_of_the_paper_is_small():
    found, wanted = gradient(DartsSecondOrder(), Trainer()), exact(Trainer())
    assert (found - wanted).norm() < 1e-3 * wanted.norm()


def test_the_images_of_the_difference_are_augmented_alike():
    whole = gradient(DartsSecondOrder(radius=1e-2), Trainer(noise=0.1))
    finer = gradient(DartsSecondOrder(radius=1e-4), Trainer(noise=0.1))
    assert (whole - finer).norm() < 1e-2 * finer.norm()


def test_an_update_draws_no_image_twice_from_the_same_numbers():
    trainer, other = Trainer(noise=0.1), stream(0, "augmentation")
    gradient(DartsSecondOrder(), trainer)
    other.standard_normal((3, 3)), other.standard_normal((2, 3))
    assert trainer.streams["augmentation"].bit_generator.state == other.bit_generator.state


def test_the_weights_are_where_they_were_after_the_block_and_after_an_error():
    weight = nn.Parameter(torch.tensor([0.1, 0.7]))
    with moved([weight], [torch.tensor([1.0, 2.0])], 0.3):
        torch.testing.assert_close(weight.detach(), torch.tensor([0.4, 1.3]))
    with pytest.raises(KeyError), moved([weight], [torch.tensor([1.0, 2.0])], 0.3):
        raise KeyError
    assert torch.equal(weight.detach(), torch.tensor([0.1, 0.7]))


@pytest.mark.slow
def test_learning_the_parameters_moves_no_weight():
    training = started(in_tiny(DartsSecondOrder(), paths=Uniform(count=1)))
    other = started(in_tiny(DartsFirstOrder(), paths=Uniform(count=1)))
    for one in (training, other):
        one.make_update(*next(one.updates_of_epoch()))
    for name, weight in training.weights.items():
        assert torch.equal(weight, other.weights[name]), name
    assert not torch.equal(training.states["update"].parameters, other.states["update"].parameters)


@pytest.mark.slow
def test_a_killed_training_continues_bit_for_bit():
    continues_bit_for_bit(in_tiny(DartsSecondOrder(), paths=Uniform(count=1)))
