"""`leaderboard`: for every ground truth the best stored recipe, the best trivial predictor and the ceiling."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format, print_grid, spelled_csv, spelled_grid
from bench.cli.json_line import json_line
from bench.cli.options import Against, Ceilings, Data, OnlyStudies, PresetName, Results
from bench.cli.report import reported
from bench.errors import StoreError
from bench.spaces import SPACES

if TYPE_CHECKING:
    from bench.report.content import Part
    from bench.report.leaderboard import Board, Line
    from bench.runs.cost import Cost
    from bench.scores.interval import Value

MANY = 10_000_000
"""From so many architectures on a size is spelled as a power of ten."""
HEADINGS = [
    "truth",
    "space's size",
    "n",
    "best recipe",
    "ranked by",
    "seeds",
    "tau-b ↑",
    "minutes",
    "best trivial",
    "its tau-b ↑",
    "ceiling",
]


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("leaderboard")(leaderboard)


def leaderboard(
    preset: PresetName = "laptop",
    studies: OnlyStudies = None,
    against: Against = "baseline",
    ceilings: Ceilings = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.md", help="Also write the table as Markdown.")] = None,
    results: Results = None,
    data: Data = None,
    shown_as: Format = "table",
) -> None:
    """Name the recipe of highest tau-b for every truth.

    The best trivial predictor and the ceiling stand beside it.

    Recipes of several seeds, if there are any; rows of masked spaces are not ranked. The best of many recipes is
    chosen by the number that is shown, which is therefore too high: 'confirm' has numbers that are not. 'report' has
    all rows.

    Examples:

      supernet-bench leaderboard

      supernet-bench leaderboard --preset paper --out leaderboard.md

      supernet-bench leaderboard --study masking --study baseline --format markdown

      supernet-bench leaderboard --ceiling nb201/cifar10/test/200ep@v1.1-seeds
    """
    from bench.files import check_target, write_whole
    from bench.report.leaderboard import board

    how = chosen_format(shown_as, False)
    if out is not None:
        check_target(out)
    found = reported(studies, preset, against, None, results, data, ceilings=ceilings or [])
    for line in found.damaged:
        typer.echo(line, err=True)
    every = [(part, board(part)) for part in found.parts]
    ranked = [(part, one) for part, one in every if one.repeated]  # a table of what searches found ranks no recipe
    if not ranked:
        raise StoreError(
            f"no recipe is ranked at preset '{preset}': no run of a study with a truth is finished, or the truth holds "
            "too few of the architectures that were predicted; 'report' names what is stored"
        )
    lines = [line_of(part, one) for part, one in ranked]
    caption = about(preset, [one.repeated[0].row.cost for _, one in ranked if one.repeated])
    if how in ("csv", "json"):
        numbers = [numbers_of(part, one) for part, one in ranked]
        if how == "csv":
            typer.echo(spelled_csv(list(numbers[0]), [list(one.values()) for one in numbers]))
        else:
            typer.echo(json_line(numbers))
    else:
        print_grid(HEADINGS, lines, how=how)
    say(caption, err=how != "table")
    if out is not None:
        write_whole(out, f"{spelled_grid(HEADINGS, lines, 'markdown')}\n\n{caption}\n")


def line_of(part: "Part", found: "Board") -> list[str]:
    """Return the line of a truth; "-" where nothing is known."""
    best = next(iter(found.repeated), None)
    row = best.row if best else None
    return [
        f"{part.truth} ({part.mismatch})" if part.mismatch else str(part.truth),
        spelled_size(SPACES.get(part.truth.space)().size),
        f"{row.n:,}" if row and row.n else "-",
        f"{best.study}:{row.name}" if best and row else "-",
        row.by if row else "-",
        row.seeds if row else "-",
        spelled(value_of(best)),
        best.minutes if best else "-",
        found.trivial.row.name.removesuffix(" (trivial)") if found.trivial else "-",
        spelled(value_of(found.trivial)),
        spelled(value_of(found.ceiling)),
    ]


def spelled_size(architectures: int) -> str:
    """Return the number of architectures of a space, of many the power of ten.

    >>> spelled_size(15_625), spelled_size(72_057_594_037_927_936)
    ('15,625', '7 x 10^16')
    """
    if architectures < MANY:
        return f"{architectures:,}"
    digit, power = f"{architectures:.0e}".split("e+")
    return f"{digit} x 10^{int(power)}"


def numbers_of(part: "Part", found: "Board") -> dict[str, str | int | float | None]:
    """Return the line of a truth as a program reads it: each tau-b with both ends of its interval."""
    best = next(iter(found.repeated), None)
    row = best.row if best else None
    return {
        "truth": str(part.truth),
        "size": SPACES.get(part.truth.space)().size,
        "images": part.images,
        "n": row.n if row else None,
        "study": best.study if best else None,
        "row": row.name if row else None,
        "by": row.by if row else None,
        "seeds": row.seeds if row else None,
        **_interval("tau", value_of(best)),
        "minutes": row.cost.minutes if row and row.cost else None,
        "trivial": found.trivial.row.name.removesuffix(" (trivial)") if found.trivial else None,
        **_interval("trivial_tau", value_of(found.trivial)),
        **_interval("ceiling", value_of(found.ceiling)),
    }


def _interval(name: str, value: "Value | None") -> dict[str, float | None]:
    ends = (value.value, value.low, value.high) if value else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))


def value_of(line: "Line | None") -> "Value | None":
    """Return the tau-b of a line."""
    from bench.report.answers import MAIN

    return line.row.scores[MAIN] if line else None


def spelled(value: "Value | None") -> str:
    """Return tau-b with its interval."""
    from bench.cli.results_table import cell

    return cell(value) if value else "-"


def about(preset: str, costs: "Sequence[Cost | None]") -> str:
    """Return the caption of the table; `costs` are those of the best recipes."""
    from bench.analysis.results_words import ABOUT_INTERVALS
    from bench.runs.cost import unit_of

    return (
        f"Preset `{preset}`. Best: of the recipes of several seeds, where there are any, each by the score that its "
        f"study ranks by; the best of many is too high. [95 % interval]: {ABOUT_INTERVALS}. Cost: {unit_of(costs)} per "
        "seed, training and prediction. Ceiling: tau-b of one training seed, of architectures that have "
        "several."
    )
