"""Tables of text as every command prints them: aligned on a terminal, or as Markdown, LaTeX, CSV or JSON."""

import csv
import io
import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bench.errors import BenchError

FORMATS = ("table", "markdown", "latex", "csv", "json")
Format = Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")]
PIPED_WIDTH = 180
"""Width of tables, in characters, if the output is not a terminal and COLUMNS is not set."""
TITLE_COLUMN = 24
"""Narrowest width to which the first column of a table is folded."""
GAP, EDGES = 2, 2
"""Characters between two columns, and at both ends of a line together."""


def chosen_format(spelled: str, as_json: bool) -> str:
    """Return the format that --format and --json ask for; raises `BenchError` for another one.

    >>> chosen_format("table", True), chosen_format("csv", False)
    ('json', 'csv')
    """
    if spelled not in FORMATS:
        raise BenchError(f"--format {spelled}; allowed: {', '.join(FORMATS)}")
    if as_json and spelled not in ("table", "json"):
        raise BenchError(f"--json and --format {spelled}; keep one of them")
    return "json" if as_json else spelled


def print_grid(headings: Sequence[str], lines: Sequence[Sequence[str]], title: str = "", how: str = "table") -> None:
    """Print a table; on a terminal it is folded between words, never inside a number.

    One that is too wide for that is printed in several, each with the first column.
    """
    if how != "table":
        typer.echo(spelled_grid(headings, lines, how))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Grid

    console = Console(highlight=False, markup=False, width=table_width())
    if title:
        console.print(title)
    for columns in parts_of(headings, lines, console.width):
        grid = Grid(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        for place, width in zip(columns, widths_of(headings, lines, columns, console.width), strict=True):
            grid.add_column(headings[place], width=width, overflow="fold")
        for line in lines:
            grid.add_row(*(line[place] for place in columns))
        console.print(grid)


def table_width() -> int | None:
    """Return the width of tables: None for the terminal's own, or that of COLUMNS."""
    return None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH


def narrow(heading: str, column: Sequence[str]) -> int:
    """Return the least width at which no word of a column is broken.

    >>> narrow("tau-b", [".8566 [.84, .87]", "-"]), narrow("a", ["1"])
    (5, 1)
    """
    return max((len(word) for text in (heading, *column) for word in text.split()), default=1)


def _least(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> list[int]:
    """Return the least width of every column; the names in the first are folded to `TITLE_COLUMN` at most."""
    least = [narrow(heading, [line[place] for line in lines]) for place, heading in enumerate(headings)]
    longest = max((_long(line[0]) for line in lines), default=0)
    return [max(least[0], min(TITLE_COLUMN, longest)), *least[1:]]


def _long(text: str) -> int:
    return max(map(len, text.split("\n")))


def parts_of(headings: Sequence[str], lines: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """Return the columns of each printed table: as many as fit unbroken beside the first column.

    >>> parts_of(["row", "one", "two"], [["a", "x" * 30, "y" * 30]], 50)
    [[0, 1], [0, 2]]
    >>> parts_of(["row", "one", "two"], [["a", "x" * 30, "y" * 30]], 80)
    [[0, 1, 2]]
    """
    least = _least(headings, lines)
    parts: list[list[int]] = [[0]]
    used = least[0] + EDGES
    for place in range(1, len(headings)):
        if used + least[place] + GAP > width and len(parts[-1]) > 1:
            parts.append([0])
            used = least[0] + EDGES
        parts[-1].append(place)
        used += least[place] + GAP
    return parts


def widths_of(headings: Sequence[str], lines: Sequence[Sequence[str]], columns: Sequence[int], width: int) -> list[int]:
    """Return the width of each column: its least, and of what is left over as much as its longest text needs.

    >>> widths_of(["a", "b"], [["x", "one two three"]], [0, 1], 80), widths_of(["a", "b"], [["x", "abc d"]], [0, 1], 8)
    ([1, 13], [1, 3])
    """
    least = _least(headings, lines)
    found = [least[place] for place in columns]
    longest = [max(map(_long, (headings[place], *(line[place] for line in lines)))) for place in columns]
    left = width - EDGES - sum(found) - GAP * (len(columns) - 1)
    if left < 0:  # a single column beside the first, of words longer than the output: an address is folded inside
        found[-1] = max(found[-1] + left, 1)
    while left > 0 and (short := [at for at, one in enumerate(found) if one < longest[at]]):
        for at in short[:left]:
            found[at] += 1
        left -= len(short[:left])
    return found


def spelled_grid(headings: Sequence[str], lines: Sequence[Sequence[str]], how: str) -> str:
    r"""Return a table as Markdown, LaTeX (booktabs), CSV, or JSON, an object of texts per line.

    >>> print(spelled_grid(["row", "P@5%"], [["a_b", ".5"]], "latex"))
    \begin{tabular}{lr}
    \toprule
    row & P@5\% \\
    \midrule
    a\_b & .5 \\
    \bottomrule
    \end{tabular}
    """
    if how == "markdown":
        every = [headings, ["---"] * len(headings), *lines]
        return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in every)
    if how == "json":
        return json.dumps([dict(zip(headings, line, strict=True)) for line in lines])
    if how == "csv":
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows([headings, *lines])
        return buffer.getvalue().rstrip("\n")
    rows = [" & ".join(map(_latex, line)) + r" \\" for line in (headings, *lines)]
    begin = [rf"\begin{{tabular}}{{l{'r' * (len(headings) - 1)}}}", r"\toprule", rows[0], r"\midrule"]
    return "\n".join([*begin, *rows[1:], r"\bottomrule", r"\end{tabular}"])


LATEX = {
    **{letter: rf"\{letter}" for letter in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"↑": r"$\uparrow$", "↓": r"$\downarrow$", "†": r"$\dagger$"},
}
"""What LaTeX needs instead of a character."""


def _latex(text: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in text)
