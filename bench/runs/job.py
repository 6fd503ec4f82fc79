"""A run as work for another process, on this machine or on a node of a cluster: what it is, and how it ended."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.population import Population
from bench.processes.progress import Step
from bench.runs.store import HELD, Run

FAILED_STATUS = "failed"


@dataclass(frozen=True)
class Job:
    """A run, its label, and which architectures its supernet predicts."""

    run: Run
    label: str
    population: Population
    data: Path
    device: str
    plugins: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a run ended: 'trained', 'done before', 'held by another process' (which one, since when), or 'failed'.

    A failure has its `reason`.
    """

    run: Run
    label: str
    status: str
    reason: str = ""

    @property
    def held(self) -> bool:
        """Return whether another process works on the run."""
        return self.status.startswith(HELD)


@dataclass(frozen=True)
class PackedJob:
    """A job on its way to another process, which unpacks it after the plug-ins have defined its classes."""

    plugins: tuple[Path, ...]
    content: bytes

    @classmethod
    def of(cls, job: Job) -> "PackedJob":
        """Return the job, packed."""
        return cls(job.plugins, pickle.dumps(job))

    def complete(
        self, *, cores: Callable[[], int], report: Callable[[Step], None], say: Callable[[str], None]
    ) -> tuple[str, str]:
        """Complete the run in this process, with one thread, so that a seed gives the same bits anywhere.

        Returns how it ended and the reason of a failure, as in `Outcome`. A run on a CPU predicts with as many threads
        as there are `cores` for it; see `execute`.
        """
        import torch

        from bench.registry import plugin_place
        from bench.runs.execute import execute  # imported here, as a command that starts jobs needs no torch

        torch.set_num_threads(1)
        try:
            _load_plugins(self.plugins)
            job: Job = pickle.loads(self.content)  # packed by this command or by the one that submitted the run
            status = execute(
                job.run,
                job.population,
                job.data,
                device=job.device,
                threads=lambda: cores() if job.device == "cpu" else 1,
                report=report,
                say=say,
            )
        except BenchError as error:
            return FAILED_STATUS, str(error)
        except Exception as error:
            place = plugin_place(error)
            return FAILED_STATUS, f"{type(error).__name__}: {error}" + (f" ({place})" if place else "")
        return status, ""


def _load_plugins(paths: tuple[Path, ...]) -> None:
    from bench.registry import load_entry_points, load_plugin

    load_entry_points()
    for path in paths:
        load_plugin(path)
