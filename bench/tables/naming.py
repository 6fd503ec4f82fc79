"""The names under which the tables of a file are stored: plain for the listed file, else with release and coverage."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.errors import DataError
from bench.tables.readers import Reader
from bench.tables.sources import Source
from bench.tables.table import Table
from bench.truth import Truth


def named(
    tables: Sequence[Table], path: Path, reader: Reader, sources: Sequence[Source], release: str = ""
) -> list[Table]:
    """Return the tables of `path` under the names that they are stored by.

    The plain name of a table in `sources` belongs to the listed file, known by its sha256. Other publications of a
    truth are told apart by the `release` that the caller or the reader gives, and lack of architectures by the
    coverage: `nb201/cifar10/test/200ep@nats-tss@3-of-15625`. A user's own table has the name that they chose.

    Raises `DataError` if the name is that of another file, or if there is no release to tell a changed file apart.
    """
    if not reader.names_itself:
        return [_chosen(table, path, sources, release) for table in tables]
    if not release and any(table.source_sha256 in _digests(table, sources) for table in tables):
        return list(tables)
    known = release or reader.release(path)
    return [_released(table, known) if known else _unlisted(table, path, sources) for table in tables]


def _chosen(table: Table, path: Path, sources: Sequence[Source], release: str) -> Table:
    """Return a table under the name that its user chose."""
    truth = table.truth
    if truth.coverage and truth.coverage != (actual := _coverage(table)):
        raise DataError(
            f"{path} has {len(table.genes):,} of {table.space.size:,} architectures; --name {table.name} says "
            f"otherwise, write {replace(truth, coverage=actual)}"
        )
    if release:
        if truth.release:
            raise DataError(f"{path}: --name {table.name} and --release {release} name two releases; keep one of them")
        return _renamed(table, replace(truth, release=release))
    if not truth.release and (owner := _owner(truth, sources)):
        raise DataError(
            f"{path} cannot be stored as '{table.name}', the name of the published {owner.file} ({owner.remedy}); "
            f"give it a release of its own: --name {table.name}@mine"
        )
    return table


def _released(table: Table, release: str) -> Table:
    return _renamed(table, replace(table.truth, release=release, coverage=_coverage(table)))


def _unlisted(table: Table, path: Path, sources: Sequence[Source]) -> Table:
    """Return a table of a format without releases, named with its coverage.

    Raises `DataError` if its name is that of a listed file.
    """
    owner = _owner(table.truth, sources)
    if owner is None:
        return _released(table, table.truth.release)
    raise DataError(
        f"{path} has the form of the published {owner.file} but not its sha256: {table.source_sha256[:12]} instead of "
        f"{owner.sha256[:12]} ({owner.size:,} bytes), so it was cut or changed; copy it again ({owner.remedy}), or "
        f"give it a release of its own: --release mine stores '{table.name}@mine'"
    )


def _coverage(table: Table) -> str:
    """Return how much of its space a table has, as its name says it."""
    return f"{len(table.genes)}-of-{table.space.size}" if table.coverage else ""


def _renamed(table: Table, truth: Truth) -> Table:
    return replace(table, name=str(truth))


def _owner(truth: Truth, sources: Sequence[Source]) -> Source | None:
    """Return the listed source that has the plain name of a truth."""
    return next((source for source in sources if str(truth.plain) in source.tables), None)


def _digests(table: Table, sources: Sequence[Source]) -> list[str]:
    return [source.sha256 for source in sources if table.name in source.tables]
