"""Gradient methods: halves of the images, what each method trains, and the two predictors that it leaves."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.contracts.training import continues_bit_for_bit, in_tiny, noise, started
from bench.errors import RecipeError, UnknownName
from bench.optimize.bilevel import Learned
from bench.optimize.halves import until_valid
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.optimize.updates.darts_minus import DartsMinus
from bench.optimize.updates.dr_nas import DrNas
from bench.optimize.updates.fair_darts import FairDarts
from bench.optimize.updates.gdas import Gdas, taken
from bench.optimize.updates.setn import Setn
from bench.predict.trained import TrainedSupernet
from bench.rng import stream
from bench.sample.paths.uniform import Uniform
from bench.spaces.macro import Macro
from bench.spaces.nb101 import NB101
from bench.spaces.nb201 import NB201, SKIP
from bench.spaces.track1 import Track1
from bench.train.checked import try_first_update
from bench.train.checkpoint import write_checkpoint
from bench.types import Mixture

SPACE = NB201()
ONE = {"paths": Uniform(count=1)}
MASKED = NB201(mask=("none", "nor_conv_1x1"))
METHODS = (DartsFirstOrder, DartsMinus, DrNas, FairDarts, Gdas, Setn)


def learned(update, parameters=None, space=SPACE):
    """Return the state of an update, on a supernet of one weight, with parameters [decision, choice]."""
    found = update.start(torch.nn.Linear(1, 1), space, stream(0, "update"))
    if parameters is not None:
        found.parameters.data.copy_(torch.as_tensor(parameters))
    return found


def some_parameters(seed=0):
    return 2 * torch.randn(6, 5, generator=torch.Generator().manual_seed(seed))


def recorded(training):
    """Return a list that is filled with (kind of choice, images) of every batch asked for."""
    asked, losses = [], training.losses

    def of(batch, update):
        asked.extend((choice, np.asarray(batch.images)) for choice in batch.choices)
        return losses(batch, update)

    training.losses = of
    return asked


@pytest.mark.slow
def test_weights_and_architecture_parameters_never_see_the_same_image():
    training = started(in_tiny(DartsFirstOrder(), **ONE))
    asked = recorded(training)
    training.run()
    on_weights = {image for choice, images in asked for image in images if not choice.weights.requires_grad}
    on_parameters = {image for choice, images in asked for image in images if choice.weights.requires_grad}
    assert len(on_weights) == 12
    assert on_parameters
    assert not on_weights & on_parameters


def test_an_epoch_shows_the_weights_each_of_their_images_equally_often():
    training = started(in_tiny(DartsFirstOrder(), **ONE))
    asked = recorded(training)
    training.train_epoch()
    _, counts = np.unique([images for c, images in asked if not c.weights.requires_grad], return_counts=True)
    assert counts.tolist() == [2] * 12


def test_the_parts_differ_from_seed_to_seed():
    first, second = DartsFirstOrder().start, DartsFirstOrder().parts
    orders = [second(first(torch.nn.Linear(1, 1), SPACE, stream(seed, "update")), 24)[0].tolist() for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize(("share", "train"), [(0.3, 2), (0.01, 24)])
def test_a_share_that_leaves_a_part_without_images_is_refused_before_training(share, train):
    recipe = in_tiny(DartsFirstOrder(share=share), **ONE)
    recipe = replace(recipe, images=replace(recipe.images, train=train, batch=2))
    with pytest.raises(
        RecipeError, match=rf"darts-first-order\.share is .* of {train} training images, which leaves none for one"
    ):
        try_first_update(started(recipe))


def test_a_supernet_that_takes_no_mixture_says_so_before_training():
    with pytest.raises(RecipeError, match="not a Mixture"):
        try_first_update(started(in_tiny(DartsFirstOrder(), space=Track1(), **ONE)))


def test_a_schedule_by_path_says_that_a_mixture_is_none():
    with pytest.raises(RecipeError, match="depends on the path, but the update trains mixtures; name another one"):
        try_first_update(started(in_tiny(DartsFirstOrder(), schedule=PerArchitecture(), **ONE)))


def test_a_killed_training_continues_bit_for_bit():
    continues_bit_for_bit(in_tiny(Gdas(), **ONE))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("method", METHODS)
def test_an_update_steps_the_architecture_parameters_of_allowed_choices_alone(method):
    training = started(in_tiny(method(weight_decay=0.0), space=MASKED, **ONE))
    state = training.states["update"]
    before = state.parameters.detach().clone()
    training.make_update(*next(training.updates_of_epoch()))
    moved = state.parameters.detach() != before
    assert moved[state.allowed].all()
    assert not moved[~state.allowed].any()


@pytest.mark.parametrize("method", METHODS)
def test_the_weights_of_masked_choices_are_zero_and_the_others_finite(method):
    state = learned(method(), some_parameters(), MASKED)
    weights = method().weights(state, 0.3).detach()
    assert weights[~state.allowed].tolist() == [0.0] * 12
    assert weights.isfinite().all()


@pytest.mark.parametrize("method", [DartsFirstOrder, DartsMinus, DrNas, Gdas, Setn])
def test_the_probabilities_of_all_architectures_sum_to_one(method):
    archs = np.array(np.meshgrid(*[range(5)] * 6)).reshape(6, -1).T.astype(np.int8)
    found = method().log_probability(learned(method(), some_parameters()), archs)
    assert found.shape == (15_625,)
    assert np.exp(found).sum() == pytest.approx(1)


def test_the_log_probability_is_the_sum_over_decisions():
    parameters = some_parameters()
    expected = sum(torch.log_softmax(parameters[edge], 0)[choice] for edge, choice in enumerate((4, 3, 2, 1, 0, 1)))
    found = DartsFirstOrder().log_probability(
        learned(DartsFirstOrder(), parameters), np.array([[4, 3, 2, 1, 0, 1]], dtype=np.int8)
    )
    assert found[0] == pytest.approx(float(expected))


def test_fair_darts_takes_a_choice_as_probable_as_it_on_and_the_others_off():
    parameters = some_parameters()
    on = parameters.sigmoid()
    expected = sum(on[edge, 2].log() + sum((1 - on[edge, other]).log() for other in (0, 1, 3, 4)) for edge in range(6))
    found = FairDarts().log_probability(learned(FairDarts(), parameters), np.full((1, 6), 2, dtype=np.int8))
    assert found[0] == pytest.approx(float(expected), rel=1e-5)


def test_fair_darts_rewards_weights_that_are_far_from_a_half():
    assert FairDarts().penalty(learned(FairDarts(), torch.zeros(6, 5))) == 0
    sure = FairDarts().penalty(learned(FairDarts(), torch.full((6, 5), 50.0)))
    assert float(sure.detach()) == pytest.approx(-10 / 4)


def test_gumbel_weights_are_exactly_one_operation_per_decision():
    update, state = Gdas(), learned(Gdas(), some_parameters())
    for progress in (0.0, 0.5, 0.99):
        weights = update.weights(state, progress)
        assert set(weights.detach().flatten().tolist()) == {0.0, 1.0}
        assert weights.detach().sum(dim=1).tolist() == [1.0] * 6


@pytest.mark.slow
def test_gumbel_weights_are_on_average_the_softmax_at_any_temperature():
    update, state = Gdas(), learned(Gdas(), some_parameters())
    expected = state.parameters.detach().softmax(dim=1)
    for progress in (0.0, 0.99):
        mean = sum(update.weights(state, progress).detach() for _ in range(500)) / 500
        assert (mean - expected).abs().max() < 5 * 0.5 / 500**0.5


def test_gumbel_weights_pass_the_gradient_of_a_softmax_at_their_temperature():
    update = Gdas(hot=2.0, cold=2.0)
    state, other = learned(update, some_parameters()), learned(update, some_parameters())
    slopes = some_parameters(1)
    (update.weights(state, 0.0) * slopes).sum().backward()
    noise = torch.as_tensor(other.rng.gumbel(size=(6, 5)).astype(np.float32))
    (((other.parameters.log_softmax(1) + noise) / 2).softmax(1) * slopes).sum().backward()
    torch.testing.assert_close(state.parameters.grad, other.parameters.grad)


def test_draws_of_which_none_is_valid_are_refused():
    with pytest.raises(RecipeError, match="none of 1,000 draws belongs to space 'nb101': the update takes each"):
        until_valid(NB101(), lambda: (0,) * 26, lambda arch: arch)


def test_the_temperature_falls_from_hot_to_cold():
    sure = torch.zeros(6, 5)
    sure[:, 1] = 1.0
    state = learned(Gdas(), sure)
    slopes = []
    for progress in (0.0, 0.999):
        state.rng = stream(0, "update")
        (gradient,) = torch.autograd.grad(Gdas().weights(state, progress)[:, 1].sum(), [state.parameters])
        slopes.append(float(gradient.abs().max()))
    assert slopes[0] < 0.03, "a slope of at most 1 / 4 over the temperature of 10"
    assert slopes[1] > slopes[0]


@pytest.mark.slow
def test_gdas_trains_weights_with_paths_and_parameters_with_one_computed_operation_per_decision():
    training = started(in_tiny(Gdas(), **ONE))
    asked = recorded(training)
    training.make_update(*next(training.updates_of_epoch()))
    (path, _), (mixture, _) = asked
    assert SPACE.contains(np.array([path], dtype=np.int8)).all()
    assert isinstance(mixture, Mixture)
    assert mixture.only == taken(mixture.weights)


def test_setn_trains_weights_with_the_paths_that_were_drawn():
    training = started(in_tiny(Setn(), **ONE))
    asked = recorded(training)
    genes, batches = next(training.updates_of_epoch())
    training.make_update(genes, batches)
    assert asked[0][0] == tuple(genes[0].tolist())
    assert isinstance(asked[1][0], Mixture)


def test_the_auxiliary_skip_fades_to_zero_on_every_edge():
    update, state = DartsMinus(beta=0.8), learned(DartsMinus(), some_parameters())
    for progress, left in ((0.0, 0.8), (0.25, 0.6), (1.0, 0.0)):
        extra = (update.weights(state, progress) - DartsFirstOrder().weights(state, progress)).detach()
        assert extra[:, SKIP].tolist() == pytest.approx([left] * 6)
        assert float(extra.abs().sum()) == pytest.approx(6 * left)


def test_the_auxiliary_skip_is_the_identity_of_the_cell():
    cell = started(in_tiny(DartsMinus(), **ONE)).supernet.stages[0][0]
    values, weights = torch.randn(2, 2, 8, 8), torch.zeros(6, 5)
    weights[3, SKIP] = 0.3
    torch.testing.assert_close(cell.mixed(values, Mixture(weights)), 0.3 * values)


def test_a_space_without_skips_has_no_auxiliary_one():
    with pytest.raises(UnknownName, match=r"unknown choice 'skip_connect'.*darts-minus\.skip names one of the space"):
        try_first_update(started(in_tiny(DartsMinus(), space=Macro(), **ONE)))


def test_the_concentration_of_a_parameter_is_its_elu_and_one():
    parameters = torch.zeros(6, 5)
    parameters[0, :3] = torch.tensor([2.0, -1.0, 0.0])
    found = DrNas().concentration(learned(DrNas(), parameters))
    assert found[0, :3].tolist() == pytest.approx([3.0, np.exp(-1), 1.0])
    assert DrNas().concentration(learned(DrNas(), space=MASKED))[:, 0].tolist() == [0.0] * 6


@pytest.mark.slow
def test_dirichlet_weights_have_the_mean_and_variance_of_their_concentrations():
    update, state = DrNas(), learned(DrNas(), torch.linspace(-1, 3, 30).view(6, 5))
    concentration = update.concentration(state).detach()
    expected = torch.distributions.Dirichlet(concentration)
    drawn = torch.stack([update.weights(state, 0.0).detach() for _ in range(300)])
    torch.testing.assert_close(drawn.sum(dim=2), torch.ones(300, 6))
    assert ((drawn.mean(dim=0) - expected.mean) / (expected.variance / 300).sqrt()).abs().max() < 4.5
    assert (drawn.var(dim=0) / expected.variance - 1).abs().max() < 0.5


@pytest.mark.slow
def test_the_gradient_through_a_dirichlet_draw_is_on_average_that_of_its_mean():
    update, state = DrNas(), learned(DrNas(), torch.full((6, 5), 0.5))
    slopes = some_parameters(1)
    expected, found = update.concentration(state), 0
    mean = expected / expected.sum(dim=1, keepdim=True)
    (of_mean,) = torch.autograd.grad((mean * slopes).sum(), [state.parameters])
    for _ in range(150):
        found += torch.autograd.grad((update.weights(state, 0.0) * slopes).sum(), [state.parameters])[0] / 150
    torch.testing.assert_close(found, of_mean, atol=0.1, rtol=0)


def test_dirichlet_draws_leave_the_global_generator_alone():
    state = learned(DrNas())
    before = torch.random.get_rng_state()
    one, other = DrNas().weights(state, 0.0), DrNas().weights(state, 0.0)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.equal(one, other)


@pytest.mark.slow
def test_every_epoch_logs_the_architecture_parameters():
    training = started(in_tiny(DartsFirstOrder(), **ONE))
    training.run()
    final = training.states["update"].parameters.detach().double().numpy().round(5).tolist()
    assert training.log[-1].learned["architecture_parameters"] == final
    np.testing.assert_allclose(
        training.log[-1].learned["probabilities"], torch.tensor(final).softmax(dim=1), rtol=0, atol=2e-5
    )
    assert training.log[0].learned != training.log[-1].learned


@pytest.mark.parametrize("method", METHODS)
def test_the_logged_probabilities_of_masked_choices_are_zero(method):
    state = learned(method(), some_parameters(), MASKED)
    found = np.array(method().learned(state)["probabilities"])
    assert (found[~state.allowed.numpy()] == 0).all()
    assert (found[state.allowed.numpy()] > 0).all()


@pytest.mark.slow
def test_a_finished_training_predicts_log_probabilities_alone_and_from_its_checkpoint(tmp_path):
    recipe = in_tiny(DartsFirstOrder(rate=0.1), epochs=1, **ONE)
    training = started(recipe)
    training.run()
    archs = SPACE.sample(stream(0, "archs"), 20)
    found = TrainedSupernet.of(training).ask(archs)
    state = training.states["update"]
    assert isinstance(state, Learned)
    assert found.scores == ("accuracy", "negative-cross-entropy", "log-probability")
    np.testing.assert_allclose(found.by("log-probability"), recipe.update.log_probability(state, archs), rtol=1e-6)
    assert len(set(found.by("log-probability"))) > 10
    write_checkpoint(training.checkpoint(), tmp_path / "checkpoint.pt")
    loaded = TrainedSupernet.load(tmp_path / "checkpoint.pt", recipe, noise(recipe.construct.resolution), 0)
    np.testing.assert_array_equal(loaded.ask(archs).by("log-probability"), found.by("log-probability"))
