"""The results table, for the terminal and as Markdown."""

import math
from collections.abc import Sequence

import typer

from bench.analysis.results_table import NO_RUN, ResultRow, best_trivial, result_rows
from bench.analysis.results_words import (
    ABOUT_BEST_TRIVIAL,
    ABOUT_INTERVALS,
    ABOUT_TREND,
    BEST_TRIVIAL,
    OF_SIZE,
    about_size,
    heading,
    title_of,
)
from bench.cli.grid import print_grid
from bench.figures.figure import other_images
from bench.population import Population
from bench.runs.cost import ELSEWHERE, Cost, elsewhere, minutes_beside, unit_of
from bench.runs.plan import PlannedRow, trained_on
from bench.runs.published import Published
from bench.scores.files.direction import sign_hint
from bench.scores.interval import ONE_SEED, Value
from bench.scores.seeds import MEAN_TREND
from bench.scores.size import GIVEN_SIZE
from bench.tables.table import Table
from bench.truth import Truth, labelled

SHOWN = ("kendall-tau-b", "kendall-tau-b/top-50", "precision-at-top/5%", MEAN_TREND, "top-10-minus-top-500")
"""The metrics of the table; all of PANEL is computed."""
PUBLISHED = "tau in the source"
"""Heading of the column that shows a tau printed in a row's source, at the source's size, images and truth."""

ACCURACY = "accuracy - chance, %"
"""Heading of the column of the mean supernet accuracy, the accuracy of guessing, and their difference."""

TRUE_TOP = "Top-50 and top-N: on the true best of all predicted architectures, in the population or not"
"""Which architectures the metrics of the true top are computed on, in words."""
ABOUT_ACCURACY = "accuracy: mean of the supernet over the n architectures, chance: 100 / classes"


def print_results(
    rows: list[PlannedRow],
    table: Table,
    population: Population,
    beside: Sequence[Published] = (),
    damaged: Sequence[str] = (),
    how: str = "table",
) -> None:
    """Print the finished rows of a study, published predictions, and trivial predictors.

    Damaged runs of the rows and other `damaged` files follow, a line each. In a format other than "table" the notes go
    to stderr, and what tau is made of is left out; CSV is that of the file results.csv, a line per row and metric.
    """
    from rich.console import Console

    from bench.analysis.results_csv import results_csv

    found = result_rows(rows, table, population, beside)
    n = _usual_n(found)
    other = other_images(trained_on(rows), table.truth)
    named = [other, f"truth {table.label}", f"population {population.name}", f"n = {n:,}"]
    title = ", ".join(filter(None, named))
    if how == "csv":
        typer.echo(results_csv(found), nl=False)
    else:
        print_grid(headings(found), [cells(row, found) for row in found], title, how)
    console = Console(highlight=False, markup=False, stderr=how != "table")
    if how != "table":
        console.print(title)
    console.print(
        f"[95 % interval]: {ABOUT_INTERVALS}; {TRUE_TOP}. {ABOUT_TREND}; {ABOUT_ACCURACY}; "
        f"min: {unit_of(row.cost for row in found)} per seed{_elsewhere(found)}"
    )
    if best := best_of_each(found):
        console.print(best)
    if of_size := size_lines(found):
        if how == "table":
            print_grid(of_size[0], of_size[2:])
        console.print(_about_second(found, table.truth))
    for row in found:
        if row.diverged:
            console.print(f"{row.label}: up to {row.diverged} diverged predictions in a seed, ranked last")
    for line in (*notes(found), *damaged_lines(rows, damaged)):
        console.print(line)


def notes(found: Sequence[ResultRow]) -> list[str]:
    """Return a line per supernet at chance, per reason why scores shown lack something, and per doubtful sign."""
    at_chance = [row.accuracy.verdict(row.name) for row in found if row.accuracy]
    lacking: dict[tuple[str, str], list[str]] = {}
    for row in found:
        for name in SHOWN:
            value = row.scores[name]
            if value.reason.removesuffix(ONE_SEED) not in ("", NO_RUN):
                lacks = "value" if math.isnan(value.value) else "interval" if math.isnan(value.low) else "all seeds"
                lacking.setdefault((f"{title_of(name)} without {lacks}", value.reason), []).append(row.label)
    why = [
        f"{what} ({reason.removeprefix('no interval: ')}): "
        f"{'; '.join(labels) if len(labels) < len(found) else 'every row'}"
        for (what, reason), labels in lacking.items()
    ]
    signs = [
        sign_hint(row.name, row.scores["kendall-tau-b"].upper) for row in found if row.name.endswith("(published)")
    ]
    return [*dict.fromkeys(filter(None, at_chance)), *why, *filter(None, signs)]


def damaged_lines(rows: Sequence[PlannedRow], damaged: Sequence[str] = ()) -> list[str]:
    """Return a line per damaged run of the rows, then the other `damaged` files."""
    return [*(line for planned in rows for line in planned.damaged()), *damaged]


def markdown(
    found: list[ResultRow],
    truth: Truth,
    preset: str,
    population: str,
    images: str = "",
    damaged: Sequence[str] = (),
    coverage: str = "",
) -> str:
    """Return the rows as a Markdown table with its caption, as the README shows it.

    `images` is the image set of the supernets; the caption begins with it if the truth is on another. The notes and the
    lines `damaged` follow the caption. `coverage` is that of the truth's table.
    """
    lines = [headings(found), ["---"] * len(headings(found)), *(cells(row, found) for row in found)]
    other = other_images(images, truth)
    caption = f"{other}. " if other else ""
    caption += (
        f"Truth {labelled(f'`{truth}`', coverage)}, preset `{preset}`, population `{population}`, "
        f"n = {_usual_n(found):,}. [95 % interval]: "
        f"{ABOUT_INTERVALS}. {TRUE_TOP}. {ABOUT_TREND}. {ABOUT_ACCURACY}. min: "
        f"{unit_of(row.cost for row in found)} per seed{_elsewhere(found)}."
    )
    if best := best_of_each(found):
        caption += f" {best}"
    below = "".join(f"\n\n{line}" for line in (*notes(found), *damaged))
    of_size = f"\n{_grid(size_lines(found))}\n\n{_about_second(found, truth)}\n" if size_lines(found) else ""
    return f"{_grid(lines)}\n\n{caption}{below}\n{of_size}"


def _grid(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def size_lines(found: Sequence[ResultRow]) -> list[list[str]]:
    """Return the second table, with its headings and the line below them: what each row's tau is made of.

    Empty if the sizes of the networks are not known. Rows without a value are left out.
    """
    shown = [row for row in found if GIVEN_SIZE in row.scores and not math.isnan(row.scores["kendall-tau-b"].value)]
    if not shown:
        return []
    masked = any(row.trivial for row in shown)
    titles = ["row", *(heading(name) for name in OF_SIZE)]
    titles += [f"{BEST_TRIVIAL} ↑"] if masked else []

    def trivial(row: ResultRow) -> list[str]:
        best = best_trivial(row)
        return [f"{best[0]} {cell(best[1])}" if best else "-"] if masked else []

    return [
        titles,
        ["---"] * len(titles),
        *([row.label, *(cell(row.scores[name]) for name in OF_SIZE), *trivial(row)] for row in shown),
    ]


def _about_second(found: Sequence[ResultRow], truth: Truth) -> str:
    """Return the second table's caption."""
    return f"{about_size(truth)} {ABOUT_BEST_TRIVIAL}." if any(row.trivial for row in found) else about_size(truth)


def headings(found: list[ResultRow]) -> list[str]:
    """Return the column titles, each metric with its direction."""
    metrics = [heading(name) for name in SHOWN]
    return ["row", "seeds", metrics[0], ACCURACY, *metrics[1:], "min", *([PUBLISHED] if _has_published(found) else [])]


def cells(row: ResultRow, found: list[ResultRow]) -> list[str]:
    """Return a row as text; `found` are all rows of its table. A row whose n is not the title's shows its own n."""
    minutes = minutes_beside(row.cost, _first_cost(found))
    published = [f"{row.published:.4f}".lstrip("0") if row.published else "-"] if _has_published(found) else []
    without_run = row.by and row.cost is None
    label = row.label if without_run or row.n == _usual_n(found) else f"{row.label} (n = {row.n:,})"
    accuracy = row.accuracy.spelled() if row.accuracy else "-"
    tau, *others = (cell(row.scores[name]) for name in SHOWN)
    return [label, row.seeds, tau, accuracy, *others, minutes, *published]


def best_of_each(found: list[ResultRow]) -> str:
    """Return the supernet, the published and the trivial predictor of highest tau-b, each with its interval.

    To four decimals, as sources print them. A supernet's number of seeds is given too, since the interval of one seed
    is of another kind and often narrower. Rows of masked spaces are compared with the best trivial predictor on their
    own architectures instead, and counted. Empty if no supernet of the whole space has a tau.
    """
    tau = "kendall-tau-b"
    kinds: dict[str, list[ResultRow]] = {"supernet": [], "published": [], "trivial": []}
    for row in found:
        kind = "supernet" if row.by else next((kind for kind in kinds if row.name.endswith(f"({kind})")), "")
        if kind and row.n == _usual_n(found) and not row.trivial and not math.isnan(row.scores[tau].value):
            kinds[kind].append(row)
    if not kinds["supernet"]:
        return ""
    best = [max(rows, key=lambda row: row.scores[tau].value) for rows in kinds.values() if rows]
    parts = [
        f"{row.label} {cell(row.scores[tau], decimals=4)}" + (f" ({row.seeds} seeds)" if row.by else "") for row in best
    ]
    return f"Highest tau-b: {'; '.join(parts)}.{_above_trivial(found)}"


def _above_trivial(found: Sequence[ResultRow]) -> str:
    """Return how many rows of masked spaces rank better than the best trivial predictor there; empty without such."""
    pairs = [(row.scores["kendall-tau-b"], best[1]) for row in found if (best := best_trivial(row))]
    known = [row.value > trivial.value for row, trivial in pairs if not math.isnan(row.value)]
    if not known:
        return ""
    return (
        f" Of {len(known)} lines of masked spaces {sum(known)} are above the best trivial predictor of their own space."
    )


def _usual_n(found: list[ResultRow]) -> int:
    """Return the n in the title: that of the first row that has one."""
    return next((row.n for row in found if row.n), 0)


def _first_cost(found: list[ResultRow]) -> Cost | None:
    return next((row.cost for row in found if row.cost), None)


def _elsewhere(found: list[ResultRow]) -> str:
    """Return the meaning of the mark on a row's minutes; empty if no row has it."""
    if not any(elsewhere(row.cost, _first_cost(found)) for row in found):
        return ""
    return f", {ELSEWHERE} on another processor than the first row's"


def _has_published(found: list[ResultRow]) -> bool:
    return any(row.published is not None for row in found)


def cell(value: Value, decimals: int = 2) -> str:
    """Return a score with its interval as tables show it: "-" without a run, marked if it is of one seed."""
    if value.reason == NO_RUN:
        return "-"
    mark = "*" if value.reason.endswith(ONE_SEED) else ""
    return value.spelled(lambda number: short(number, decimals)) + mark


def short(number: float, decimals: int = 2) -> str:
    """Return a number with at most `decimals` decimals, without a leading zero.

    >>> short(0.456), short(-0.031), short(1.0), short(-12.3), short(-0.001), short(0.8566, 4)
    ('.46', '-.03', '1', '-12.30', '0', '.8566')
    """
    rounded = round(number, decimals) + 0.0  # turns -0.0 into 0.0
    text = f"{rounded:.{decimals}f}".removesuffix(f".{'0' * decimals}")
    return text.replace("0.", ".", 1) if abs(rounded) < 1 else text
