"""Tables of text as every command prints them: aligned on a terminal, or as Markdown, LaTeX, CSV or JSON."""

import csv
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Annotated, Any

import typer

from bench.cli.folded import folded
from bench.cli.layout import EDGES, GAP, LEAST_ROOM, beside_headings, parts_of, widest
from bench.errors import BenchError

FORMATS = ("table", "markdown", "latex", "csv", "json")
Format = Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")]
PIPED_WIDTH = 180
"""Width of tables, in characters, if the output is not a terminal and COLUMNS is not set."""


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


def print_grid(
    headings: Sequence[str],
    lines: Sequence[Sequence[str]],
    title: str = "",
    how: str = "table",
    *,
    numbers: bool = False,
) -> None:
    """Print a table; on a terminal it is folded between words, never inside a number.

    One that is too wide for that is printed in several, each with the columns that name a line, or as a list of its
    lines. All columns but the first are `numbers` if these are to end below each other.
    """
    if how != "table":
        typer.echo(spelled_grid(headings, lines, how))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Grid

    console = Console(highlight=False, markup=False, width=table_width())
    if title:
        console.print("\n".join(folded(title, console.width)))
    parts = parts_of(headings, lines, console.width)
    for part in parts:
        grid = Grid(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        for place, width in zip(part.columns, part.widths, strict=True):
            heading = "\n".join(folded(headings[place], width))
            grid.add_column(heading, width=width, overflow="fold", justify="right" if numbers and place else "left")
        for line in lines:
            cells = zip(part.columns, part.widths, strict=True)
            grid.add_row(*("\n".join(folded(line[place], width)) for place, width in cells))
        console.print(grid)
    if not parts:
        console.print("\n".join(["", *_listed(headings, lines, console.width)]))


def _listed(headings: Sequence[str], lines: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield the lines of a list: every text beside its heading, empty ones left out, and an empty line after each.

    Where that leaves too little room the text stands below its heading.
    """
    head, room = widest(headings), beside_headings(headings, width)
    for line in lines:
        for heading, text in zip(headings, line, strict=True):
            if text and room is None:
                yield from (f" {told}" for told in folded(heading, max(width - EDGES, LEAST_ROOM)))
                yield from (f"   {told}" for told in folded(text, max(width - EDGES - GAP, LEAST_ROOM)))
            elif text:
                both = zip_longest(folded(heading, head), folded(text, room or 1), fillvalue="")
                yield from (f" {before:{head}}  {told}".rstrip() for before, told in both)
        yield ""


def table_width() -> int | None:
    """Return the width of tables: None for the terminal's own, or that of COLUMNS."""
    return None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH


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
        return spelled_csv(headings, lines)
    rows = [" & ".join(map(_latex, line)) + r" \\" for line in (headings, *lines)]
    begin = [rf"\begin{{tabular}}{{l{'r' * (len(headings) - 1)}}}", r"\toprule", rows[0], r"\midrule"]
    return "\n".join([*begin, *rows[1:], r"\bottomrule", r"\end{tabular}"])


def spelled_csv(headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV, its numbers to six digits as a program reads them; None and NaN are empty.

    >>> spelled_csv(["row", "tau", "low", "n"], [["a", 0.12345678, float("nan"), 1000]]).splitlines()
    ['row,tau,low,n', 'a,0.123457,,1000']
    """
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([headings, *([_csv_cell(one) for one in line] for line in lines)])
    return buffer.getvalue().rstrip("\n")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return "" if value is None else value


LATEX = {
    **{letter: rf"\{letter}" for letter in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"↑": r"$\uparrow$", "↓": r"$\downarrow$", "†": r"$\dagger$"},
}
"""What LaTeX needs instead of a character."""


def _latex(text: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in text)
