"""Two sides by name, row, plug-in, file, trivial or published predictor, compared on one truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.analysis.compare import (
    NO_SEED,
    Comparison,
    Side,
    compare,
    find_published,
    side_of_file,
    side_of_predictions,
    side_of_published,
    side_of_row,
    side_of_trivial,
)
from bench.errors import BenchError, ComparisonError
from bench.population import Population
from bench.recipe.preset import Preset
from bench.runs.plan import PlannedRow, plan
from bench.runs.scored_on import needed_truth, usual_population
from bench.scores.file_notes import accuracy_note, missing_note
from bench.scores.files.prediction_file import PredictionFile
from bench.scores.metrics import Metric
from bench.study.named import find_row
from bench.study.study import Row, Study
from bench.tables.catalog import open_table
from bench.tables.frame import ENDINGS, Columns
from bench.tables.text_file import ending
from bench.types import SCORES

TRIVIAL, PUBLISHED = "trivial:", "published:"
Named = str | PredictionFile
"""A side: STUDY, STUDY:ROW, FILE.py, FILE.csv, FILE.csv:COLUMN, trivial:NAME, published:NAME, or predictions."""


def compare_sides(
    first: Named,
    second: Named,
    *,
    preset: Preset,
    seeds: tuple[int, ...] | None,
    population: str | None,
    score: str | None,
    metrics: Sequence[Metric],
    table: str | None,
    results: Path,
    data: Path,
    arch_column: str | None = None,
    lower_is_better: Mapping[str, bool] | None = None,
    warn: Callable[[str], None] = lambda line: None,
) -> tuple[Comparison, bool]:
    """Return the comparison, and whether a side is a row, so that the preset and the seeds are of it.

    `table` None is the truth of the rows, else of the stored predictions; `population` None that of the study's tables.
    `lower_is_better` maps a file to the direction that the user stated. `warn` gets a line per damaged run,
    per study of which a row was chosen, per row that lacks seeds, and per file that lacks architectures or holds
    accuracies. Raises `BenchError` and its subclasses, as the command line prints them.
    """
    if score is not None and score not in SCORES:
        raise BenchError(f"--score {score}; allowed: {', '.join(SCORES)}")
    named = [name for name in (first, second) if isinstance(name, str) and not _is_fixed(name)]
    beside = next((name for name in named if not name.endswith(".py")), "baseline")
    rows = {name: find_row(name, beside=beside) for name in named}
    truth = open_table(table or _truth((first, second), rows, preset, results), data)

    def planned(name: str) -> PlannedRow:
        study, row = rows[name]
        [found] = plan(study, preset, seeds, results, rows=[row])
        for line in found.damaged():
            warn(line)
        if len(study.rows) > 1 and name.endswith(".py"):
            warn(f"{name} is its last row here, '{row.name}'")
        elif len(study.rows) > 1 and ":" not in name:
            warn(f"'{name}' is its first row here, '{row.name}'; {name}:ROW names another")
        if 0 < len(found.seeds("done")) < len(found.runs):
            warn(f"row '{row.name}': {len(found.seeds('done'))} of {len(found.runs)} seeds are stored")
        return found

    def side(name: Named) -> Side:
        if isinstance(name, PredictionFile):
            return side_of_predictions(name, truth)
        if name.startswith(TRIVIAL):
            return side_of_trivial(name.removeprefix(TRIVIAL), truth)
        if name.startswith(PUBLISHED):
            return side_of_published(name.removeprefix(PUBLISHED), results, truth)
        if not (file := file_of(name)):
            return side_of_row(planned(name), truth, score)
        columns = Columns(arch=arch_column, value=file[1])
        return side_of_file(file[0], truth, columns, (lower_is_better or {}).get(name))

    one, other = side(first), side(second)
    if one.name == other.name:
        one, other = replace(one, name=_spelled(first, "first")), replace(other, name=_spelled(second, "second"))
    if population or not rows:
        members = Population(population or "all", truth.space, truth.genes)
    else:
        members = usual_population(truth, preset)
    for given, read in ((first, one), (second, other)):
        if isinstance(given, str) and file_of(given):
            joined = read.by_seed[NO_SEED]
            notes = missing_note(joined, truth, members), accuracy_note(read.column, joined, truth, members)
            for line in filter(None, notes):
                warn(line)
    return compare(one, other, truth, members, metrics), bool(rows)


def _spelled(side: Named, place: str) -> str:
    return side if isinstance(side, str) else f"{side.name} ({place})"


def _truth(sides: Sequence[Named], rows: Mapping[str, tuple[Study, Row]], size: Preset, results: Path) -> str:
    """Return the name of the truth that the rows are scored against, or that the stored predictions were made for.

    Raises `ComparisonError` if they have different ones, `BenchError` if no side has one.
    """
    truths = {name: needed_truth(study, size) for name, (study, _) in rows.items()}
    if not rows:
        stored = [name for name in sides if isinstance(name, str) and name.startswith(PUBLISHED)]
        truths = {name: find_published(name.removeprefix(PUBLISHED), results).truth for name in stored}
    if len(set(truths.values())) > 1:
        listed = " and ".join(f"'{name}' against {truth}" for name, truth in truths.items())
        raise ComparisonError(f"{listed} cannot be compared; choose rows with the same truth, or name one (--table)")
    if not truths:
        one, other = (side if isinstance(side, str) else side.name for side in sides)
        raise BenchError(
            f"neither '{one}' nor '{other}' names a truth; add --table space/dataset/split/budget "
            "('supernet-bench data list' shows all)"
        )
    return str(next(iter(truths.values())))


def _is_fixed(name: str) -> bool:
    """Return whether a side is a fixed list of predictions, without seeds."""
    return name.startswith((TRIVIAL, PUBLISHED)) or file_of(name) is not None


def file_of(name: str) -> tuple[Path, str | None] | None:
    """Return the file that a side names, FILE or FILE:COLUMN, with its column of scores; None for anything else.

    >>> file_of("a/mine.csv.gz"), file_of("mine.json:my score"), file_of("baseline:strictly fair")
    ((PosixPath('a/mine.csv.gz'), None), (PosixPath('mine.json'), 'my score'), None)
    """
    if ending(Path(name)) in ENDINGS:
        return Path(name), None
    file, colon, column = name.rpartition(":")
    return (Path(file), column) if colon and ending(Path(file)) in ENDINGS else None
