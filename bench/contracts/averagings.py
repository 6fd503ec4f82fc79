"""Checks of every averaging."""

from typing import TYPE_CHECKING

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import continues_bit_for_bit, in_tiny, started
from bench.optimize.averagings import Averaging, Kept

if TYPE_CHECKING:
    from bench.optimize.averagings import Weights

SUITE = Suite("averagings")
SUITE.include(SETTINGS)
UPDATES = 19


@SUITE.check
def the_average_of_resting_weights_is_the_weights(kind: type[Averaging]) -> None:
    import torch

    averaging, weights = kind(), _weights()
    members = averaging.predicting(_after(averaging, weights), weights)
    if not members:
        raise broken(kind.predicting, "returned no weights; expected those of one member or more")
    for member in members:
        if member.keys() != weights.keys():
            raise broken(kind.predicting, f"returned weights named {sorted(member)}; expected {sorted(weights)}")
        for name, value in member.items():
            if not torch.allclose(value.detach(), weights[name].detach()):
                raise broken(kind.update, f"changed '{name}' although no weight changed")


@SUITE.check
def what_is_kept_takes_no_gradient(kind: type[Averaging]) -> None:
    averaging, weights = kind(), _weights()
    for kept in _after(averaging, weights).sets.values():
        if any(value.requires_grad for value in kept.values()):
            raise broken(kind.start, "keeps weights that take gradients; copy them with averagings.copied")


@SUITE.check
def there_are_as_many_members_as_promised(kind: type[Averaging]) -> None:
    averaging, weights = kind(), _weights()
    found = len(averaging.predicting(_after(averaging, weights), weights))
    if found != averaging.members:
        raise broken(kind.predicting, f"returned {found} members; `members` is {averaging.members}")


@SUITE.check
def averaging_never_touches_the_weights_themselves(kind: type[Averaging]) -> None:
    import torch

    averaging, weights = kind(), _weights()
    kept = averaging.start(weights)
    for update in range(1, UPDATES + 1):
        with torch.no_grad():
            weights["a"].fill_(update)
        averaging.update(kept, weights, update, UPDATES)
        if weights["a"].tolist() != [update] * 3 or weights["b"].tolist() != [[5.0, 5.0], [5.0, 5.0]]:
            raise broken(kind.update, "changed the weights that are trained; it may change only the kept ones")


@SUITE.check
def a_killed_training_continues_bit_for_bit_and_predicts_with_the_same_weights(kind: type[Averaging]) -> None:
    from bench.supernets.norms.tracked import Tracked

    for averaging in variations(kind()):
        recipe = in_tiny(averaging, norm=Tracked())
        continues_bit_for_bit(recipe)
        training = started(recipe)
        training.train_epoch()
        for member in training.predicting_weights():
            if member.keys() != training.weights.keys():
                raise broken(kind.predicting, "leaves out weights of the supernet; include tracked statistics")


def _weights() -> "Weights":
    import torch

    return {"a": torch.ones(3, requires_grad=True), "b": torch.full((2, 2), 5.0)}


def _after(averaging: Averaging, weights: "Weights") -> Kept:
    kept = averaging.start(weights)
    for update in range(1, UPDATES + 1):
        averaging.update(kept, weights, update, UPDATES)
    return kept
