"""Checks of every loss."""

from typing import TYPE_CHECKING

import numpy as np

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.optimize.losses import Loss
from bench.sample.paths.sandwich import Sandwich

if TYPE_CHECKING:
    from torch import Tensor

SUITE = Suite("losses")
SUITE.include(SETTINGS)


@SUITE.check
def a_loss_is_a_finite_scalar(kind: type[Loss]) -> None:
    from bench.train.checked import checked_losses

    logits, labels = _batch()
    [value] = checked_losses([kind()(logits, labels)], 1, kind())
    if not bool(value.isfinite()):
        raise broken(kind.__call__, f"returned {value.item()} for ordinary logits; expected a finite number")


@SUITE.check
def its_gradient_is_finite_and_reaches_the_logits(kind: type[Loss]) -> None:
    import torch

    logits, labels = _batch()
    value = kind()(logits, labels)
    if value.requires_grad:
        value.sum().backward()
    if logits.grad is None or not bool(logits.grad.any()):
        raise broken(kind.__call__, "gives no gradient to the logits; compute it from them, without detach or item")
    if not bool(torch.isfinite(logits.grad).all()):
        raise broken(kind.__call__, "gives the logits a gradient that is not finite")


@SUITE.check
def the_right_answers_cost_less_than_the_wrong_ones(kind: type[Loss]) -> None:
    import torch

    _, labels = _batch()
    right = 3 * torch.nn.functional.one_hot(labels).double()
    good, bad = kind()(right, labels), kind()(-right, labels)
    if not bool((good < bad).all()):
        raise broken(
            kind.__call__,
            f"is {_shown(good)} for right answers, {_shown(bad)} for wrong ones; training minimizes it",
        )


@SUITE.check
def a_loss_is_a_mean_over_the_batch(kind: type[Loss]) -> None:
    import torch

    logits, labels = _batch()
    once, twice = kind()(logits, labels), kind()(torch.cat([logits, logits]), torch.cat([labels, labels]))
    if not bool(torch.isclose(once, twice).all()):
        raise broken(
            kind.__call__,
            f"is {_shown(once)} for a batch and {_shown(twice)} for the same batch twice; expected a mean",
        )


@SUITE.check
def every_path_of_an_update_has_a_finite_loss(kind: type[Loss]) -> None:
    from bench.train.checked import try_first_update

    for loss in variations(kind()):
        for same_batch in (True, False):
            try_first_update(started(in_tiny(loss, paths=Sandwich(between=1, same_batch=same_batch))))


@SUITE.check
def a_killed_training_continues_bit_for_bit(kind: type[Loss]) -> None:
    for loss in variations(kind()):
        continues_bit_for_bit(in_tiny(loss))


def _batch() -> "tuple[Tensor, Tensor]":
    """Return logits [4, 3], which require a gradient, and labels."""
    import torch

    logits = torch.from_numpy(np.random.default_rng(0).normal(size=(4, 3))).requires_grad_()
    return logits, torch.tensor([0, 2, 1, 2])


def _shown(value: "Tensor") -> str:
    return f"{value.item():.4g}" if value.numel() == 1 else f"of shape {tuple(value.shape)}"
