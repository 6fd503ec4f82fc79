"""Searches as jobs of a cluster, one per supernet."""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bench.cli.slurm import Slurm
    from bench.runs.store import Run
    from bench.search.problem import Problem
    from bench.search.searchers import Searcher


def submit_searches(
    cluster: "Slurm",
    searches: "Iterable[tuple[Run, Searcher, Problem, int]]",
    named: str,
    preset: str,
    results: Path,
    data: Path,
) -> None:
    """Submit the searches that are not stored, but on supernets whose searches are queued or running.

    Ends the command unless all are stored. `named` is the study or row as the user wrote it. Raises `StoreError` for
    a run that is not finished, or has neither weights nor predictions that can answer.
    """
    from bench.cli.work import check_images
    from bench.registry import plugin_paths
    from bench.runs.search import check_asked, stored_search
    from bench.runs.search_job import search_jobs
    from bench.runs.slurm.submit import submitting
    from bench.runs.standing import standings_at
    from bench.runs.store import CHECKPOINT, search_place

    every = list(searches)
    seeds = ",".join(map(str, sorted({run.seed for run, *_ in every})))
    words = shlex.join([named.partition(":")[0], "--preset", preset, "--seeds", seeds, "--results", str(results)])
    shown = (
        f"the same command prints what they found, 'supernet-bench plan {words}' shows the jobs, "
        f"'supernet-bench cancel {words}' ends them"
    )
    with submitting(results):
        standing = standings_at({run.folder: search_place(run) for run, *_ in every}.values(), certain=True)
        left = [search for search in every if stored_search(*search) is None]
        units = [job for job in search_jobs(left, data, cluster.device, plugin_paths()) if job.folder not in standing]
        for unit in units:
            check_asked(unit.run)
        check_images(
            {(unit.run.recipe.images.dataset, data) for unit in units if (unit.run.folder / CHECKPOINT).is_file()}
        )
        ended = cluster.submit(units, standing, results, "job", shown)
    failed = cluster.wait and not cluster.followed([*standing, *(unit.folder for unit in units)], shown)
    if not ended and not cluster.wait:
        raise typer.Exit(0)
    missing = sum(stored_search(*search) is None for search in every)
    if missing:
        typer.echo(f"{missing:,} searches are not stored; the same command submits them again", err=True)
    if failed or missing:
        raise typer.Exit(1)
