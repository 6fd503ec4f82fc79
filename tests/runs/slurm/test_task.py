"""What a node executes, without a node."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.population import Population
from bench.runs.job import Job, PackedJob
from bench.runs.slurm import task as module
from bench.runs.slurm.queue import note_job
from bench.runs.slurm.task import RESTARTS, Task
from bench.runs.store import Run
from bench.spaces.nb201 import NB201


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in module.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def begun(smoke: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Task]:
    """Return a function that makes the task of a run whose completion is replaced, as job 12_3."""

    def make(complete: Callable[[], tuple[str, str]], restarts: int = 0) -> Task:
        monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "12")
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
        monkeypatch.setenv("SLURM_JOB_ID", "15")
        monkeypatch.setenv("SLURM_RESTART_COUNT", str(restarts))
        monkeypatch.setattr(PackedJob, "complete", lambda self, **_: complete())
        note_job(smoke, "12_3")
        return Task(PackedJob.of(Job(smoke, "mine", Population("all", NB201()), Path("data"), "cpu")), smoke.folder)

    return make


def told_to_stop() -> tuple[str, str]:
    os.kill(os.getpid(), signal.SIGUSR1)
    raise AssertionError("the signal interrupts")


def test_a_finished_run_forgets_its_job(begun, smoke: Run, capsys) -> None:
    assert begun(lambda: ("trained", ""))() == ("trained", "")
    assert not smoke.job_path.exists()
    assert capsys.readouterr().out == "trained\n"


def test_a_run_that_was_submitted_again_keeps_its_new_job(begun, smoke: Run) -> None:
    task = begun(lambda: ("trained", ""))
    note_job(smoke, "13_0")
    task()
    assert smoke.job_path.exists()


def test_a_failed_run_is_a_failed_job(begun, smoke: Run, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        begun(lambda: ("failed", "no memory"))()
    assert ended.value.code == 1
    assert capsys.readouterr().out == "failed: no memory\n"
    assert not smoke.job_path.exists()


@pytest.mark.parametrize(
    ("state", "requeued", "kept"),
    [("RUNNING", True, True), ("CANCELLED", False, False), ("PENDING", False, True), ("TIMEOUT", False, True)],
)
def test_a_run_told_to_stop_is_requeued_unless_it_was_cancelled_or_slurm_does_it(
    begun, fake, smoke: Run, state: str, requeued: bool, kept: bool
) -> None:
    told = fake("scontrol", f"echo JobId=15 JobState={state} Reason=None")
    with pytest.raises(SystemExit) as ended:
        begun(told_to_stop)()
    assert ended.value.code == 130
    asked = ["--oneliner show job 12_3", *(["requeue 12_3"] if requeued else [])]
    assert told.read_text().splitlines() == asked, "the task, and not the array, whose number may be that of its job"
    assert smoke.job_path.exists() == kept


def test_what_a_stopped_run_saves_is_not_interrupted_by_the_next_signal(begun, fake) -> None:
    fake("scontrol", "echo JobState=RUNNING")
    saved: list[bool] = []

    def saves_when_told() -> tuple[str, str]:
        try:
            return told_to_stop()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            saved.append(True)

    with pytest.raises(SystemExit):
        begun(saves_when_told)()
    assert saved


def test_a_job_that_slurm_does_not_requeue_is_forgotten(begun, fake, smoke: Run) -> None:
    fake("scontrol", '[ "$1" = requeue ] && exit 1\necho JobState=RUNNING')
    with pytest.raises(SystemExit):
        begun(told_to_stop)()
    assert not smoke.job_path.exists()


def test_a_run_whose_epochs_are_longer_than_its_time_fails_instead_of_beginning_for_ever(
    begun, fake, smoke: Run
) -> None:
    told = fake("scontrol", "echo JobState=RUNNING")
    with pytest.raises(SystemExit):
        begun(told_to_stop, RESTARTS)()
    assert smoke.status == "failed"
    reason = json.loads((smoke.folder / "failed.json").read_text())["error"]
    assert "4 times before it saved anything new" in reason
    assert "more --hours" in reason
    assert not told.exists()
    assert not smoke.job_path.exists()


def test_a_run_that_saved_an_epoch_is_requeued_however_often(begun, fake, smoke: Run) -> None:
    told = fake("scontrol", "echo JobState=RUNNING")

    def saves_and_stops() -> tuple[str, str]:
        (smoke.folder / "checkpoint.pt").touch()
        return told_to_stop()

    with pytest.raises(SystemExit):
        begun(saves_and_stops, RESTARTS)()
    assert "requeue 12_3" in told.read_text()


def test_after_a_restart_a_dead_nodes_lease_is_waited_for(begun, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = iter([("held by another process (x)", ""), ("held by another process (x)", ""), ("trained", "")])
    waited: list[float] = []
    monkeypatch.setattr("bench.runs.slurm.task.sleep", waited.append)
    assert begun(lambda: next(ends), 1)() == ("trained", "")
    assert waited == [module.AGAIN, module.AGAIN]


def test_in_its_first_start_a_held_run_ends_at_once(begun) -> None:
    assert begun(lambda: ("held by another process (x)", ""))() == ("held by another process (x)", "")
