"""The training log: a line of train.jsonl for each epoch."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.files import write_whole


@dataclass(frozen=True, kw_only=True)
class EpochLog:
    """One line of train.jsonl: mean training loss, learning rate at the epoch's end, probe accuracies in percent.

    `learned` is what the update has learned besides the weights, such as architecture parameters; left out if nothing.
    """

    epoch: int
    updates: int
    forward_passes: int
    loss: float
    rate: float
    probe_accuracy: list[float]
    seconds: float
    learned: dict[str, Any] = field(default_factory=dict)

    @property
    def as_json(self) -> str:
        """Return the line as it is written."""
        return json.dumps({name: value for name, value in vars(self).items() if name != "learned" or value})


def write_log(log: list[EpochLog], path: Path) -> None:
    """Write the whole training log as JSON lines, so that a resumed run never repeats an epoch in it."""
    write_whole(path, "".join(line.as_json + "\n" for line in log))
