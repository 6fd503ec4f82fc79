"""What a model of few truths knows of an architecture: its choices, its costs, and what a supernet says of it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from bench.scores.diverged import settled
from bench.spaces import Space
from bench.types import Genes, PerArch

PerFeature = Float[np.ndarray, "arch feature"]


def ranks(values: PerArch) -> PerArch:
    """Return the ranks of values with mean 0 and variance 1, [arch]; equal values share their mean rank.

    NaN and infinite values rank last. Values that are all equal are all 0.

    >>> ranks(np.array([5.0, 7.0, 7.0, 9.0])).round(2).tolist()
    [-1.41, 0.0, 0.0, 1.41]
    """
    from scipy.stats import rankdata

    found = rankdata(settled(values)) - (len(values) + 1) / 2
    spread = found.std()
    return found / spread if spread else found


def choice_features(space: Space, genes: Genes) -> PerFeature:
    """Return the choices of the canonical architectures, [arch, feature].

    A decision has an indicator per choice, 0 or 1; one whose choices are numbers, such as widths, has their ranks.
    Choices that all or none of the architectures have are left out.
    """
    canonical, columns = space.canonical(genes), []
    for decision, names in enumerate(space.choices):
        taken = canonical[:, decision]
        if all(name.isdecimal() for name in names):
            numbers = np.array([float(name) for name in names])
            columns.append(ranks(numbers[taken]))
        else:
            columns += [(taken == choice).astype(np.float64) for choice in range(len(names))]
    return _varying(columns, len(genes))


def rank_features(values: Sequence[PerArch], archs: int) -> PerFeature:
    """Return the ranks of costs, or of the scores of a supernet, among all `archs` architectures, [arch, feature]."""
    return _varying([ranks(one) for one in values], archs)


def _varying(columns: Sequence[PerArch], archs: int) -> PerFeature:
    kept = [column for column in columns if column.min() < column.max()]
    return np.column_stack(kept) if kept else np.empty((archs, 0))
