"""How far a run is; no torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """How far a run is, for a progress bar: `phase` is 'train' or 'predict', `done` of `total` in `unit`s."""

    phase: str
    done: int
    total: int
    unit: str
