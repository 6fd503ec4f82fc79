"""Each schedule against PyTorch's own; what holds for every one is in bench/contracts/schedules.py."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from bench.errors import RecipeError
from bench.optimize.schedules import SCHEDULES
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.schedules.one_cycle import OneCycle
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.optimize.schedules.warm_up import WarmUp
from bench.slot import describe
from bench.spaces.nb201 import NB201

EVERY = pytest.mark.parametrize(
    "schedule", [SCHEDULES.get(name)() for name in SCHEDULES.names()], ids=SCHEDULES.names()
)
STEPS = 100


def rates(make):
    """Return the rates that a scheduler of PyTorch gives its first STEPS updates, with peak rate 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1)
    scheduler = make(optimizer)
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(found)


@EVERY
def test_a_schedule_ends_lower_than_its_peak(schedule):
    assert schedule.factor(1) < 0.1


@pytest.mark.parametrize("final", [0, 0.1])
def test_cosine_is_that_of_pytorch(final):
    expected = rates(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, STEPS, eta_min=final))
    np.testing.assert_allclose(
        [Cosine(final=final).factor(step / STEPS) for step in range(STEPS)], expected, atol=1e-12
    )


def test_one_cycle_is_that_of_pytorch_which_peaks_and_ends_one_update_earlier():
    def torchs(optimizer):
        return lr_scheduler.OneCycleLR(optimizer, max_lr=1, total_steps=STEPS + 1, pct_start=0.3, cycle_momentum=False)

    peak, end = 0.3 * (STEPS + 1) - 1, STEPS  # the updates at which PyTorch's has its peak and its end
    progress = np.interp(np.arange(STEPS), [0, peak, end], [0, 0.3, 1])
    np.testing.assert_allclose([OneCycle().factor(p) for p in progress], rates(torchs), atol=1e-12)


def test_a_final_rate_outside_its_range_is_refused():
    with pytest.raises(RecipeError, match=r"cosine.final is 1\.5; allowed: 0 to 1, of the peak rate"):
        Cosine(final=1.5)


@pytest.mark.parametrize("rise", [0, 1])
def test_a_rise_outside_its_range_is_refused(rise):
    with pytest.raises(RecipeError, match=f"one-cycle.rise is {rise}; allowed: above 0 to below 1"):
        OneCycle(rise=rise)


@pytest.mark.parametrize("end", ["first", "final"])
def test_an_end_of_the_cycle_outside_its_range_is_refused(end):
    with pytest.raises(RecipeError, match=f"one-cycle.{end} is 2; allowed: 0 to 1, of the peak rate"):
        OneCycle(**{end: 2})


def test_warm_up_rises_linearly_then_follows_the_other_schedule():
    warm = WarmUp(fraction=0.2, then=Cosine(final=0.1))
    np.testing.assert_allclose([warm.factor(p) for p in (0, 0.05, 0.1, 0.15)], [0, 0.25, 0.5, 0.75])
    ours = [warm.factor(progress) for progress in np.linspace(0.2, 1, 50)]
    np.testing.assert_allclose(ours, [Cosine(final=0.1).factor(progress) for progress in np.linspace(0, 1, 50)])


@pytest.mark.parametrize("fraction", [0, 1])
def test_a_warm_up_of_nothing_or_of_everything_is_refused(fraction):
    with pytest.raises(RecipeError, match=rf"warm-up\.fraction is {fraction}; allowed: above 0 to below 1"):
        WarmUp(fraction=fraction)


def test_the_rate_of_an_architecture_falls_as_a_power_between_one_and_the_steepest():
    schedule = PerArchitecture(steepest=3)
    for complexity, gamma in ((0.0, 3), (0.5, 2), (1.0, 1)):
        found = schedule.factor(0.4) * schedule.path_factor(0.4, complexity)
        assert found == pytest.approx(0.6**gamma)


def test_a_steepest_power_below_one_is_refused():
    with pytest.raises(RecipeError, match=r"per-architecture\.steepest is 0\.5; allowed: 1 or more"):
        PerArchitecture(steepest=0.5)


@pytest.mark.slow
def test_shuffled_sizes_are_spread_as_the_spaces_but_have_nothing_to_do_with_the_architecture():
    space = NB201()
    genes = space.enumerate()[::16]
    own, other = (PerArchitecture(shuffled=on).complexity(space, genes) for on in (False, True))
    np.testing.assert_array_equal(own, space.complexity(genes))
    assert abs(np.corrcoef(own, other)[0, 1]) < 0.1
    assert other.min() >= 0
    assert other.max() <= 1
    np.testing.assert_allclose(np.quantile(other, [0.1, 0.5, 0.9]), np.quantile(own, [0.1, 0.5, 0.9]), atol=0.05)


def test_an_architecture_keeps_its_shuffled_size_and_stays_in_a_masked_space():
    space = NB201(mask=("nor_conv_3x3", "nor_conv_1x1"))
    genes = space.enumerate()[:40]
    found = PerArchitecture(shuffled=True).complexity(space, genes)
    again = PerArchitecture(shuffled=True, steepest=2.0).complexity(space, genes[::-1])
    np.testing.assert_array_equal(found, again[::-1])
    known = np.unique(space.complexity(space.enumerate()))
    assert np.isin(found, known).all()


def test_rates_that_are_not_shuffled_keep_their_identity():
    assert "shuffled" not in describe(PerArchitecture())
    assert describe(PerArchitecture(shuffled=True))["shuffled"] is True
