"""Rows of a study that repeats its variations in several panels of a figure."""

from dataclasses import replace

from bench.study.study import Row


def in_panel(panel: str, first: Row, *variations: Row, main: bool = False) -> tuple[Row, ...]:
    """Return the rows of a panel: each variation is named after the panel and compared with the `first` row in it.

    In the `main` panel rows keep their names, and the first row is the study's first.
    """
    if main:
        return tuple(replace(row, panels=(panel,)) for row in (first, *variations))
    return (
        replace(first, name=panel, panels=(panel,), reference=True),
        *(replace(row, name=f"{panel}, {row.name}", panels=(panel,), against=panel) for row in variations),
    )
