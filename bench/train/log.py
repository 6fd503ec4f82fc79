"""The training log: a line of train.jsonl for each epoch."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.files import write_whole


@dataclass(frozen=True, kw_only=True)
class EpochLog:
    """One line of train.jsonl: mean training loss, learning rate at the epoch's end, probe accuracies in percent.

    `learned` is what the update has learned besides the weights, such as architecture parameters, and `followed` what
    `bench.predict.followed` predicts after the epoch, in `followed_seconds`; left out if nothing.
    """

    epoch: int
    updates: int
    forward_passes: int
    loss: float
    rate: float
    probe_accuracy: list[float]
    seconds: float
    learned: dict[str, Any] = field(default_factory=dict)
    followed: dict[str, list[float]] = field(default_factory=dict)
    followed_seconds: float = 0.0

    @property
    def as_json(self) -> str:
        """Return the line as it is written."""
        left_out = {name for name in ("learned", "followed", "followed_seconds") if not vars(self)[name]}
        return json.dumps({name: value for name, value in vars(self).items() if name not in left_out})


def write_log(log: list[EpochLog], path: Path) -> None:
    """Write the whole training log as JSON lines, so that a resumed run never repeats an epoch in it."""
    write_whole(path, "".join(line.as_json + "\n" for line in log))
