"""Checks of every optimizer."""

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.optimize.optimizers import Optimizer

SUITE = Suite("optimizers")
SUITE.include(SETTINGS)


@SUITE.check
def it_holds_every_weight_of_the_supernet_once(kind: type[Optimizer]) -> None:
    training = started(in_tiny(kind()))
    held = [id(weight) for group in training.optimizer.param_groups for weight in group["params"]]
    wanted = {id(weight) for weight in training.supernet.parameters()}
    if len(set(held)) != len(held) or set(held) != wanted:
        raise broken(
            kind.build, f"holds {len(held)} of {len(wanted)} weights; expected every weight of the supernet once"
        )


@SUITE.check
def a_step_moves_the_weights_that_have_gradients_and_forgets_the_gradients(kind: type[Optimizer]) -> None:
    training = started(in_tiny(kind()))
    before = {name: weight.detach().clone() for name, weight in training.supernet.named_parameters()}
    optimizer = training.optimizer
    for group in optimizer.param_groups:
        group["lr"] = 0.1
    for weight in training.supernet.parameters():
        weight.grad = weight.detach() + 1
    training.recipe.optimizer.step(optimizer)
    for name, weight in training.supernet.named_parameters():
        if bool((weight.detach() == before[name]).all()):
            raise broken(kind.step, f"did not change '{name}', which had a gradient")
        if weight.grad is not None and bool(weight.grad.any()):
            raise broken(kind.step, f"kept the gradient of '{name}'; the next update would add to it")


@SUITE.check
def a_rate_of_zero_moves_nothing(kind: type[Optimizer]) -> None:
    training = started(in_tiny(kind()))
    before = {name: weight.detach().clone() for name, weight in training.supernet.named_parameters()}
    for group in training.optimizer.param_groups:
        group["lr"] = 0.0
    for weight in training.supernet.parameters():
        weight.grad = weight.detach() + 1
    training.recipe.optimizer.step(training.optimizer)
    for name, weight in training.supernet.named_parameters():
        if not bool((weight.detach() == before[name]).all()):
            raise broken(kind.step, f"changed '{name}' at a learning rate of 0; take the rate from the group's 'lr'")


@SUITE.check
def a_killed_training_continues_bit_for_bit(kind: type[Optimizer]) -> None:
    for optimizer in variations(in_tiny(kind()).optimizer):
        continues_bit_for_bit(in_tiny(optimizer))
