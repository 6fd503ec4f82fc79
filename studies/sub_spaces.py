"""Sub-spaces in which a study repeats its variations, one panel each."""

from dataclasses import replace

from bench.study.study import Row
from studies.masking import POOL, ZERO

FULL, NO_ZERO, NO_ZERO_POOL = "all operations", "no Zero", "no Zero, no Pool"
MASKS = {FULL: (), NO_ZERO: (ZERO,), NO_ZERO_POOL: (ZERO, POOL)}
"""Of papers/single-path-ranking-correlations, Figures 5 and 6."""


def in_panel(panel: str, first: Row, *variations: Row) -> tuple[Row, ...]:
    """Return the rows of a panel: each variation is named after the panel and compared with the `first` row in it.

    In the whole space rows keep their names, and the first row is the study's first.
    """
    if panel == FULL:
        return tuple(replace(row, panels=(panel,)) for row in (first, *variations))
    return (
        replace(first, name=panel, panels=(panel,), reference=True),
        *(replace(row, name=f"{panel}, {row.name}", panels=(panel,), against=panel) for row in variations),
    )
