"""`data remove`: remove a stored table or image set, after saying what will no longer work."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.options import Data, Results
from bench.errors import BenchError, RecipeError, StoreError, unknown_name
from bench.places import SHIPPED, data_folder, results_folder
from bench.recipe.preset import PRESETS
from bench.study.study import STUDIES

SHOWN = 6
"""Names that a sentence lists."""


def remove_command(
    name: Annotated[str, typer.Argument(help="A table or image set, as 'data list' names it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove it without asking.")] = False,
    results: Results = None,
    data: Data = None,
) -> None:
    """Remove a table or an image set from this machine.

    Stored runs stay.

    Examples:

      supernet-bench data remove nb201/cifar10/test/30ep

      supernet-bench data remove cifar10

      supernet-bench data remove cifar10 --yes --data /scratch/me/data
    """
    paths, lost = _found(name, data_folder(data), results_folder(results))
    for path in paths:
        typer.echo(f"to remove: {path}")
    for line in lost:
        typer.echo(line)
    if not yes:
        try:
            agreed = typer.confirm(f"Remove {name}?")
        except typer.Abort:
            raise BenchError(f"{name} was not removed: no answer; --yes removes it without asking") from None
        if not agreed:
            typer.echo(f"{name}: kept")
            return
    for path in paths:
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as error:
            raise StoreError(f"cannot remove {path} ({error.strerror or error}); check its permissions") from error
    typer.echo(f"{name}: removed")


def _found(name: str, folder: Path, results: Path) -> tuple[list[Path], list[str]]:
    """Return the files of a table or image set, and what no longer works without them, a line each.

    Raises `UnknownName`, or `BenchError` for what ships with the project or a library.
    """
    from bench.sample.images.listed import list_images
    from bench.tables.catalog import remedy, table_paths

    tables, images = table_paths(folder), {info.name: info for info in list_images(folder)}
    if name in tables:
        paths, lost = [tables[name]], list(_without_table(name, results))
        shipped = SHIPPED / "embedded" in paths[0].parents
        if (SHIPPED / "embedded" / "tables" / f"{name}.h5").is_file():
            lost = [f"from then on '{name}' is the table that ships with the project"]
        else:
            lost.append(f"to have it again: {remedy(name)}")
    elif name in images:
        paths, lost = list(images[name].paths), list(_without_images(name))
        shipped = not paths
    else:
        raise unknown_name("table or image set", name, [*tables, *images], "'supernet-bench data list' shows all")
    if shipped:
        raise BenchError(f"'{name}' ships with the project and cannot be removed")
    return paths, lost


def _without_table(name: str, results: Path) -> Iterator[str]:
    from bench.runs.published import published_of
    from bench.truth import Truth

    studies = [study.name for study in map(STUDIES.get, STUDIES.names()) if str(study.truth) == name]
    if studies:
        yield f"no longer scored, plotted or reported: runs of {_listed('study', 'studies', studies)}"
    if stored := [found.name for found in published_of(Truth.parse(name), results)]:
        yield f"no longer shown: {_listed('set', 'sets', stored)} of stored predictions"


def _without_images(name: str) -> Iterator[str]:
    for preset in PRESETS.values():
        studies = []
        for study in map(STUDIES.get, STUDIES.names()):
            with suppress(RecipeError):  # a construct without sizes at the preset
                if any(row.filled(preset).images.dataset == name for row in study.rows):
                    studies.append(study.name)
        if studies:
            listed = _listed("study", "studies", studies)
            yield f"no longer trained, continued or asked by predict, at preset '{preset.name}': {listed}"
    yield (
        f"to have them again: 'supernet-bench data fetch {name}'"
        if name.startswith("cifar")
        else "keep the archive that they came from, if you want to have them again"
    )


def _listed(one: str, several: str, names: list[str]) -> str:
    """Return how many there are and their names.

    >>> _listed("study", "studies", ["baseline"]), _listed("set", "sets", list("abcdefgh"))
    ('1 study (baseline)', '8 sets (a, b, c, d, e, f, ...)')
    """
    more = ", ..." if len(names) > SHOWN else ""
    return f"{len(names)} {one if len(names) == 1 else several} ({', '.join(names[:SHOWN])}{more})"
