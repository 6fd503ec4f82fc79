"""What a submission asks of Slurm: the options of the command, and a file of what a site always needs."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.errors import BenchError, shown
from bench.files import is_special

MINUTES = 60
OURS = {
    "array": "--parallel says how many runs go at once",
    "chdir": "paths are absolute",
    "error": "logs are in the results folder",
    "gpus": "use --gpus",
    "help": "it submits nothing",
    "job-name": "'plan' finds jobs by their name",
    "nodes": "a run is one process",
    "ntasks": "a run is one process",
    "ntasks-per-node": "a run is one process",
    "open-mode": "logs are continued",
    "output": "logs are in the results folder",
    "parsable": "supernet-bench reads what sbatch prints",
    "quiet": "supernet-bench reads what sbatch prints",
    "requeue": "runs are requeued",
    "no-requeue": "runs are requeued",
    "signal": "runs are told before their time is over",
    "test-only": "use --dry-run",
    "time": "use --hours",
    "usage": "it submits nothing",
    "version": "it submits nothing",
    "wait": "use --wait",
    "wrap": "the run is what is submitted",
}
"""Options of sbatch that a settings file may not have, and why."""
CARDS = {"gpus-per-node", "gpus-per-task", "gres"}
"""Options that name the kind of card; one of them in a settings file stands for that of `gpus`."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What each run asks for, at most `parallel` runs at a time.

    `options` are long options of sbatch (account, mem, cpus-per-task, ...), `setup` lines of shell before the run. None
    leaves the partition, or the number of runs at a time, to Slurm.
    """

    partition: str | None = None
    hours: float = 1.0
    gpus: int = 0
    parallel: int | None = None
    options: dict[str, str | int | bool] = field(default_factory=dict)
    setup: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 / MINUTES <= self.hours <= 10_000:
            raise BenchError(f"--hours {self.hours:g}; allowed: from a minute, 0.017, to 10000")
        if self.gpus not in (0, 1):
            raise BenchError(f"--gpus {self.gpus}; allowed: 0 or 1, as a run uses one card")
        if self.parallel is not None and self.parallel < 1:
            raise BenchError(f"--parallel {self.parallel}; allowed: 1 or more")

    @property
    def minutes(self) -> int:
        """Return the time limit of a run in minutes."""
        return max(1, round(self.hours * MINUTES))

    @property
    def limit(self) -> str:
        """Return the time limit of a run in words."""
        return f"{self.hours:g} hour{'' if self.hours == 1 else 's'}"

    def spelled(self) -> str:
        """Return what is asked for, in words.

        >>> Request(hours=4, gpus=1, parallel=32, options={"mem": "16G", "exclusive": True}).spelled()
        "the cluster's default partition, at most 4 hours and 1 card each, at most 32 at a time, --mem=16G --exclusive"
        """
        options = dict(self.options)
        partition = options.pop("partition", "")
        partition = self.partition or partition
        parts = [f"partition {partition}" if partition else "the cluster's default partition"]
        parts += [f"at most {self.limit}{' and 1 card' if self.gpus else ''} each"]
        parts += [f"at most {self.parallel} at a time" if self.parallel else "all at a time"]
        spelled = [f"--{name}" if value is True else f"--{name}={value}" for name, value in options.items()]
        parts += [" ".join(spelled)] if spelled else []
        parts += [f"{len(self.setup)} line{'s' if len(self.setup) > 1 else ''} of setup"] if self.setup else []
        return ", ".join(parts)


def read_settings(path: Path) -> tuple[dict[str, str | int | bool], tuple[str, ...]]:
    """Return the options of sbatch in a TOML file, and its lines of `setup`.

    Raises `BenchError` naming file and key for a file that cannot be read, and for an option that is not allowed.

        account = "vision"
        mem = "16G"
        cpus-per-task = 4
        setup = ["module load cuda"]
    """
    if is_special(path):
        raise BenchError(f"--settings {path} is a device or a pipe; write what it gives to a file, and give that")
    try:
        found = tomllib.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BenchError(f"--settings {path} cannot be read ({reason}); give a TOML file") from error
    setup = found.pop("setup", [])
    if not isinstance(setup, list) or not all(
        isinstance(line, str) and line.replace("\t", " ").isprintable() for line in setup
    ):
        raise BenchError(f'{path}: setup is {shown(repr(setup))}; allowed: a list of lines, ["module load cuda"]')
    options: dict[str, str | int | bool] = {}
    for key, value in found.items():
        options[_option(path, key, value)] = value
    return options, tuple(setup)


def _option(path: Path, key: str, value: Any) -> str:
    """Return the name of an option of sbatch, with '-'; raises `BenchError` if it is not allowed."""
    name = key.replace("_", "-")
    if name in OURS:
        raise BenchError(f"{path}: {shown(key)} is set by supernet-bench ({OURS[name]}); remove it")
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise BenchError(f"{path}: '{shown(key)}' is no long option of sbatch; allowed: account, mem, constraint, ...")
    if value is not True and (
        isinstance(value, bool) or not isinstance(value, str | int) or not str(value).isprintable()
    ):
        raise BenchError(f"{path}: {shown(key)} is {shown(repr(value))}; allowed: a text, a whole number or true")
    return name
