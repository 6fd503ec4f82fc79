"""`run`: completes the runs of a study, on this machine or on a cluster."""

import shlex
from typing import Annotated

import typer

from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format
from bench.cli.launch import Where, launcher_of
from bench.cli.options import (
    Against,
    Changes,
    Data,
    Device,
    DryRun,
    Gpus,
    Hours,
    Log,
    On,
    OnlyRows,
    Parallel,
    Partition,
    PresetName,
    Results,
    Seeds,
    Settings,
    StudyOrFile,
    Wait,
    event_files,
)
from bench.cli.plan import expected_minutes, named, print_plan, rows_of
from bench.cli.work import work_of
from bench.errors import BenchError
from bench.places import data_folder, results_folder
from bench.recipe.preset import find_preset
from bench.study.named import find_study


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("run")(run_study)


def run_study(
    study: StudyOrFile,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    row: OnlyRows = None,
    jobs: Annotated[int | None, typer.Option(help="Parallel runs, one thread each (default: all cores).")] = None,
    device: Device = "cpu",
    against: Against = "baseline",
    results: Results = None,
    data: Data = None,
    changes: Changes = None,
    log: Log = None,
    shown_as: Format = "table",
    on: On = "local",
    partition: Partition = None,
    hours: Hours = None,
    gpus: Gpus = None,
    parallel: Parallel = None,
    settings: Settings = None,
    wait: Wait = False,
    dry_run: DryRun = False,
) -> None:
    """Train, predict and score all runs that are not done.

    If interrupted, the same command continues.

    The slots of your own file (a sampler, a loss, ...) replace those of the row --against; both rows are scored on
    the same architectures and compared.

    --set changes a setting of the rows for a trial. Trials are stored in trials/ of the results folder and never stand
    in a study's figure, table or report.

    --on slurm submits the runs that are neither done, queued nor running as an array of jobs; 'plan' shows them,
    'cancel' ends them; with --dry-run it only says what would be submitted. The results folder, the data folder and
    this Python must lie on a disk that the nodes share.

    Examples:

      supernet-bench run baseline --preset laptop --seeds 0-2

      supernet-bench run masking --row "no Zero, no Pool" --row baseline

      supernet-bench run my_heuristic.py --against baseline --seeds 0-2

      supernet-bench run baseline --preset paper --device cuda --jobs 4

      supernet-bench run masking --preset paper --on slurm --partition gpu --hours 4 --gpus 1 --parallel 32

      supernet-bench run masking --preset paper --on slurm --hours 4 --gpus 1 --dry-run

      supernet-bench run baseline --seeds 90 --log tensorboard

      supernet-bench run baseline --set epochs=6 --set construct.width=16
    """
    from bench.analysis.compare import compare, side_of_row
    from bench.cli.compare import print_comparison
    from bench.runs.scored_on import others_of, stored_table, truth_of, unscored, usual_population
    from bench.scores.metrics import METRICS, PANEL
    from bench.tables.catalog import open_table

    how = chosen_format(shown_as, False)
    if dry_run and how != "table":
        raise BenchError(
            f"--format {how} is of results, of which --dry-run makes none; 'plan --format {how}' has a table"
        )
    launcher = launcher_of(
        Where(
            on=on,
            device=device,
            jobs=jobs,
            partition=partition,
            hours=hours,
            gpus=gpus,
            parallel=parallel,
            settings=settings,
            wait=wait,
            dry=dry_run,
        )
    )
    logged = event_files(log)
    own = study.endswith(".py")
    found = find_study(study, beside=against)
    rows = rows_of(found, preset, seeds, results, changes, row)
    chosen = find_preset(preset)
    truth = truth_of(found, chosen)
    folder = data_folder(data)
    table = stored_table(found, chosen, folder)  # a missing one fails now, not after training
    beside = [open_table(other, folder) for other in others_of(found, chosen)]
    if how == "table":
        print_plan(named(found, changes), preset, rows, results, card=launcher.device != "cpu")
    named_by = {"--preset": [preset], "--seeds": [seeds or ""], "--set": changes or []}
    named_by |= {"--against": [against if own else ""], "--results": [str(results or "")]}
    words = shlex.join([study, *(w for name, values in named_by.items() for v in values if v for w in (name, v))])
    predicted = None if found.built else table  # what is built later must not change what is predicted
    work = work_of(words, rows, chosen, predicted, beside, folder, launcher.device, event_files=logged)
    if dry_run:
        expected = expected_minutes(rows, preset, results, card=launcher.device != "cpu")
        say(launcher.would(work, expected))
        return
    launched = launcher.launch(work, quiet=how != "table")
    failed = launched.failed
    if not launched.ended:
        raise typer.Exit(int(failed))
    if truth is None or table is None:
        typer.echo(unscored(found, chosen), err=how != "table")
        raise typer.Exit(int(failed))
    from bench.cli.results_table import print_results
    from bench.runs.plan import trials_in
    from bench.runs.published import damaged_published, published_of
    from bench.scores.cache import scores_kept_in

    population, stored = usual_population(table, chosen), results_folder(results)
    with scores_kept_in(stored):
        print_results(rows, table, population, published_of(truth, stored), damaged_published(stored), how)
    if changes:
        typer.echo(
            f"a trial with {', '.join(changes)}: stored in {trials_in(stored)}, in no study's figure or report",
            err=how != "table",
        )
    if own and not failed and how == "table":  # one table on stdout in the others
        first, *others = (side_of_row(planned, table) for planned in rows)
        metrics = [METRICS.get(name) for name in PANEL]
        for other in others:
            print_comparison(compare(other, first, table, population, metrics), preset)
    if failed:
        for planned in rows:
            if lost := ", ".join(map(str, planned.seeds("failed"))):
                typer.echo(f"{planned.row.name}, seed {lost}: failed; 'supernet-bench plan {words}' says why", err=True)
        raise typer.Exit(1)
