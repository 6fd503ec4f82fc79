"""The parts of a table as jobs of a cluster."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Collection

    from bench.cli.slurm import Slurm
    from bench.cli.work import Launched
    from bench.runs.store import Folder
    from bench.stand_alone.journal import Journal
    from bench.tables.table import Table


def submit_parts(
    cluster: "Slurm",
    name: str,
    archs: list[str],
    seeds: tuple[int, ...],
    journal_path: Path,
    data: Path,
    together: int | None,
    stored: "Table | None",
) -> "Launched":
    """Submit the networks that are neither trained nor queued, in as many parts as jobs are allowed at a time.

    Networks that jobs have left untrained are told, and count as a failure, once all jobs have ended.
    """
    from bench.cli.work import Launched, check_images
    from bench.registry import plugin_paths
    from bench.runs.standing import standings_at
    from bench.stand_alone.build import chunks, lacking
    from bench.stand_alone.journal import opened_journal
    from bench.stand_alone.part import networks_in, parts_of
    from bench.stand_alone.protocols import protocol

    check_images({(protocol(name).images.dataset, data)})
    with opened_journal(journal_path, writing=True) as journal:
        if stored is not None:
            journal.know(stored)
        standing = standings_at(part_places(journal_path), certain=True)
        take_over(journal, standing)
        queued = {network for folder in standing for network in networks_in(folder)}
        left = lacking(name, archs, seeds, journal.networks.keys() | queued)
        todo = chunks(name, left, data=data, together=together, device=cluster.device)
        parts = parts_of(todo, cluster.request.parallel or len(seeds), journal_path, plugin_paths())
        typer.echo(f"{name}: {len(left):,} networks are left to submit", err=True)
        shown = f"the same command shows the jobs and writes the table, 'supernet-bench cancel {name}' ends them"
        ended = cluster.submit(parts, standing, journal_path.parent, "part", shown)
    failed = False
    if cluster.wait:
        failed = not cluster.followed([*standing, *(part.folder for part in parts)], shown)
    elif not ended:
        return Launched(failed=False, ended=False)
    with opened_journal(journal_path, writing=False) as journal:
        if stored is not None:
            journal.know(stored)
        missing = lacking(name, archs, seeds, journal.networks)
    if missing:
        typer.echo(f"{len(missing):,} networks were not trained; the same command submits them again", err=True)
    return Launched(failed=failed or bool(missing))


def take_over(journal: "Journal", standing: "Collection[Path]") -> None:
    """Write into a table's journal what its parts have trained, and delete the folders of those not in `standing`.

    To be called while the journal is held for writing.
    """
    import shutil

    from bench.runs.store import failure_in
    from bench.stand_alone.journal import PART, Journal
    from bench.stand_alone.part import WANTED

    own = Journal(journal.path).networks
    for place in part_places(journal.path):
        named = [place.folder / name for name in (WANTED, PART)]
        if place.folder not in standing and any(path.is_file() for path in named):
            if why := failure_in(place.folder):
                typer.echo(f"{place.folder}: failed ({why})", err=True)
            for name, network in Journal(place.folder / PART).networks.items():
                if name not in own:
                    journal.add(network)
            shutil.rmtree(place.folder, ignore_errors=True)


def check_no_parts(name: str, journal: Path, wanted: "Collection[tuple[str, int]]") -> None:
    """Raise `StoreError` if jobs of a cluster train some of the `wanted` networks, which this machine would train too.

    To be called while the journal is held for writing.
    """
    from bench.errors import StoreError
    from bench.runs.standing import standings_at
    from bench.stand_alone.part import networks_in

    standing = {folder: networks_in(folder) & set(wanted) for folder in standings_at(part_places(journal))}
    if count := sum(map(len, standing.values())):
        [folder, *_] = (folder for folder, networks in standing.items() if networks)
        raise StoreError(
            f"jobs of a cluster train {count:,} of these networks; follow them with '--on slurm --wait', end them with "
            f"'supernet-bench cancel {name}', write what is trained with --partial, or, if the jobs are gone, delete "
            f"{folder} and the others beside it"
        )


def journal_of(name: str, data: Path) -> Path:
    """Return the path of a table's journal; raises `UnknownName` for a table that no construct names."""
    from bench.stand_alone.protocols import protocol

    return data / "building" / f"{name.replace('/', '-')}-{protocol(name).hash}.jsonl"


def part_places(journal: Path) -> "list[Folder]":
    """Return the places of all parts of a table, by the path of its journal."""
    from bench.runs.store import Folder
    from bench.stand_alone.journal import folder_of_parts

    return [Folder(folder) for folder in sorted(folder_of_parts(journal).glob("*")) if folder.is_dir()]
