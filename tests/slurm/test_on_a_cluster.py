"""A study on a real Slurm: jobs that are cancelled, preempted, out of time, or fail."""

import importlib.util
import json
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import MachineError
from bench.places import data_folder
from bench.recipe.preset import find_preset
from bench.runs.execute import execute
from bench.runs.plan import PlannedRow, plan
from bench.runs.scored_on import predicted_population
from bench.runs.standing import standings
from bench.runs.store import CHECKPOINT, JOB, PREDICTIONS, Run
from bench.runs.training_log import LOG
from bench.study.named import find_study
from tests.slurm.cluster import asked, lacking, started

REASON = lacking() or ("" if importlib.util.find_spec("submitit") else "submitit is not installed (extra 'slurm')")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(REASON), reason=REASON),
    pytest.mark.usefixtures("few_resamples"),
]
LONGEST = 600.0
"""Seconds to wait for what takes ten on two idle cores, and two minutes on cores that ten processes share."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    with started(cores=3) as configuration:
        yield configuration


@pytest.fixture
def study(tmp_path: Path, cluster: Path, monkeypatch: pytest.MonkeyPatch, no_plugins: None) -> Path:
    """Return the file of a study with a row `paced`."""
    monkeypatch.setenv("SLURM_CONF", str(cluster))
    monkeypatch.setattr("bench.cli.plan.expected_minutes", lambda *_, **__: defaultdict(float))  # else a second
    monkeypatch.setattr("bench.cli.slurm.FIRST", 0.3)
    return Path(shutil.copy(Path(__file__).with_name("paced.py"), tmp_path))


def call(*words: object) -> str:
    """Return what a command prints; it must succeed."""
    ran = CliRunner().invoke(app, list(map(str, words)))
    assert ran.exit_code == 0, ran.output + str(ran.exception)
    return ran.output


def states(study: Path, same: tuple[object, ...]) -> dict[str, list[int]]:
    """Return the seeds of the row `paced` in each state that any is in, as `plan` tells them."""
    rows = json.loads(call("plan", study, *same, "--json"))["rows"]
    [paced] = [row for row in rows if row.pop("row") == "paced"]
    return {state: seeds for state, seeds in paced.items() if isinstance(seeds, list) and seeds}


def rows_in(study: Path, results: Path) -> list[PlannedRow]:
    """Return the row `paced`, whose seeds are the tasks of the array."""
    rows = plan(find_study(str(study)), find_preset("smoke"), (0, 1, 2, 3, 4, 5), results)
    return [planned for planned in rows if planned.row.name == "paced"]


def alone(run: Run) -> None:
    """Complete a run in this process."""
    asked_for = predicted_population(run.recipe.space, find_preset("smoke"), None)
    assert execute(run, asked_for, data_folder()) == "trained"


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, f"not within {LONGEST:.0f} s"
        time.sleep(0.2)


def hurried() -> None:
    """Let requeued jobs begin now: Slurm leaves them two minutes, in case the node cleans up."""
    conf = Path(os.environ["SLURM_CONF"])
    for line in asked("squeue", "--noheader", "--array", "--format=%i %r", configuration=conf).splitlines():
        job, reason = line.split()
        if reason == "BeginTime":
            asked("scontrol", "update", f"JobId={job}", "StartTime=now", configuration=conf)


def learned(run: Run) -> tuple[bytes, list[dict[str, object]]]:
    """Return what must be the same bits anywhere: the predictions, and the training log without its times."""
    log = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    times = {"seconds", "followed_seconds", "when"}
    return (run.folder / PREDICTIONS).read_bytes(), [{k: v for k, v in line.items() if k not in times} for line in log]


@pytest.mark.timeout(3000)
def test_cancelled_preempted_stopped_and_failed_runs_end_with_the_bits_of_one_machine(
    study: Path, tmp_path: Path
) -> None:
    results, conf = tmp_path / "results", Path(os.environ["SLURM_CONF"])
    same = ("--preset", "smoke", "--seeds", "0-5", "--results", results)
    submit = ("run", study, "--row", "paced", *same, "--on", "slurm", "--partition", "low")
    gates = [study.with_name(name) for name in ("hold-0", "hold-1", "fail-2", "hold-3")]
    for gate in gates:
        gate.touch()
    [paced] = rows_in(study, results)
    runs = paced.runs
    alone(runs[5])  # what is done is not submitted

    assert "submitted 5 runs as job" in call(*submit)
    jobs = [json.loads(run.job_path.read_text())["job"] for run in runs[:5]]
    assert [job.partition("_")[2] for job in jobs] == list("01234")
    again = call(*submit)
    assert "not submitted again: 5 queued or running" in again
    assert "submitted 5" not in again

    # three cores: 0 and 1 wait in their second epoch, and so does 3 once 2 has failed
    until(lambda: all((runs[seed].folder / CHECKPOINT).exists() for seed in (0, 1, 3)))
    until(lambda: runs[2].status == "failed" and not runs[2].job_path.exists())
    assert states(study, same) == {"done": [5], "running": [0, 1, 3], "queued": [4], "failed": [2]}
    told = call("cancel", study, "--row", "paced", *same[:2], "--seeds", "0,4", *same[4:])
    assert "seed 0 was running" in told
    assert "seed 4 was queued" in told
    assert "cancelled 2 jobs" in told

    logs = next((results / "slurm").glob("2*"))
    log = {seed: logs / f"{job}_0_log.out" for seed, job in enumerate(jobs)}
    asked("scancel", "--signal=USR1", jobs[3], configuration=conf)  # so does Slurm before the time is over
    until(lambda: "stopped by Slurm" in log[3].read_text() and "stopped by Slurm" in log[0].read_text())
    urgent = ["sbatch", "--partition=high", "--exclusive", "--output=/dev/null", "--wrap=true"]
    asked(*urgent, configuration=conf)
    until(lambda: "stopped by Slurm" in log[1].read_text())
    until(lambda: states(study, same) == {"done": [5], "queued": [1, 3], "missing": [0, 4], "failed": [2]})
    assert "told to fail" in log[2].read_text()
    for gate in gates:
        gate.unlink()
    [elsewhere] = rows_in(study, tmp_path / "alone")
    for run in elsewhere.runs[:5]:
        alone(run)  # on one machine, meanwhile
    until(lambda: hurried() or not standings([paced]))
    assert [run.status for run in runs] == ["missing", "done", "failed", "done", "missing", "done"]
    assert [log[seed].read_text().count("Starting with") for seed in (1, 3)] == [2, 2]

    last = call(*submit, "--wait")
    assert "submitted 3 runs as job" in last
    assert "6 of 6" in last, "the results follow"
    for run, end in zip(runs[:5], elsewhere.runs[:5], strict=True):
        assert learned(run) == learned(end), run.folder
    assert not list(results.rglob(JOB)), "a job that has ended is not named any more"
    assert not list(results.glob("smoke/**/lock"))


@pytest.mark.timeout(900)
def test_the_last_task_of_an_array_is_cancelled_alone(study: Path, tmp_path: Path) -> None:
    results, conf = tmp_path / "results", Path(os.environ["SLURM_CONF"])
    same = ("--preset", "smoke", "--seeds", "0-1", "--results", results)
    gates = [study.with_name(name) for name in ("hold-0", "hold-1")]
    for gate in gates:
        gate.touch()
    assert "submitted 2 runs as job" in call(
        "run", study, "--row", "paced", *same, "--on", "slurm", "--partition", "low"
    )
    [paced] = rows_in(study, results)
    runs = paced.runs[:2]
    first, last = (json.loads(run.job_path.read_text())["job"] for run in runs)
    until(lambda: all((run.folder / CHECKPOINT).exists() for run in runs))
    assert "cancelled 1 job" in call("cancel", study, "--row", "paced", *same[:2], "--seeds", "1", *same[4:])

    def queue() -> dict[str, str]:
        lines = asked("squeue", "--noheader", "--array", "--format=%i %T", configuration=conf).splitlines()
        return {job: state for job, state in map(str.split, lines) if job in (first, last)}

    until(lambda: queue().get(last) not in ("RUNNING", "COMPLETING"))
    assert queue() == {first: "RUNNING"}, "its number as a job is that of the array"
    assert states(study, same) == {"running": [0], "missing": [1]}
    for gate in gates:
        gate.unlink()
    until(lambda: runs[0].status == "done")


@pytest.mark.timeout(600)
def test_a_request_that_slurm_refuses_is_told_in_one_line(study: Path, tmp_path: Path) -> None:
    words = ("run", study, "--preset", "smoke", "--seeds", "0", "--results", tmp_path / "results", "--on", "slurm")
    ran = CliRunner().invoke(app, [*map(str, words), "--partition", "none"])
    assert isinstance(ran.exception, MachineError)
    [line] = str(ran.exception).splitlines()
    assert line.startswith("sbatch refused the request: ")
    assert "invalid partition specified: none" in line
    assert not list((tmp_path / "results").rglob(JOB))
