"""Options shared by several commands, and the objects that they name."""

import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.names import presets, studies
from bench.errors import BenchError, MachineError, RecipeError, installing, shown, unknown_name
from bench.recipe.preset import Preset, find_preset
from bench.truth import Truth

PresetName = Annotated[
    str,
    typer.Option("--preset", help="Size of the runs; 'supernet-bench list presets' shows all.", autocompletion=presets),
]
Seeds = Annotated[str | None, typer.Option(help="Seeds, e.g. 0-2,7 (default: the study's).")]
Results = Annotated[Path | None, typer.Option(help="Folder of runs (default: results/ of the clone).")]
Data = Annotated[Path | None, typer.Option(help="Folder of tables and images (default: $SUPERNET_BENCH_DATA, data/).")]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
Column = Annotated[str | None, typer.Option("--column", help="The column of numbers (default: by its usual name).")]
ArchColumn = Annotated[
    str | None, typer.Option("--arch-column", help="The column of architectures (default: by its usual name).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A trial with this setting, e.g. epochs=6; may be repeated."),
]
StudyOrFile = Annotated[
    str,
    typer.Argument(
        metavar="STUDY", help="A study, or a Python file with a study or slots of your own.", autocompletion=studies
    ),
]
OnlyStudies = Annotated[
    list[str] | None,
    typer.Option("--study", help="Only this study or Python file; may be repeated.", autocompletion=studies),
]
OnlyRows = Annotated[list[str] | None, typer.Option(help="Only this row, its name in quotes; may be repeated.")]
RowsOfOneTruth = Annotated[
    list[str],
    typer.Argument(metavar="STUDY[:ROW]...", help="A study, or rows, of one truth.", autocompletion=studies),
]
Against = Annotated[str, typer.Option(help="STUDY or STUDY:ROW in whose recipe the slots of your file are used.")]
Ceilings = Annotated[
    list[str] | None,
    typer.Option(
        "--ceiling", metavar="TABLE", help="A stored release of a truth with seeds, for its ceiling; may be repeated."
    ),
]

On = Annotated[str, typer.Option("--on", help="Where: local, this machine, or slurm, as jobs of a cluster.")]
Partition = Annotated[str | None, typer.Option("--partition", help="Slurm: the partition (default: the cluster's).")]
Hours = Annotated[float | None, typer.Option("--hours", help="Slurm: time limit of a job (default: 1).")]
Gpus = Annotated[
    int | None, typer.Option("--gpus", help="Slurm: cards per job, on which it computes, 0 or 1 (default: 0).")
]
Parallel = Annotated[int | None, typer.Option("--parallel", help="Slurm: jobs at a time (default: all).")]
Settings = Annotated[Path | None, typer.Option("--settings", help="Slurm: TOML file with more options of sbatch.")]
Log = Annotated[
    str | None, typer.Option("--log", help="Write the training log for 'tensorboard' too, in the folder of each run.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done, on Slurm without a cluster.")]
Wait = Annotated[bool, typer.Option("--wait", help="Slurm: follow the jobs; Ctrl-C leaves them running.")]

TruthTable = Annotated[
    str | None,
    typer.Option("--table", help="Score the studies of its space against this table, e.g. a release with seeds."),
]


LOGS = ("tensorboard",)
"""What --log writes for."""
MOST_SEEDS = 1_000
"""Maximum number of seeds in a range; more is taken as a typing error."""


def check_device(device: str) -> None:
    """Raise `BenchError` unless `device` names a device of this machine."""
    if device == "cpu":
        return
    if device.split(":")[0] != "cuda":
        raise BenchError(f"--device {device}; allowed: cpu, cuda, cuda:N")
    import torch

    if not torch.cuda.is_available():
        raise BenchError(f"--device {device}, but PyTorch sees no CUDA device here; use --device cpu")


def event_files(log: str | None) -> bool:
    """Return whether event files are asked for.

    Raises `UnknownName` for another log, and `MachineError` if its package is not installed.
    """
    if log is None:
        return False
    if log not in LOGS:
        raise unknown_name("--log", log, LOGS, "the log itself, train.jsonl, is always written")
    if find_spec(log) is None:
        raise MachineError(f"'--log {log}' needs {log}, which is not installed; run: {installing(log)}")
    return True


def preset_with(name: str, table: str | None) -> Preset:
    """Return a preset; with `table`, its truth is that table's. Raises `BenchError` if either name is invalid."""
    preset = find_preset(name)
    return replace(preset, truth=str(Truth.parse(table))) if table else preset


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds in a text such as '0-2,7'; raises `RecipeError` for anything else.

    >>> parse_seeds("0-2,7")
    (0, 1, 2, 7)
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        whole = all(re.fullmatch("[0-9]{1,18}", number) for number in ([first, last] if dash else [first]))
        if not whole or (dash and int(last) < int(first)):
            raise RecipeError(
                f"seeds '{shown(text)}': '{shown(part)}' is neither a number nor a range; write them like 0-2,7"
            )
        low, high = int(first), int(last if dash else first)
        if high - low >= MOST_SEEDS:
            raise RecipeError(f"seeds '{text}': '{part}' is {high - low + 1:,} seeds; allowed: at most {MOST_SEEDS:,}")
        seeds.extend(range(low, high + 1))
    return tuple(dict.fromkeys(seeds))
