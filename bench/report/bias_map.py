"""Which choices a ranking puts too high or too low, as a table of whole numbers with nine shades."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.errors import ComparisonError
from bench.scores.bias import bias, choices_of
from bench.scores.join import Joined
from bench.tables.table import Table

SHADES = 4
"""Shades on each side of none."""


@dataclass(frozen=True, kw_only=True)
class BiasMap:
    """The mean rank errors of a row, percent of the `n` architectures: + is ranked too high.

    `lines` holds, for each choice, its name and a cell per decision: the error as text, empty where no architecture has
    the choice there, and its shade, from -4, far too low, to 4. `share` is the part of the error's variance that is
    additive in the choices, 0 to 1.
    """

    name: str
    n: int
    seeds: int
    share: float
    decisions: tuple[str, ...]
    lines: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


def bias_map(name: str, predictions: Sequence[Joined], table: Table) -> BiasMap | None:
    """Return the bias of one prediction per seed over all connected architectures that every seed predicts.

    None if the space has decisions of too many choices to show, or if fewer architectures are predicted than an
    additive error has numbers.
    """
    try:
        names = choices_of(table.truth.space, table.genes)
    except ComparisonError:
        return None
    kept = np.logical_and.reduce([one.present for one in predictions]) & names.connected
    if not names.suffice(kept):
        return None
    found = bias(names.genes[kept], [one.prediction[kept] for one in predictions], table.mean[kept])
    most = max(float(np.nanmax(np.abs(found.mean), initial=0)), 1e-9)
    every = list(dict.fromkeys(choice for choices in names.choices for choice in choices))

    def cell(place: int, choice: str) -> tuple[str, int]:
        number = names.choices[place].index(choice) if choice in names.choices[place] else found.mean.shape[1]
        error = found.mean[place, number] if number < found.mean.shape[1] else np.nan
        if np.isnan(error):
            return "", 0
        return (f"{round(error):+d}" if round(error) else "0"), round(SHADES * error / most)

    return BiasMap(
        name=name,
        n=found.n,
        seeds=found.seeds,
        share=found.share,
        decisions=names.decisions,
        lines=tuple((c, tuple(cell(place, c) for place in range(len(names.decisions)))) for c in every),
    )
