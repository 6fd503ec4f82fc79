"""A study on a real Slurm, with a job that is cancelled, one that is preempted and one that fails."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.places import PROJECT, data_folder
from bench.recipe.preset import find_preset
from bench.runs.execute import execute
from bench.runs.plan import PlannedRow, plan
from bench.runs.scored_on import predicted_population
from bench.runs.standing import standings
from bench.runs.store import JOB, PREDICTIONS, Run
from bench.runs.training_log import LOG
from bench.study.named import find_study
from tests.slurm.cluster import asked, lacking, started

REASON = lacking() or ("" if importlib.util.find_spec("submitit") else "submitit is not installed (extra 'slurm')")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(REASON), reason=REASON)]
LONGEST = 90.0
"""Seconds to wait for what takes ten on two idle cores."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    with started() as configuration:
        yield configuration


@pytest.fixture
def study(tmp_path: Path, cluster: Path, monkeypatch: pytest.MonkeyPatch, no_plugins: None) -> Path:
    """Return the file of a study of two rows with three seeds each."""
    monkeypatch.setenv("SLURM_CONF", str(cluster))
    return Path(shutil.copy(Path(__file__).with_name("paced.py"), tmp_path))


def command(*words: object) -> subprocess.CompletedProcess[str]:
    code = "from bench.cli import main; main()"
    path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path, "COLUMNS": "200"},
        check=False,
    )


def rows_in(study: Path, results: Path) -> list[PlannedRow]:
    """Return the rows in the order of the array: the seeds of `paced` are its tasks 0 to 2."""
    rows = plan(find_study(str(study)), find_preset("smoke"), (0, 1, 2), results)
    return sorted(rows, key=lambda planned: planned.row.name != "paced")


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
    times = {"seconds", "when"}
    return (run.folder / PREDICTIONS).read_bytes(), [{k: v for k, v in line.items() if k not in times} for line in log]


@pytest.mark.timeout(240)
def test_killed_preempted_and_failed_runs_end_with_the_bits_of_one_machine(study: Path, tmp_path: Path) -> None:
    results, conf = tmp_path / "results", Path(os.environ["SLURM_CONF"])
    same = ("--preset", "smoke", "--seeds", "0-2", "--results", results)
    submit = ("run", study, "--row", "paced", "--row", "baseline", *same, "--on", "slurm", "--partition", "low")
    gates = {name: study.with_name(name) for name in ("hold-0", "hold-1", "fail-2")}
    for gate in gates.values():
        gate.touch()

    first = command(*submit)
    assert first.returncode == 0, first.stderr
    assert "submitted 6 runs as job" in first.stdout
    rows = rows_in(study, results)
    runs = [run for planned in rows for run in planned.runs]
    assert {json.loads((run.folder / JOB).read_text())["job"].partition("_")[2] for run in runs} == set("012345")
    cancelled, preempted, failing = (json.loads((run.folder / JOB).read_text())["job"] for run in runs[:3])

    until(lambda: all((run.folder / "checkpoint.pt").exists() for run in runs[:2]))  # both wait in their second epoch
    again = command(*submit)
    assert "not submitted again: 6 queued or running" in again.stdout
    assert "submitted 6" not in again.stdout
    told = json.loads(command("plan", study, *same, "--json").stdout)
    [paced] = [row for row in told["rows"] if row["row"] == "paced"]
    assert paced["running"] == [0, 1]
    assert paced["queued"] == [2]
    assert not paced["missing"]

    asked("scancel", cancelled, configuration=conf)
    urgent = ["sbatch", "--partition=high", "--exclusive", "--output=/dev/null", "--wrap=true"]
    asked(*urgent, configuration=conf)
    logs = next((results / "slurm").glob("2*"))
    until(lambda: all("stopped by Slurm" in (logs / f"{job}_0_log.out").read_text() for job in (cancelled, preempted)))
    gates["hold-0"].unlink()
    gates["hold-1"].unlink()
    alone = rows_in(study, tmp_path / "alone")
    for planned in alone:  # on one machine, meanwhile
        for run in planned.runs:
            asked_for = predicted_population(run.recipe.space, find_preset("smoke"), None)
            assert execute(run, asked_for, data_folder()) == "trained"
    until(lambda: hurried() or not standings(rows))

    assert "told to fail" in (logs / f"{failing}_0_log.out").read_text()
    assert [run.status for run in runs] == ["missing", "done", "failed", "done", "done", "done"]

    gates["fail-2"].unlink()
    last = command(*submit, "--wait")
    assert last.returncode == 0, last.stdout + last.stderr
    assert "submitted 2 runs as job" in last.stdout
    ends = [run for planned in alone for run in planned.runs]
    for run, end in zip(runs, ends, strict=True):
        assert learned(run) == learned(end), run.folder
    assert not list(results.rglob(JOB)), "a job that has ended is not named any more"
    assert not list(results.glob("smoke/**/lock"))


@pytest.mark.timeout(240)
def test_a_job_told_that_its_time_is_over_requeues_itself(study: Path, tmp_path: Path) -> None:
    results, conf = tmp_path / "results", Path(os.environ["SLURM_CONF"])
    hold = study.with_name("hold-none")  # a single run is no array
    hold.touch()
    same = ("--preset", "smoke", "--seeds", "0", "--results", results)
    assert command("run", study, "--row", "paced", *same, "--on", "slurm").returncode == 0
    run = rows_in(study, results)[0].runs[0]
    until(lambda: (run.folder / "checkpoint.pt").exists())
    asked("scancel", "--signal=USR1", json.loads(run.job_path.read_text())["job"], configuration=conf)
    [log] = (results / "slurm").glob("2*/*.out")
    until(lambda: "stopped by Slurm" in log.read_text())
    hold.unlink()
    until(lambda: hurried() or run.status == "done")
    assert log.read_text().count("Starting with") == 2
    until(lambda: not run.job_path.exists())


@pytest.mark.timeout(240)
def test_cancel_ends_what_is_queued_and_running(study: Path, tmp_path: Path) -> None:
    results, conf = tmp_path / "results", Path(os.environ["SLURM_CONF"])
    same = ("--preset", "smoke", "--seeds", "0-2", "--results", results)
    for task in range(3):
        study.with_name(f"hold-{task}").touch()
    assert command("run", study, "--row", "paced", *same, "--on", "slurm", "--parallel", "1").returncode == 0
    [paced, _] = rows_in(study, results)
    until(lambda: (paced.runs[0].folder / "lock").exists())
    told = command("cancel", study, *same)
    assert told.returncode == 0, told.stderr
    assert "cancelled 3 jobs" in told.stdout
    assert "seed 0 was running" in told.stdout
    assert "seed 1 was queued" in told.stdout
    until(lambda: not standings([paced]))
    assert [run.status for run in paced.runs] == ["missing"] * 3
    until(lambda: not asked("squeue", "--noheader", configuration=conf))


def test_a_request_that_slurm_refuses_is_told_in_one_line(study: Path, tmp_path: Path) -> None:
    words = ("run", study, "--preset", "smoke", "--seeds", "0", "--results", tmp_path / "results", "--on", "slurm")
    told = command(*words, "--partition", "none")
    assert told.returncode == 2
    [line] = told.stderr.splitlines()
    assert line.startswith("error: sbatch refused the request: ")
    assert "invalid partition specified: none" in line
    assert not list((tmp_path / "results").rglob(JOB))
