"""`run --on slurm`, `plan` and `cancel` where Slurm is scripts of the test's own."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError
from bench.processes.claim import claimed
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.runs.slurm.queue import note_job
from bench.runs.store import PREDICTIONS, RECORD
from bench.study.study import STUDIES

pytestmark = pytest.mark.usefixtures("few_resamples")
SMOKE = ("--preset", "smoke", "--seeds", "0-2")


def call(*words: object, fails: type[BenchError] | None = None) -> str:
    ran = CliRunner().invoke(app, list(map(str, words)))
    if fails:
        assert isinstance(ran.exception, fails), ran.output
        return str(ran.exception)
    assert ran.exit_code == 0, ran.output + str(ran.exception)
    return ran.output


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--on", "slurm"], "this machine has no Slurm ('sbatch' is not found)"),
        (["--on", "slrum"], "unknown --on 'slrum'; did you mean 'slurm'?"),
        (["--partition", "gpu"], "--partition is for a cluster; add '--on slurm', or leave it out"),
        (["--wait"], "--wait is for a cluster"),
        (["--on", "slurm", "--jobs", "2"], "--jobs is for this machine; with '--on slurm' use --parallel"),
        (["--on", "slurm", "--hours", "0"], "--hours 0; allowed: from a minute"),
        (["--on", "slurm", "--device", "cuda"], "--device cuda with '--on slurm' needs a card; add '--gpus 1'"),
        (["--on", "slurm", "--device", "cuda:1"], "--device cuda:1; allowed with '--on slurm': cpu, cuda"),
        (["--on", "slurm", "--settings", "none.toml"], "--settings none.toml cannot be read"),
    ],
    ids=str,
)
def test_what_cannot_be_launched_is_told_before_anything_else(commands, tmp_path: Path, words, told: str) -> None:
    assert told in call("run", "baseline", *SMOKE, "--results", tmp_path / "results", *words, fails=BenchError)
    assert not (tmp_path / "results").exists()


def said(*words: object) -> str:
    return " ".join(call(*words).split())


def test_a_dry_run_says_what_would_be_submitted_and_submits_nothing(commands, tmp_path: Path) -> None:
    """`commands` without arguments leaves no Slurm on this machine."""
    results, settings = tmp_path / "results", tmp_path / "site.toml"
    settings.write_text('account = "vision"\nsetup = ["module load cuda"]\n')
    same = ("run", "baseline", *SMOKE, "--results", results, "--dry-run")
    asked = ("--on", "slurm", "--hours", 4, "--gpus", 1, "--parallel", 2, "--settings", settings)
    told = said(*same, *asked)
    assert "would submit 3 runs as one array: the cluster's default partition, at most 4 hours and 1 card each" in told
    assert told.endswith("at most 2 at a time, --account=vision, 1 line of setup"), "nothing stored tells minutes"
    assert said(*same, "--jobs", 2).endswith("would complete 3 runs in 2 processes")
    assert not results.exists()
    settings.write_text('partition = "long"\n')
    assert "as one array: partition long, at most 1 hour each, all at a time" in said(
        *same, "--on", "slurm", "--settings", settings
    )
    assert "--format csv is of results, of which --dry-run makes none" in call(
        *same, "--format", "csv", fails=BenchError
    )


def test_a_dry_run_says_what_a_run_may_take_and_what_is_damaged(commands, tmp_path: Path, pretend) -> None:
    first = plan(STUDIES.get("baseline"), find_preset("smoke"), (0,), tmp_path)[0].runs[0]
    pretend(first, 1.0)
    record = json.loads((first.folder / RECORD).read_text())
    record["seconds"]["train"] = 898.0  # and two of prediction
    (first.folder / RECORD).write_text(json.dumps(record))
    same = ("run", "baseline", *SMOKE, "--results", tmp_path, "--dry-run")
    told = said(*same, "--on", "slurm", "--hours", 0.1)
    assert "would submit 2 runs as one array" in told
    assert "one may take about 15 minutes of one core, longer than 0.1 hours: it is requeued" in told
    assert "longer than" not in said(*same, "--on", "slurm", "--hours", 1)
    told = "of one core, as no time on a card is stored; all together about 30 minutes of one core"
    assert said(*same, "--on", "slurm", "--gpus", 1).endswith(told)
    assert said(*same).endswith("would complete 2 runs in 2 processes; one may take about 15 minutes of one core")
    every = ("run", "baseline", "--preset", "smoke", "--seeds", "0", "--results", tmp_path, "--dry-run")
    assert said(*every).endswith("nothing is left to run")
    assert said(*every, "--on", "slurm").endswith("nothing is left to submit")
    (first.folder / PREDICTIONS).write_bytes(b"")
    for where in ((), ("--on", "slurm")):
        assert "; 1 run damaged, which 'supernet-bench plan baseline --preset smoke" in said(*every, *where)


@pytest.mark.slow
def test_runs_are_submitted_once_planned_and_cancelled(commands, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    results = tmp_path / "results"
    queue = "12_0|RUNNING|node7|2026-11-27T01:40:00|None\\n12_1|PENDING||N/A|Priority\\n"
    folder = commands(sbatch="echo Submitted batch job 12", srun="", squeue=f"printf '{queue}'", scancel="")
    same = ("baseline", *SMOKE, "--results", results)
    told = call("run", *same, "--on", "slurm")
    assert "submitted 3 runs as job 12; logs:" in told
    assert f"'supernet-bench cancel baseline --preset smoke --seeds 0-2 --results {results}' ends them" in told

    told = call("plan", *same)
    assert "baseline, seed 0 is running on node7 since 2026-11-27T01:40:00+00:00" in told
    assert "baseline, seed 1 is queued since" in told
    [row] = json.loads(call("plan", *same, "--json"))["rows"]
    assert (row["running"], row["queued"], row["missing"]) == ([0], [1], [2])

    told = call("run", *same, "--on", "slurm", "--hours", 2)  # the third has left the queue without a result
    assert "not submitted again: 2 queued or running" in told
    assert "submitted 1 run as job 12" in told
    assert len((folder / "sbatch.told").read_text().splitlines()) == 2

    told = call("cancel", *same, "--seeds", "0-1")
    assert "seed 0 was running on node7" in told
    assert "cancelled 2 jobs" in told
    assert (folder / "scancel.told").read_text() == "12_0 12_1\n"
    assert "cancelled 0 jobs" in call("cancel", *same, "--seeds", "0-1")


def test_a_file_system_without_locks_is_told(commands, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("submitit")
    commands(sbatch="echo Submitted batch job 12", srun="", squeue="")
    monkeypatch.setattr("bench.cli.slurm.locks", lambda folder: False)
    told = call("run", "baseline", *SMOKE, "--results", tmp_path / "results", "--on", "slurm")
    assert "does not lock files: a run may be done twice, the first result stands" in told


@pytest.mark.slow
def test_what_is_done_is_not_submitted(commands, tmp_path: Path, pretend) -> None:
    pytest.importorskip("submitit")
    [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (0, 1, 2), tmp_path / "results")
    for run in row.runs:
        pretend(run, 1.0)
    folder = commands(sbatch="exit 1", srun="", squeue="exit 1")
    told = call("run", "baseline", *SMOKE, "--results", tmp_path / "results", "--on", "slurm")
    assert "nothing is left to submit" in told
    assert "3 of 3" in told, "the results follow"
    assert not (folder / "sbatch.told").exists()


def test_a_damaged_run_is_told_and_fails_the_command_while_the_others_are_submitted(
    commands, tmp_path: Path, pretend
) -> None:
    pytest.importorskip("submitit")
    [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (0, 1, 2), tmp_path / "results")
    pretend(row.runs[1], 1.0)
    (row.runs[1].folder / PREDICTIONS).write_bytes(b"changed")
    commands(sbatch="echo Submitted batch job 12", srun="", squeue="")
    words = ("run", "baseline", *SMOKE, "--results", tmp_path / "results", "--on", "slurm")
    ran = CliRunner().invoke(app, list(map(str, words)))
    assert ran.exit_code == 1
    assert "submitted 2 runs as job 12" in ran.output
    assert f"baseline, seed 1: damaged, not submitted ({row.runs[1].folder / PREDICTIONS} has sha256" in ran.output


def test_missing_images_are_told_before_anything_is_queued(commands, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("submitit")
    folder = commands(sbatch="echo Submitted batch job 12", srun="", squeue="")
    words = ("run", "baseline", "--preset", "laptop", "--seeds", 77, "--results", tmp_path / "results")
    monkeypatch.setattr("bench.runs.scored_on.truth_of", lambda *_: None)  # else the missing table is told first
    told = call(*words, "--on", "slurm", "--data", tmp_path, fails=BenchError)
    assert f"the images of cifar10 are not in {tmp_path}" in told
    assert not (folder / "sbatch.told").exists()


@pytest.mark.slow
def test_following_ends_when_nothing_is_queued_and_tells_what_is_left(commands, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("submitit")
    seen = tmp_path / "seen"
    commands(
        sbatch="echo Submitted batch job 12",
        srun="",
        squeue=f"[ -f {seen} ] || echo '12_0|PENDING||N/A|None'; : > {seen}",
    )
    monkeypatch.setattr("bench.cli.slurm.sleep", lambda seconds: None)
    words = ("run", "baseline", *SMOKE, "--results", tmp_path / "results", "--on", "slurm", "--wait")
    ran = CliRunner().invoke(app, list(map(str, words)))
    assert ran.exit_code == 1
    assert "3 of the runs were ended before they were done; the same command submits them again" in ran.output


def test_ctrl_c_leaves_the_jobs_running(commands, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("submitit")
    folder = commands(sbatch="echo Submitted batch job 12", srun="", squeue="echo '12_0|PENDING||N/A|None'", scancel="")

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.cli.slurm.sleep", interrupted)
    words = ("run", "baseline", *SMOKE, "--results", tmp_path / "results", "--on", "slurm", "--wait")
    ran = CliRunner().invoke(app, list(map(str, words)))
    assert ran.exit_code == 130
    same = f"--preset smoke --seeds 0-2 --results {tmp_path}/results"
    assert f"the jobs go on: 'supernet-bench plan baseline {same}' shows the jobs" in ran.output
    assert not (folder / "scancel.told").exists()


def test_a_run_held_on_this_machine_is_running_and_cancel_leaves_it(commands, tmp_path: Path) -> None:
    commands(sbatch="", srun="", squeue="", scancel="")
    [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (0,), tmp_path)
    same = ("baseline", "--preset", "smoke", "--seeds", "0", "--results", tmp_path)
    with claimed(row.runs[0].lock):
        assert f"process {os.getpid()} since" in " ".join(call("plan", *same).split())
        assert "no job of Slurm's" in call("cancel", *same)
    note_job(row.runs[0], "9")
    assert json.loads(call("plan", *same, "--json"))["rows"][0]["missing"] == [0]
