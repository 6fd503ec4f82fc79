"""A run as work for another process, on this machine or on a node of a cluster: what it is, and how it ended."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from bench.errors import BenchError
from bench.population import Population
from bench.processes.claim import HELD
from bench.processes.progress import Step
from bench.runs.store import Run

FAILED_STATUS = "failed"


class Unit(Protocol):
    """What one process completes: a run, the searches on a supernet, or a part of a table.

    `folder` holds its lock and what it saves.
    """

    @property
    def label(self) -> str: ...

    @property
    def plugins(self) -> tuple[Path, ...]: ...

    @property
    def folder(self) -> Path: ...

    def moved(self, to: Callable[[Path], Path]) -> Self:
        """Return the same work with every path replaced by what `to` returns for it."""

    def execute(self, *, cores: Callable[[], int], report: Callable[[Step], None], say: Callable[[str], None]) -> str:
        """Complete it in this process and return how it ended, as in `Outcome`."""


@dataclass(frozen=True)
class Job:
    """A run, its label, and which architectures its supernet predicts; `event_files` for TensorBoard, or none."""

    run: Run
    label: str
    population: Population
    data: Path
    device: str
    plugins: tuple[Path, ...] = ()
    event_files: bool = False

    @property
    def folder(self) -> Path:
        """Return the folder of the run."""
        return self.run.folder

    def moved(self, to: Callable[[Path], Path]) -> "Job":
        """Return the same job with every path replaced by what `to` returns for it."""
        return replace(self, run=replace(self.run, results=to(self.run.results)), data=to(self.data))

    def execute(self, *, cores: Callable[[], int], report: Callable[[Step], None], say: Callable[[str], None]) -> str:
        """Complete the run; one on a CPU predicts with as many threads as there are `cores` for it."""
        from bench.runs.execute import execute  # imported here, as a command that starts jobs needs no torch

        def threads() -> int:
            return cores() if self.device == "cpu" else 1

        return execute(
            self.run,
            self.population,
            self.data,
            device=self.device,
            threads=threads,
            report=report,
            say=say,
            event_files=self.event_files,
        )


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
    """A unit on its way to another process, which unpacks it after the plug-ins have defined its classes."""

    plugins: tuple[Path, ...]
    content: bytes

    @classmethod
    def of(cls, job: Unit) -> "PackedJob":
        """Return the unit, packed."""
        return cls(job.plugins, pickle.dumps(job))

    def complete(
        self, *, cores: Callable[[], int], report: Callable[[Step], None], say: Callable[[str], None]
    ) -> tuple[str, str]:
        """Complete the unit in this process, with one thread, so that a seed gives the same bits anywhere.

        Returns how it ended and the reason of a failure, as in `Outcome`.
        """
        import torch

        from bench.registry import plugin_place

        torch.set_num_threads(1)
        try:
            _load_plugins(self.plugins)
            unit: Unit = pickle.loads(self.content)  # packed by this command or by the one that submitted it
            status = unit.execute(cores=cores, report=report, say=say)
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
