"""The sub-spaces in which one study repeats its variations, a panel each."""

from dataclasses import replace

from bench.study.study import Row
from studies.masking import POOL, ZERO

FULL, NO_ZERO, NO_ZERO_POOL = "all operations", "no Zero", "no Zero, no Pool"
MASKS = {FULL: (), NO_ZERO: (ZERO,), NO_ZERO_POOL: (ZERO, POOL)}
"""Of papers/single-path-ranking-correlations, Figures 5 and 6."""


def in_panel(panel: str, first: Row, *variations: Row) -> tuple[Row, ...]:
    """Return rows as a panel shows them: each variation under the panel's name, set against the `first` one there.

    The whole space keeps the rows' own names, and its first row is the study's.
    """
    if panel == FULL:
        return tuple(replace(row, panels=(panel,)) for row in (first, *variations))
    return (
        replace(first, name=panel, panels=(panel,), reference=True),
        *(replace(row, name=f"{panel}, {row.name}", panels=(panel,), against=panel) for row in variations),
    )
