"""ENAS: what the controller draws, with which probability, and what its rewards change."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.errors import RecipeError
from bench.optimize.controller import Controller
from bench.optimize.updates import Batch
from bench.optimize.updates.enas import Enas
from bench.rng import stream
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb101 import NB101
from bench.spaces.nb201 import NB201

SPACE = NB201()
MASKED = NB201(mask=("none", "nor_conv_1x1"))
TWO = np.array([[True, True, False], [True, True, True]])
ALL_OF_TWO = np.array([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]])


def controlled(update=None, space=SPACE, scale=10.0):
    """Return the state of an update, whose controller is far from uniform."""
    state = (update or Enas()).start(torch.nn.Linear(1, 1), space, stream(0, "update"))
    with torch.no_grad():
        for weight in state.controller.parameters():
            weight.mul_(scale)
    return state


def rewarding(accuracy):
    """Return a trainer that knows nothing but the accuracy of an architecture."""

    class Trainer:
        def accuracies(self, batch):
            return torch.tensor([accuracy(choice) for choice in batch.choices])

    return Trainer()


def learn(update, state, trainer, times=1):
    for _ in range(times):
        update.learn(state, trainer, np.arange(4), Batch(choices=[], images=np.arange(4)))


@pytest.mark.parametrize("space", [MASKED, NB201(mask=("none", "nor_conv_1x1", "avg_pool_3x3"))])
def test_the_probabilities_of_all_architectures_sum_to_one(space):
    found = Enas().log_probability(controlled(space=space), space.enumerate())
    assert np.exp(found).sum() == pytest.approx(1, abs=1e-5)
    assert np.ptp(found) > 1


def test_the_probability_of_a_choice_depends_on_the_choices_before_it_alone():
    controller = controlled().controller
    archs = torch.tensor([[0, 0, 0, 0, 0, 0], [0, 0, 3, 0, 0, 0]])
    one, other = controller(archs).detach()
    torch.testing.assert_close(one[:3], other[:3])
    assert ((one - other)[3:].abs().max(dim=1).values > 1e-4).all()
    torch.testing.assert_close(controller(archs[:, :4]).detach(), torch.stack([one, other])[:, :4])


def test_architectures_are_drawn_as_often_as_their_probability_says():
    controller = Controller(TWO, stream(0, "weights"))
    with torch.no_grad():
        for weight in controller.parameters():
            weight.mul_(10)
    noise = stream(0, "noise").gumbel(size=(5_000, 2, 3)).astype(np.float32)
    drawn = controller.draw(torch.from_numpy(noise))
    archs = torch.from_numpy(ALL_OF_TWO)
    expected = controller(archs).gather(2, archs[:, :, None]).sum(dim=(1, 2)).exp().detach()
    found = torch.stack([(drawn == arch).all(dim=1).float().mean() for arch in archs])
    assert float(expected.sum()) == pytest.approx(1, abs=1e-5)
    assert float(expected.max() - expected.min()) > 0.02
    assert (found - expected).abs().max() < 4.5 * 0.5 / 5_000**0.5


def test_a_logit_is_bounded():
    controller = controlled(scale=1_000.0).controller
    spread = controller(torch.tensor([[4, 3, 2, 1, 0, 1]])).detach()
    assert float((spread.amax(2) - spread.amin(2)).max()) <= 5 + 1e-5


@dataclass(frozen=True, kw_only=True)
class Quarter(NB201):
    """The cells that have a convolution on the last two edges."""

    def valid(self, genes):
        return ((genes[:, 4:] == 2) | (genes[:, 4:] == 3)).all(axis=1)


def test_what_is_drawn_belongs_to_the_space():
    found = controlled(space=Quarter(), scale=1.0).draw(stream(0, "draw"), 30).numpy()
    assert found.shape == (30, 6)
    assert Quarter().valid(found).all()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 100])
def test_a_space_of_which_almost_nothing_is_valid_is_refused(count):
    with pytest.raises(RecipeError, match="none of 1,000 draws belongs to space 'nb101'"):
        controlled(space=NB101(), scale=1.0).draw(stream(0, "draw"), count)


def test_what_is_rewarded_becomes_likely():
    update = Enas(samples=8, rate=0.02)
    state = controlled(update, scale=1.0)
    before = update.learned(state)["probabilities"][2][3]
    learn(update, state, rewarding(lambda arch: float(arch[2] == 3)), times=60)
    assert before < 0.3
    assert update.learned(state)["probabilities"][2][3] > 0.6


def test_the_gradient_is_that_of_the_probability_times_the_gain():
    """Two draws: the mean over them of minus gain times the gradient of the log-probability."""
    update = Enas(samples=2, entropy=0.0, decay=0.5, clip=1e9)
    state, other = controlled(update), controlled(update)
    state.optimizer = torch.optim.SGD(state.controller.parameters(), lr=1.0)
    archs = other.draw(other.rng, 2)
    rewards = {tuple(arch): reward for arch, reward in zip(archs.tolist(), (0.2, 0.8), strict=True)}
    before = [weight.detach().clone() for weight in state.controller.parameters()]
    state.baseline = 0.4
    learn(update, state, rewarding(lambda arch: rewards[arch]))
    gains = (0.2 - 0.3, 0.8 - 0.55)  # the baseline goes from 0.4 to 0.3 to 0.55
    log_probabilities = other.controller(archs).gather(2, archs[:, :, None]).sum(dim=(1, 2))
    loss = -(gains[0] * log_probabilities[0] + gains[1] * log_probabilities[1]) / 2
    wanted = torch.autograd.grad(loss, list(other.controller.parameters()))
    for old, weight, slope in zip(before, state.controller.parameters(), wanted, strict=True):
        torch.testing.assert_close(old - weight.detach(), slope, rtol=1e-4, atol=1e-6)
    assert state.baseline == pytest.approx(0.55)


def test_entropy_is_rewarded_in_nats():
    update = Enas(samples=1, entropy=1.0)
    state = controlled(update, scale=0.0)
    learn(update, state, rewarding(lambda arch: 0.0))
    assert state.baseline == pytest.approx(6 * np.log(5), rel=1e-5)


def test_weights_are_trained_with_the_controllers_architectures_on_images_of_their_own():
    training = started(in_tiny(Enas(), paths=Uniform(count=3)))
    asked, losses, rewarded, accuracies = [], training.losses, [], training.accuracies
    training.losses = lambda batch, update: asked.append(batch) or losses(batch, update)
    training.accuracies = lambda batch: rewarded.append(batch) or accuracies(batch)
    passes = training.forward_passes
    training.make_update(*next(training.updates_of_epoch()))
    assert training.forward_passes - passes == 3 + 2
    ((weights,), (rewards,)) = asked, rewarded
    assert SPACE.contains(np.array(weights.choices, dtype=np.int8)).all()
    assert not set(weights.images.tolist()) & set(rewards.images.tolist())


def test_an_accuracy_is_the_fraction_of_images_classified_correctly():
    training = started(in_tiny(Enas(), paths=Uniform(count=1)))
    batch = Batch(choices=[(3, 3, 3, 3, 3, 3), (1, 1, 1, 1, 1, 1)], images=np.arange(10))
    position = training.streams["augmentation"].bit_generator.state
    found = training.accuracies(batch)
    training.streams["augmentation"].bit_generator.state = position
    images, labels = training.images.batch(batch.images, training.streams["augmentation"], flip=True)
    for value, arch in zip(found.tolist(), batch.choices, strict=True):
        right = int((training.supernet(images, arch).argmax(1) == labels).sum())
        assert value == pytest.approx(right / 10)


def test_the_log_moves_no_stream():
    update = Enas()
    state = controlled(update)
    before = state.rng.bit_generator.state
    found = update.learned(state)
    assert state.rng.bit_generator.state == before
    np.testing.assert_allclose(np.sum(found["probabilities"], axis=1), 1, atol=1e-4)
    assert update.learned(state) == found


@pytest.mark.slow
def test_a_killed_training_continues_bit_for_bit():
    continues_bit_for_bit(in_tiny(Enas(), paths=Uniform(count=1)))
