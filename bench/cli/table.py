"""`table build`: build a ground-truth table."""

import time
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.launch import Where, cluster_of
from bench.cli.options import (
    Data,
    Device,
    Gpus,
    Hours,
    On,
    Parallel,
    Partition,
    PresetName,
    Results,
    Settings,
    Wait,
    check_device,
    parse_seeds,
)
from bench.cli.table_parts import check_no_parts, journal_of, part_places, submit_parts, take_over
from bench.errors import BenchError
from bench.places import data_folder, results_folder
from bench.processes.parallel import cores

app = typer.Typer(no_args_is_help=True, help="Build a ground-truth table by training from scratch.")


@app.callback()
def _group() -> None:
    """Keep `build` a subcommand, as Typer merges a single command into its group."""


@app.command("build")
def build_table(
    name: Annotated[str, typer.Argument(help="The table's full name, for example nb201/digits/test/30ep.")],
    out: Annotated[Path, typer.Option(help="The HDF5 file to write.")],
    population: Annotated[
        str | None, typer.Option(help="Which architectures: a named population of the space.")
    ] = None,
    random: Annotated[int | None, typer.Option(help="Instead: so many random ones, the same in every build.")] = None,
    found: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY", help="Instead, or with --random: what its stored searches found, and what stands beside."
        ),
    ] = None,
    preset: PresetName = "laptop",
    results: Results = None,
    seeds: Annotated[str, typer.Option(help="Training seeds, e.g. 0-2.")] = "0-2",
    jobs: Annotated[int | None, typer.Option(help="Processes of one thread (default: all cores).")] = None,
    together: Annotated[
        int | None, typer.Option(help="Networks trained together per process (default: 64 where a space can, else 1).")
    ] = None,
    device: Device = "cpu",
    known: Annotated[
        Path | None, typer.Option(help="Stored table of the same name; its networks are not trained again.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Train nothing; write what is trained so far.")] = False,
    data: Data = None,
    on: On = "local",
    partition: Partition = None,
    hours: Hours = None,
    gpus: Gpus = None,
    parallel: Parallel = None,
    settings: Settings = None,
    wait: Wait = False,
) -> None:
    """Train the architectures with every seed, each from scratch.

    If interrupted, the same command continues.

    A table is named by the construct that trains its networks (`show CONSTRUCT`); `data add` stores what was built.

    The journal of what is trained lies in the data folder.

    --on slurm divides the networks that are neither trained nor queued among as many jobs as --parallel says (default:
    one per seed). The same command writes the table once they have ended; --partial writes what is there.

    Examples:

      supernet-bench table build nb201/digits/test/30ep --population connected-500 --out table.h5

      supernet-bench table build nb201/digits/test/30ep --population connected-500 --seeds 0 --jobs 1 --out one.h5

      supernet-bench table build nb201/digits/test/30ep --population all --seeds 0-2 --partial --out table.h5

      supernet-bench table build shufflenet/cifar10/test/4ep --found shufflenet-search --seeds 0 --out table.h5

      supernet-bench table build nb201/digits/test/30ep --population all --out table.h5 --on slurm --parallel 32

      supernet-bench --plugin my_space.py table build my-space/cifar10/test/5ep --random 100 --out table.h5
    """
    import numpy as np
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from bench.files import check_target
    from bench.population import Population, random_archs
    from bench.recipe.preset import find_preset
    from bench.runs.plan import plan
    from bench.runs.search_plan import found_by_searches, with_found
    from bench.runs.standing import standings_at
    from bench.scores.ceiling import ceiling
    from bench.scores.metrics import METRICS
    from bench.spaces import SPACES
    from bench.stand_alone.build import build, lacking
    from bench.stand_alone.journal import opened_journal
    from bench.stand_alone.protocols import protocol
    from bench.study.named import find_study
    from bench.tables.store import read_table, write_table
    from bench.truth import Truth

    for option, count in (("--jobs", jobs), ("--together", together), ("--random", random)):
        if count is not None and count < 1:
            raise BenchError(f"{option} {count}; allowed: 1 or more")
    asked = Where(
        on=on,
        device=device,
        jobs=jobs,
        partition=partition,
        hours=hours,
        gpus=gpus,
        parallel=parallel,
        settings=settings,
        wait=wait,
    )
    cluster = cluster_of(asked)
    if cluster is None:
        check_device(device)
    elif partial:
        raise BenchError("--partial trains nothing; leave out '--on slurm'")
    protocol(name)
    space = SPACES.get(Truth.parse(name).space)()
    folder = data_folder(data)
    if (population is None) == (random is None and found is None):
        raise BenchError(
            "which architectures? Give either --population, such as random-1000, or --random COUNT, or --found STUDY"
        )
    genes = Population(population, space).archs() if population else np.empty((0, space.decisions), dtype=np.int8)
    if random:
        genes = random_archs(space, random)
    if found:
        study = find_study(found)
        rows = plan(study, find_preset(preset), None, results_folder(results))
        genes = with_found(genes, found_by_searches(study, rows, folder), space)
    archs = space.spell_all(genes)
    numbers = parse_seeds(seeds)
    check_target(out)
    stored = None if known is None else read_table(known)
    if stored is not None and stored.name != name:
        raise BenchError(f"--known {known} holds the table '{stored.name}'; allowed: the table '{name}'")
    journal_path = journal_of(name, folder)
    if cluster is not None:
        launched = submit_parts(cluster, name, archs, numbers, journal_path, folder, together, stored)
        if launched.failed or not launched.ended:
            raise typer.Exit(int(launched.failed))
        partial = True  # all is trained
    rate = TextColumn("{task.completed:.0f}/{task.total:.0f} networks, {task.fields[rate]:.2f}/s")
    columns = ("{task.description}", BarColumn(), rate, TimeElapsedColumn(), TimeRemainingColumn())
    with (
        opened_journal(journal_path, writing=not partial) as journal,
        Progress(*columns, console=Console(stderr=True), speed_estimate_period=600) as progress,
    ):
        if not partial:
            check_no_parts(name, journal_path, lacking(name, archs, numbers, journal.networks))
            take_over(journal, standings_at(part_places(journal_path)))
        if stored is not None:
            journal.know(stored)
        bar = progress.add_task(name, rate=0.0)
        started, held = time.perf_counter(), None

        def show(done: int, total: int) -> None:
            nonlocal held
            held = done if held is None else held
            pace = (done - held) / (time.perf_counter() - started)
            progress.update(bar, completed=done, total=total, rate=pace)

        table = build(
            name,
            archs,
            numbers,
            journal,
            workers=jobs or (cores() if device == "cpu" else 1),
            data=folder,
            together=together,
            device=device,
            partial=partial,
            progress=show,
        )
    write_table(table, out)
    mean = table.mean
    low, middle, high = (float(value) for value in (mean.min(), sorted(mean)[len(mean) // 2], mean.max()))
    counts = ", ".join(
        f"seed {seed}: {int(n)}" for seed, n in zip(table.seeds, (~np.isnan(table.accuracy)).sum(axis=0), strict=True)
    )
    typer.echo(f"{out}: {len(table.genes)} of {len(archs)} architectures ({counts}), sha256 {table.sha256[:12]}")
    typer.echo(f"mean accuracy {low:.2f} to {high:.2f} %, median {middle:.2f} %")
    limit = ceiling(table.accuracy, [METRICS.get("kendall-tau-b")], functions=table.functions).get("kendall-tau-b")
    if limit is not None:  # some architecture has two seeds
        typer.echo(
            f"ceiling (one seed against the mean of the others): tau-b {limit.spelled('{:.3f}'.format, ', ')}, "
            f"n = {limit.n}"
        )
