"""`cancel`: ends the jobs of a study's runs."""

from typing import Annotated

import typer

from bench.cli.options import Against, Changes, PresetName, Results, Seeds, StudyOrFile
from bench.cli.plan import only, rows_of
from bench.study.named import find_study


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("cancel")(cancel_study)


def cancel_study(
    study: StudyOrFile,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    row: Annotated[list[str] | None, typer.Option(help="Only this row, its name in quotes; may be repeated.")] = None,
    against: Against = "baseline",
    results: Results = None,
    changes: Changes = None,
) -> None:
    """End the Slurm jobs of a study's runs, queued or running; what they have saved is kept.

    Examples:

      supernet-bench cancel baseline

      supernet-bench cancel baseline --preset paper --seeds 3-4

      supernet-bench cancel masking --row "no Zero, no Pool"
    """
    from bench.runs.slurm.queue import cancel, check_slurm
    from bench.runs.standing import standings

    rows = only(rows_of(find_study(study, beside=against), preset, seeds, results, changes), row or [])
    check_slurm()
    standing = standings(rows)
    jobs = {run.folder: (run, standing[run.folder]) for p in rows for run in p.runs if run.folder in standing}
    ours = [(run, found) for run, found in jobs.values() if found.job]
    cancel([found.job for _, found in ours])
    for run, found in jobs.values():
        if found.job:
            run.job_path.unlink(missing_ok=True)
        typer.echo(f"seed {run.seed} was {found}" if found.job else f"seed {run.seed} is {found}: no job of Slurm's")
    typer.echo(f"cancelled {len(ours)} job{'' if len(ours) == 1 else 's'}")
