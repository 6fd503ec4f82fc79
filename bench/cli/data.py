"""`supernet-bench data`: add, fetch, list and remove ground-truth tables and image sets."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.data_remove import remove_command
from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format, print_grid
from bench.cli.options import ArchColumn, Column, Data
from bench.errors import BenchError, DataError
from bench.places import data_folder

if TYPE_CHECKING:
    from bench.tables.sources import Source

FIRST = 4
"""So many tables of a source that is not stored are named."""

app = typer.Typer(
    help="Add, fetch, list and remove tables and image sets.", no_args_is_help=True, rich_markup_mode=None
)
app.command("remove")(remove_command)


@app.command("add")
def add_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files or folders of accuracies or images.")],
    name: Annotated[
        str | None, typer.Option(help="Your own file: space/dataset/split/budget. An image set: its name.")
    ] = None,
    release: Annotated[
        str, typer.Option(help="Keep tables apart from others of the same truths: stored as TABLE@RELEASE.")
    ] = "",
    percent: Annotated[
        bool, typer.Option("--percent", help="Accuracies are percent, even those that look like fractions.")
    ] = False,
    costs: Annotated[
        str | None, typer.Option(metavar="SPACE", help="The files are costs of this space's architectures, for search.")
    ] = None,
    data: Data = None,
    column: Column = None,
    arch_column: ArchColumn = None,
) -> None:
    """Check and store files of tables, costs or image sets.

    A file of costs is a CSV with the column arch (or code: one digit per decision) and a column per cost, for example
    a measured latency. It is called as its file.

    Every file is tried; of a file that fails nothing is stored.

    Examples:

      supernet-bench data add nats_bench.csv NATS-tss-v1_0-3ffb9-simple/

      supernet-bench data add mine.csv --name nb201/cifar10/test/30ep

      supernet-bench data add latencies.csv --costs nb201
    """
    from rich.console import Console
    from rich.progress import track

    from bench.sample.images.image_files import add_images, recognizes_images
    from bench.tables.add import add
    from bench.tables.add_costs import add_costs
    from bench.tables.frame import Columns

    folder = data_folder(data)
    if costs is not None and name is not None:
        raise DataError(f"--name {name} with --costs {costs}: costs are called as their file; rename the file")
    shown = partial(track, console=Console(stderr=True), transient=True)

    def add_file(file: Path) -> None:
        if costs is not None:
            kept = add_costs(file, costs, folder)
            typer.echo(f"{kept.name}: {kept.summary}")
            return
        if recognizes_images(file):
            images = add_images(file, folder, name, shown)
            typer.echo(f"{images.name}: {images.summary}")
            return
        chosen = Columns(arch=arch_column, value=column)
        for table in add([file], folder, name, shown, chosen, release=release, percent=percent):
            typer.echo(f"{table.name}: {table.summary}")

    failed = 0
    for file in files:
        try:
            add_file(file)
        except BenchError as error:
            if len(files) == 1:
                raise
            typer.echo(f"error: {error}", err=True)
            failed += 1
    if failed:
        raise BenchError(f"{failed} of {len(files)} files failed, as said above; the others are stored")


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Data = None,
    shown_as: Format = "table",
) -> None:
    """Show the stored tables and image sets, and how to get others.

    Examples:

      supernet-bench data list

      supernet-bench data list --json

      supernet-bench data list --data /scratch/me/data
    """
    from bench.costs import cost_paths
    from bench.sample.images.listed import list_images
    from bench.tables.catalog import list_tables
    from bench.tables.sources import load_sources

    how, folder = chosen_format(shown_as, as_json), data_folder(data)
    tables, images, sources = list_tables(folder), list_images(folder), load_sources()
    if how == "json":
        found = {
            "tables": [asdict(table) for table in tables],
            "images": [asdict(one) for one in images],
            "sources": [asdict(source) for source in sources],
        }
        typer.echo(json.dumps(found, indent=1, default=str))
        return
    stored = []
    for info in tables:
        archs = "-" if info.damage else info.coverage or f"{info.archs:,}"
        origin = f"damaged: {info.damage}" if info.damage else info.source
        stored.append([info.name, archs, ", ".join(info.seeds), origin])
    pictures = []
    for one in images:
        what = f"damaged: {one.damage}" if one.damage else one.summary
        pictures.append([one.name, what, "\n".join(path.name for path in one.paths) or "scikit-learn"])
    if how != "table":  # one table alone, which a program can read
        print_grid(["table", "archs", "seeds", "source"], stored, how=how)
        return
    print_grid(["table", "archs", "seeds", "source"], stored, f"tables in {folder}, and embedded ones")
    if paths := cost_paths(folder):
        kept = [[path.parent.name, path.stem, _columns_of(path)] for path in paths]
        print_grid(["space", "name", "costs"], kept, "costs for searches")
    print_grid(["images", "what", "where"], pictures, f"image sets in {folder}, and built-in ones")
    _print_sources(sources, {info.name for info in tables if not info.damage})


def _print_sources(sources: "Sequence[Source]", stored: set[str]) -> None:
    """Print how to get the sources of which a table is not stored, and name the others."""
    lacking = {source.name: [name for name in source.tables if name not in stored] for source in sources}
    if any(lacking.values()):
        typer.echo("published sources that are not stored\n")
    for source in sources:
        if names := lacking[source.name]:
            say(f" {source.name}: {source.remedy}", hang=2)
            more = f"   ... ({len(names)} tables in all)\n" if len(names) > FIRST else ""
            typer.echo("".join(f"   {name}\n" for name in names[:FIRST]) + more, nl=False)
    if whole := [name for name, names in lacking.items() if not names]:
        say(f"published sources whose tables are all stored: {', '.join(whole)}")


def _columns_of(path: Path) -> str:
    from bench.costs import read_costs

    try:
        return ", ".join(read_costs(path).columns)
    except DataError as error:
        return f"damaged: {error}"


@app.command("fetch")
def fetch_command(
    name: Annotated[str, typer.Argument(help="A source or table of 'data list', or the images cifar10 or cifar100.")],
    data: Data = None,
) -> None:
    """Download a published file and store its tables.

    Its hash is checked. No other command opens a socket.

    Examples:

      supernet-bench data fetch nats-bench-csv

      supernet-bench data fetch track1/cifar100/test/stand-alone

      supernet-bench data fetch cifar10 --data /scratch/me/data
    """
    from bench.sample.images.image_files import TORCHVISION, by_hand, torchvision_images
    from bench.tables.fetch import fetch

    folder = data_folder(data)
    if name in TORCHVISION:
        try:
            torchvision_images(name, folder, download=True)
        except (OSError, RuntimeError) as error:
            raise DataError(
                f"cannot fetch the images of {name} into {folder}: {error}; try again later, or {by_hand(name, folder)}"
            ) from error
        typer.echo(f"{name}: images in {folder}")
        return
    for table in fetch(name, folder):
        typer.echo(f"{table.name}: {table.summary}")
