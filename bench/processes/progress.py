"""Progress of a run; imports no torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """Progress for a progress bar: the run's `phase`, such as 'train' or 'predict', and `done` of `total` `unit`."""

    phase: str
    done: int
    total: int
    unit: str
