"""Event files of a training log, read back by TensorBoard itself."""

from pathlib import Path

import pytest

from bench.train.event_files import FOLDER, EventFiles
from bench.train.log import EpochLog


def line(epoch: int, probes: list[float]) -> EpochLog:
    return EpochLog(
        epoch=epoch, updates=epoch, forward_passes=epoch, loss=3.0 / epoch, rate=0.1, probe_accuracy=probes, seconds=2.0
    )


def scalars(run: Path) -> dict[str, list[tuple[int, float]]]:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = reader.EventAccumulator(str(run / FOLDER)).Reload()
    return {name: [(one.step, one.value) for one in found.Scalars(name)] for name in found.Tags()["scalars"]}


def test_every_epoch_is_written_once_and_a_run_that_goes_on_has_its_whole_log(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    log = [line(1, [10.0, 30.0]), line(2, [20.0, 60.0])]
    first = EventFiles(tmp_path)
    first.show(log[:1])
    first.show(log[:1])
    assert scalars(tmp_path)["loss"] == [(1, 3.0)]
    again = EventFiles(tmp_path)  # another process goes on
    again.show(log)
    found = scalars(tmp_path)
    assert found["loss"] == [(1, 3.0), (2, 1.5)]
    assert found["probe accuracy/mean"] == [(1, 20.0), (2, 40.0)]
    assert (found["probe accuracy/lowest"], found["probe accuracy/highest"]) == ([(1, 10), (2, 20)], [(1, 30), (2, 60)])
    assert found["seconds"] == [(1, 2.0), (2, 2.0)]


def test_a_run_without_probes_has_none(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    EventFiles(tmp_path).show([line(1, [])])
    assert set(scalars(tmp_path)) == {"loss", "rate", "seconds"}
