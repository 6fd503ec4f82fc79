"""A training log as event files, which TensorBoard shows while a run trains."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench.train.log import EpochLog

FOLDER = "tensorboard"
"""The folder of event files in that of a run."""


class EventFiles:
    """Writes loss, learning rate, seconds and probe accuracies (percent: mean, lowest, highest) by epoch.

    Files of before are removed: a run that goes on has its whole log in the new ones.
    """

    def __init__(self, run: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        shutil.rmtree(run / FOLDER, ignore_errors=True)
        self.writer, self.shown = SummaryWriter(str(run / FOLDER)), 0

    def show(self, log: Sequence[EpochLog]) -> None:
        """Write the epochs of the log that are not written yet."""
        for line in log[self.shown :]:
            values = {"loss": line.loss, "rate": line.rate, "seconds": line.seconds}
            if probes := line.probe_accuracy:
                values["probe accuracy/mean"] = sum(probes) / len(probes)
                values |= {"probe accuracy/lowest": min(probes), "probe accuracy/highest": max(probes)}
            for name, value in values.items():
                self.writer.add_scalar(name, value, line.epoch)
        self.shown = len(log)
        self.writer.flush()
