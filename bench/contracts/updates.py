"""Checks of every update."""

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.optimize.updates import Update
from bench.sample.paths.sandwich import Sandwich

SUITE = Suite("updates")
SUITE.include(SETTINGS)

BATCHES = (Sandwich(between=1), Sandwich(between=1, same_batch=False))
"""Paths that share a mini-batch, and paths with one each."""


@SUITE.check
def an_update_returns_the_loss_of_every_path(kind: type[Update]) -> None:
    from bench.train.checked import try_first_update

    for update in variations(kind(**kind.tiny)):
        for paths in BATCHES:
            try_first_update(started(in_tiny(update, paths=paths)))


@SUITE.check
def an_epoch_moves_the_weights_and_leaves_no_gradient(kind: type[Update]) -> None:
    for paths in BATCHES:
        training = started(in_tiny(kind(**kind.tiny), paths=paths))
        before = {name: weight.detach().clone() for name, weight in training.supernet.named_parameters()}
        training.train_epoch()
        after = dict(training.supernet.named_parameters())
        if all(bool((after[name].detach() == weight).all()) for name, weight in before.items()):
            raise broken(kind.step, "changed no weight in an epoch; call trainer.descend() after the gradients")
        left = [name for name, weight in after.items() if weight.grad is not None and bool(weight.grad.any())]
        if left:
            raise broken(kind.step, f"left a gradient of '{left[0]}' behind; call trainer.descend() after the last one")


@SUITE.check
def a_killed_training_continues_bit_for_bit(kind: type[Update]) -> None:
    """Check every setting with paths that share a mini-batch, and the usual ones with paths of one each, too."""
    usual = kind(**kind.tiny)
    for update in variations(usual):
        for paths in BATCHES if update == usual else BATCHES[:1]:
            continues_bit_for_bit(in_tiny(update, paths=paths))
