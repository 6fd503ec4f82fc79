"""How unfinished runs stand: from lock files, job files and the queue."""

import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench.errors import MachineError
from bench.processes.claim import EXPIRY, Holder
from bench.recipe.preset import find_preset
from bench.runs import standing as module
from bench.runs.plan import PlannedRow, plan
from bench.runs.slurm.queue import Queued, note_job
from bench.runs.standing import lost_job, seeds_by_state, standings
from bench.runs.store import Run
from bench.study.study import STUDIES

ELSEWHERE = replace(Holder.this_process(), host="node7", pid=12, space="another machine", since="2026-11-27T01:00:00")


@pytest.fixture
def row(tmp_path: Path) -> PlannedRow:
    [found] = plan(STUDIES.get("baseline"), find_preset("smoke"), tuple(range(6)), tmp_path)
    return found


def lock(run, holder: Holder = ELSEWHERE, age: float = 0.0) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    run.lock.write_text(json.dumps(asdict(holder)))
    os.utime(run.lock, (time.time() - age,) * 2)


def queue(monkeypatch: pytest.MonkeyPatch, found: dict[str, Queued] | None) -> None:
    monkeypatch.setattr(module, "read_queue", lambda: found)


def test_each_run_is_in_one_state_with_where_and_since_when(row, pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    done, locked, waits, begins, gone, _ = row.runs
    pretend(done, 1.0)
    lock(locked)
    for run, job in ((locked, "12_0"), (waits, "12_1"), (begins, "12_2"), (gone, "11_0")):
        note_job(run, job)
    (gone.folder / "failed.json").write_text('{"error": "no memory"}')
    queue(
        monkeypatch,
        {
            "12_0": Queued(state="RUNNING", node="node7", since="2026-11-27T00:59:00+00:00"),
            "12_1": Queued(state="PENDING", reason="Priority"),
            "12_2": Queued(state="RUNNING", node="node8", since="2026-11-27T01:01:00+00:00"),
        },
    )
    found = standings([row])
    assert [str(found.get(run.folder)) for run in row.runs] == [
        "None",
        "running on node7, process 12 since 2026-11-27T01:00:00 (job 12_0)",
        str(found[waits.folder]),
        "running on node8 since 2026-11-27T01:01:00+00:00 (job 12_2)",
        "None",
        "None",
    ]
    assert str(found[waits.folder]).startswith("queued since 20")
    assert str(found[waits.folder]).endswith(" (job 12_1, Priority)")
    states = {"done": [0], "running": [1, 3], "queued": [2], "missing": [5], "failed": [4], "damaged": []}
    assert seeds_by_state(row, found) == states


def test_a_run_that_ends_while_a_plan_is_made_is_in_one_state(row, monkeypatch: pytest.MonkeyPatch) -> None:
    row.runs[2].folder.mkdir(parents=True)
    looks = iter(["missing", "done", "done", "done"])
    monkeypatch.setattr(Run, "status", property(lambda run: next(looks)))
    found = seeds_by_state(row, {})
    assert (found["missing"], found["done"]) == ([0, 1, 2, 3, 4, 5], [])


def test_a_dead_holders_run_is_missing_once_its_lease_is_over(row, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(row.runs[0], age=EXPIRY + 10)
    lock(row.runs[1], age=EXPIRY - 10)
    assert [standing.state for standing in standings([row]).values()] == ["running"]
    assert row.runs[0].lock.exists(), "whoever takes the run up removes it"


def test_a_machine_without_slurm_counts_submitted_runs_as_queued(row, monkeypatch: pytest.MonkeyPatch) -> None:
    note_job(row.runs[0], "12_0")
    queue(monkeypatch, None)
    [found] = standings([row]).values()
    assert (found.state, found.reason) == ("queued", "this machine cannot ask Slurm")


def test_a_slurm_that_does_not_answer_stops_only_who_must_know(row, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> None:
        raise MachineError("squeue failed (no answer); see whether Slurm runs with 'sinfo'")

    note_job(row.runs[0], "12_0")
    monkeypatch.setattr(module, "read_queue", silent)
    [found] = standings([row]).values()
    assert (found.state, found.reason) == ("queued", "this machine cannot ask Slurm: squeue failed (no answer)")
    with pytest.raises(MachineError, match="no answer"):
        standings([row], certain=True)


def test_a_job_that_left_the_queue_without_a_word_is_told_with_its_log(row, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, waits, never, *_ = row.runs
    note_job(lost, "12_0")
    note_job(waits, "12_1")
    log = lost.results / "slurm" / "20261127-010000-ab12" / "12_0_0_log.err"
    log.parent.mkdir(parents=True)
    log.write_text("module: not found")
    queue(monkeypatch, {"12_1": Queued(state="PENDING")})
    found = standings([row])
    assert lost_job(lost, found) == f"job 12_0 left the queue before the run was done; its log: {log}"
    assert lost_job(waits, found) == lost_job(never, found) == ""


def test_slurm_is_not_asked_if_nothing_was_submitted(row, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(row.runs[0])
    monkeypatch.setattr(module, "read_queue", lambda: pytest.fail("asked"))
    assert len(standings([row])) == 1


def test_an_unreadable_lock_file_has_an_unknown_holder(row) -> None:
    row.runs[0].lock.mkdir(parents=True)
    [found] = standings([row]).values()
    assert str(found) == "running on an unknown host"
