"""The bias of a ranking: which choices of which decisions it puts too high or too low."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from bench.errors import ComparisonError
from bench.scores.diverged import settled
from bench.spaces import SPACES
from bench.types import Flags, Genes, PerArch

MOST_CHOICES = 10
"""Decisions with more choices have no bias table that can be read, such as the widths of a channel search."""


@dataclass(frozen=True, kw_only=True)
class Bias:
    """The mean rank error per decision and choice, in percent of the `n` architectures: + is ranked too high.

    `mean` [decision, choice] is averaged over the architectures with that choice, NaN where none has it; `count` is
    their number. `share` is the fraction of the rank error's variance that is additive in the choices (R^2), 0 to 1.
    """

    mean: Float[np.ndarray, "decision choice"]
    count: Float[np.ndarray, "decision choice"]
    share: float
    n: int
    seeds: int


def rank_error(prediction: PerArch, truth: PerArch) -> PerArch:
    """Return predicted minus true rank of each architecture in percent of all: + is ranked too high.

    Ranks ascend, equal values share their mean rank, and diverged predictions rank last. The mean is 0.

    >>> rank_error(np.array([1.0, 2.0, 3.0, 3.0]), np.array([90.0, 93.0, 91.0, 92.0])).tolist()
    [0.0, -50.0, 37.5, 12.5]
    """
    from scipy.stats import rankdata

    return 100 * (rankdata(settled(prediction)) - rankdata(truth)) / len(truth)


def bias(genes: Genes, predictions: Sequence[PerArch], truth: PerArch) -> Bias:
    """Return the bias of one prediction per seed, all of the same architectures, whose errors are averaged over seeds.

    `genes` [arch, decision] are the choices to which the errors are attributed, for example the canonical ones.
    """
    error = np.mean([rank_error(prediction, truth) for prediction in predictions], axis=0)
    chosen = genes[:, :, None] == np.arange(int(genes.max(initial=0)) + 1)
    count = chosen.sum(axis=0).astype(np.float64)
    summed = np.einsum("adc,a->dc", chosen.astype(np.float64), error)
    mean = np.where(count > 0, summed / np.maximum(count, 1), np.nan)
    return Bias(mean=mean, count=count, share=_additive(chosen, error), n=len(truth), seeds=len(predictions))


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The names of the decisions of a space and of their choices, and the canonical genes of architectures.

    `connected` flags those with a path from input to output; the others' ranks are no question of choices.
    """

    decisions: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    genes: Genes
    connected: Flags

    def suffice(self, kept: Flags) -> bool:
        """Return whether the architectures flagged are more than the numbers of an error additive in their choices."""
        shown = self.genes[kept]
        return len(shown) > 1 + sum(max(len(np.unique(chosen)) - 1, 0) for chosen in shown.T)


def choices_of(space: str, genes: Genes) -> Choices:
    """Return the choices of architectures, an operation without effect counted as the one that stands for it.

    Raises `ComparisonError` if a decision has more than `MOST_CHOICES` choices.
    """
    whole = SPACES.get(space)()
    most = max(map(len, whole.choices))
    if most > MOST_CHOICES:
        raise ComparisonError(
            f"space '{space}' has decisions of {most} choices; a table of bias has at most {MOST_CHOICES}; "
            "compare its rows by 'supernet-bench compare' instead"
        )
    return Choices(
        decisions=whole.decision_names,
        choices=whole.choices,
        genes=whole.canonical(genes),
        connected=whole.connected(genes),
    )


def _additive(chosen: np.ndarray, error: PerArch) -> float:
    """Return R^2 of the least-squares fit of the error on an intercept and the indicators of the choices."""
    indicators = chosen.reshape(len(error), -1)
    design = np.column_stack([np.ones(len(error)), indicators[:, indicators.any(axis=0)]]).astype(np.float64)
    total = ((error - error.mean()) ** 2).sum()
    if total == 0:
        return float("nan")
    fitted = design @ np.linalg.lstsq(design, error, rcond=None)[0]
    return float(1 - ((error - fitted) ** 2).sum() / total)
