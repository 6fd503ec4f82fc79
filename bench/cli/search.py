"""`search`: what do searchers find on a trained supernet, and how good is it by the truth?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format
from bench.cli.json_line import json_line
from bench.cli.launch import Where, cluster_of
from bench.cli.names import studies
from bench.cli.options import (
    Against,
    AsJson,
    Data,
    Device,
    Gpus,
    Hours,
    On,
    Parallel,
    Partition,
    PresetName,
    Results,
    Seeds,
    Settings,
    Wait,
    check_device,
    parse_seeds,
    preset_with,
)
from bench.cli.search_jobs import submit_searches
from bench.cli.search_row import problem_of, runs_of, search_row, stored_truth
from bench.cli.search_study import search_study
from bench.cli.search_table import in_words, print_searched
from bench.errors import BenchError
from bench.places import data_folder, results_folder
from bench.processes.parallel import cores
from bench.registry import load_plugin
from bench.search.searchers import SEARCHERS, Searcher
from bench.study.named import find_study
from bench.study.study import STUDIES

if TYPE_CHECKING:
    from bench.cli.search_row import RowRuns
    from bench.search.problem import Constraint
    from bench.study.study import Study

BUDGET, SEARCH_SEEDS = 1000, "0-4"
"""Of searches on a row, where none is given; the searches of a study say theirs."""


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("search")(search_rows)


def search_rows(
    row: Annotated[
        str,
        typer.Argument(
            metavar="STUDY|ROW|RUN",
            help="STUDY, STUDY:ROW, FILE.py, or the folder of a finished run.",
            autocompletion=studies,
        ),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="A searcher of 'list searchers', or a file with your own; may be repeated (default: the study's "
            "searches, else evolution)."
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(min=1, help="Different architectures that each searcher may ask.", show_default=str(BUDGET)),
    ] = None,
    most: Annotated[
        list[str] | None, typer.Option("--max", metavar="COST=NUMBER", help="At most this cost; may be repeated.")
    ] = None,
    least: Annotated[
        list[str] | None, typer.Option("--min", metavar="COST=NUMBER", help="At least this cost; may be repeated.")
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(help="accuracy or negative-cross-entropy, then costs: accuracy,flops (default: the row's score)."),
    ] = None,
    seeds: Seeds = None,
    search_seeds: Annotated[
        str | None, typer.Option(help="Seeds of the searchers, e.g. 0-4.", show_default=SEARCH_SEEDS)
    ] = None,
    table: Annotated[str | None, typer.Option(help="The truth that scores (default: the study's).")] = None,
    preset: PresetName = "laptop",
    device: Device = "cpu",
    against: Against = "baseline",
    results: Results = None,
    data: Data = None,
    as_json: AsJson = False,
    shown_as: Format = "table",
    on: On = "local",
    partition: Partition = None,
    hours: Hours = None,
    gpus: Gpus = None,
    parallel: Parallel = None,
    settings: Settings = None,
    wait: Wait = False,
) -> None:
    """Search on trained supernets; score what is found.

    What each searcher found is printed, and how good it is by the truth.

    A study that has searches of its own runs those on all its rows, unless --by names others; --budget, --max, --min,
    --objective and --search-seeds are for searches on one row, and refused there. Every searcher gets the same budget,
    constraints, images and supernets. The supernet is asked only for what a searcher wants to know; if its weights are
    gone, its stored predictions answer. Searches are stored beside the run, and one that was stopped continues with the
    same command.

    --on slurm submits the searches that are not stored, one job per supernet; the same command prints what they found.

    Examples:

      supernet-bench search search-algorithms

      supernet-bench search baseline --by evolution --by random --budget 1000 --max flops=100e6

      supernet-bench search baseline --by nsga2 --by random --objective accuracy,flops --seeds 0-2

      supernet-bench search baseline --by my_searcher.py --by random --budget 300

      supernet-bench search search-algorithms --on slurm --partition gpu --gpus 1 --parallel 8
    """
    from bench.recipe.preset import find_preset
    from bench.runs.scored_on import truth_of
    from bench.search.problem import parse_constraints

    how = chosen_format(shown_as, as_json)
    cluster = cluster_of(
        Where(
            on=on,
            device=device,
            jobs=None,
            partition=partition,
            hours=hours,
            gpus=gpus,
            parallel=parallel,
            settings=settings,
            wait=wait,
        )
    )
    if cluster is None:
        check_device(device)
    threads = cores() if device == "cpu" else 1
    if not by and (study := _searching(row)):
        _check_unused(
            row,
            study,
            {
                "--budget": budget is not None,
                "--max": most is not None,
                "--min": least is not None,
                "--objective": objective is not None,
                "--search-seeds": search_seeds is not None,
            },
        )
        search_study(
            study,
            preset_with(preset, table),
            parse_seeds(seeds) if seeds is not None else None,
            device=device,
            threads=threads,
            results=results_folder(results),
            data=data_folder(data),
            as_json=as_json,
            shown_as=shown_as,
            cluster=cluster,
        )
        return
    searchers = _searchers(by or ["evolution"])
    own_seeds = parse_seeds(search_seeds or SEARCH_SEEDS)
    found = runs_of(row, preset, seeds, against, results_folder(results))
    folder = data_folder(data)
    constraints = parse_constraints(most or [], least or [])
    objectives = tuple(name.strip() for name in objective.split(",")) if objective else (found.row.score,)
    truth = stored_truth(table or truth_of(found.study, find_preset(found.preset)), folder, named=table is not None)
    for line in _not_searched(row, found, constraints):
        say(line, err=True)
    problem = problem_of(found, truth, folder, budget or BUDGET, objectives, constraints)
    if cluster is not None:
        every = ((run, searcher, problem, seed) for run in found.runs for searcher in searchers for seed in own_seeds)
        submit_searches(cluster, every, row, found.preset, results_folder(results), folder)
    searched = search_row(found, searchers, problem, own_seeds, truth, data=folder, device=device, threads=threads)
    if how == "json":
        typer.echo(json_line(in_words(searched)))
        return
    print_searched(searched, how)


def _searching(spelled: str) -> "Study | None":
    """Return the study that is named if it has searches of its own."""
    if ":" in spelled or not (spelled.endswith(".py") or spelled in STUDIES.names()):
        return None
    study = find_study(spelled)
    return study if study.searches else None


def _check_unused(spelled: str, study: "Study", given: Mapping[str, bool]) -> None:
    """Raise `BenchError` if an option is given that the searches of a study do not read."""
    if unused := [option for option, is_given in given.items() if is_given]:
        raise BenchError(
            f"{', '.join(unused)}: the searches of study '{study.name}' have their own; to search on one row with "
            f"{'this' if len(unused) == 1 else 'these'}, add --by SEARCHER, or run {_of_row(spelled, study)}"
        )


def _of_row(spelled: str, study: "Study") -> str:
    """Return the command that searches on a row of a study; one of a file is known by its name once that is loaded."""
    plugin = f"--plugin {spelled} " if spelled.endswith(".py") else ""
    return f"'supernet-bench {plugin}search {study.name}:ROW'"


def _not_searched(spelled: str, found: "RowRuns", constraints: "Sequence[Constraint]") -> list[str]:
    """Return a line on the rows of the study that are not searched, and one on its constraints that do not hold."""
    study, told = found.study, []
    if ":" not in spelled and len(study.rows) > 1 and study.name in STUDIES.names() and not Path(spelled).is_dir():
        told.append(
            f"row '{found.row.name}' is searched, one of {len(study.rows)} of study '{study.name}'; "
            f"{_of_row(spelled, study)} searches another"
        )
    own = dict.fromkeys(str(one) for searching in study.searches for one in searching.constraints)
    if own and not constraints:
        told.append(
            f"without a constraint; those of the searches of study '{study.name}' ({', '.join(own)}) do not hold here, "
            "--max and --min set yours"
        )
    return told


def _searchers(names: Sequence[str]) -> list[Searcher]:
    """Return the searchers that names and files mean; raises `BenchError` for a file without one."""
    found: list[str] = []
    for name in names:
        if not name.endswith(".py"):
            found.append(name)
            continue
        module = load_plugin(Path(name))
        own = [known for known in SEARCHERS.names() if SEARCHERS.get(known).__module__ == module.__name__]
        if not own:
            raise BenchError(f"{name} defines no searcher; derive a class from bench.search.searchers.Searcher")
        found += own
    return [SEARCHERS.get(name)() for name in dict.fromkeys(found)]
