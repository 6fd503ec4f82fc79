"""`table build` and `search` with `--on slurm`, where Slurm is scripts of the test's own and a node is this process."""

import json
import os
import pickle
import shutil
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError
from bench.places import PROJECT
from bench.processes.interrupts import SIGNALS
from bench.recipe.preset import find_preset
from bench.runs.store import Run
from bench.study.named import find_row
from bench.supernets.nb201 import NB201Net
from bench.tables.store import read_table

pytest.importorskip("submitit")
pytestmark = pytest.mark.usefixtures("few_resamples")
TABLE = "nb201/digits/test/30ep"
SMALL = {"construct.width": 2, "images.train": 64, "images.batch": 32, "epochs": 1}


@pytest.fixture(autouse=True)
def signals():
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def call(*words: object, code: int = 0) -> str:
    ran = CliRunner().invoke(app, list(map(str, words)))
    if isinstance(ran.exception, BenchError):
        raise ran.exception
    assert ran.exit_code == code, ran.output + str(ran.exception)
    return " ".join(ran.output.split())


def on_a_node(logs: Path, task: int, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Do what the node of a task does in the only array that was submitted, which is removed then."""
    [array] = logs.glob("2*")
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "12")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", str(task))
    found = sorted(array.glob("*submitted.pkl"))
    return pickle.loads(found[task].read_bytes()).function()


def forget(logs: Path) -> None:
    for path in logs.glob("2*"):
        shutil.rmtree(path)


@pytest.mark.slow
def test_parts_of_a_table_are_submitted_once_cancelled_and_give_the_table_of_one_machine(
    commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NB201Net, "stand_alone", {TABLE: {**NB201Net.stand_alone[TABLE], **SMALL}})
    queue = tmp_path / "queue"
    queue.write_text("12_0|RUNNING|node7|2026-11-27T01:40:00|None\n12_1|PENDING||N/A|Priority\n")
    folder = commands(
        sbatch="echo Submitted batch job 12", srun="", scancel="", squeue=f"while read x; do echo $x; done < {queue}"
    )
    out, logs = tmp_path / "table.h5", tmp_path / "data" / "building" / "slurm"
    here = ("table", "build", TABLE, "--random", 3, "--seeds", "0-1", "--data", tmp_path / "data", "--out", out)
    there = (*here, "--on", "slurm", "--parallel", 2)

    assert "submitted 2 parts as job 12" in call(*there)
    told = call(*there)
    assert "0 networks are left to submit not submitted again: 2 queued or running" in told
    assert "the same command shows the jobs and writes the table" in told
    assert not out.exists()
    with pytest.raises(BenchError, match=r"jobs of a cluster train 6 of these networks; follow"):
        call(*here)

    assert on_a_node(logs, 0, monkeypatch) == ("trained", "")
    told = call("cancel", TABLE, "--data", tmp_path / "data")
    assert "was queued since" in told
    assert "cancelled 1 job" in told
    assert (folder / "scancel.told").read_text() == "12_1\n"

    queue.write_text("")
    forget(logs)
    assert "3 networks are left to submit submitted 1 part as job 12" in call(*there), "the first part is trained"
    [left] = (folder for folder in logs.parent.glob("*/*") if (folder / "networks.json").exists())
    assert not (left / "networks.jsonl").exists(), "ended parts are in the table's journal, and their folders are gone"
    assert "3 of 3 architectures (seed 0: 3, seed 1: 0)" in call(*here, "--partial")
    assert on_a_node(logs, 0, monkeypatch) == ("trained", "")
    assert "nothing is left to submit" in call(*there)

    alone = tmp_path / "alone.h5"
    call(*here[:-3], tmp_path / "other", "--out", alone, "--jobs", 1)
    assert read_table(out).sha256 == read_table(alone).sha256


@pytest.mark.slow
def test_this_machine_takes_over_what_ended_jobs_have_trained_and_tells_why_others_failed(
    commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NB201Net, "stand_alone", {TABLE: {**NB201Net.stand_alone[TABLE], **SMALL}})
    commands(sbatch="echo Submitted batch job 12", srun="", squeue="")
    building, out = tmp_path / "data" / "building", tmp_path / "table.h5"
    here = ("table", "build", TABLE, "--random", 3, "--seeds", "0-1", "--data", tmp_path / "data", "--out", out)
    call(*here, "--on", "slurm", "--parallel", 2)
    assert on_a_node(building / "slurm", 0, monkeypatch) == ("trained", "")
    [trained, failed] = sorted(path.parent for path in building.glob("*/*/networks.json"))
    (failed / "failed.json").write_text('{"error": "out of memory"}')
    (trained.parent / "notes").mkdir()

    told = call(*here, "--jobs", 1)
    assert "3 of 3 architectures (seed 0: 3, seed 1: 3)" in told
    assert f"{failed}: failed (" in told
    assert [path.name for path in trained.parent.iterdir()] == ["notes"]
    [journal] = building.glob("*.jsonl")
    assert len(journal.read_text().splitlines()) == 6, "three by the job, which nobody trained again"


@pytest.mark.slow
def test_a_failed_part_is_told_and_its_networks_are_submitted_again(
    commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NB201Net, "stand_alone", {TABLE: {**NB201Net.stand_alone[TABLE], **SMALL}})
    monkeypatch.setattr("bench.stand_alone.part.train_chunk", lambda chunk: 1 / 0)
    queue, logs = tmp_path / "queue", tmp_path / "data" / "building" / "slurm"
    queue.write_text("12|RUNNING|node7|2026-11-27T01:40:00|None\n")
    commands(sbatch="echo Submitted batch job 12", srun="", squeue=f"while read x; do echo $x; done < {queue}")
    words = ("table", "build", TABLE, "--random", 2, "--seeds", 0, "--data", tmp_path / "data", "--on", "slurm")
    words = (*words, "--out", tmp_path / "table.h5")

    def fails(seconds: float) -> None:
        with pytest.raises(SystemExit):
            on_a_node(logs, 0, monkeypatch)
        queue.write_text("")

    monkeypatch.setattr("bench.cli.slurm.sleep", fails)
    told = call(*words, "--wait", code=1)
    assert "failed (ZeroDivisionError: division by zero)" in told
    assert "2 networks were not trained; the same command submits them again" in told
    assert "2 networks are left to submit submitted 1 part" in call(*words)


def test_partial_tables_are_written_here(commands, tmp_path: Path) -> None:
    commands(sbatch="", srun="", squeue="")
    words = ("table", "build", TABLE, "--random", 2, "--data", tmp_path, "--out", tmp_path / "x.h5", "--partial")
    with pytest.raises(BenchError, match=r"--partial trains nothing; leave out '--on slurm'"):
        call(*words, "--on", "slurm")


@pytest.mark.slow
def test_searches_are_one_job_per_supernet_that_is_planned_and_cancelled(
    commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, row = find_row("baseline", beside="baseline")
    recipe = find_preset("laptop").fill(row.recipe, row.times)
    results, other = tmp_path / "results", tmp_path / "other"
    for place in (results, other):
        stored, here = Run(recipe, "laptop", 0, PROJECT / "results"), Run(recipe, "laptop", 0, place)
        shutil.copytree(stored.folder, here.folder, ignore=shutil.ignore_patterns("search"))
    queue, logs = tmp_path / "queue", results / "slurm"
    queue.write_text("12|PENDING||N/A|Priority\n")
    commands(
        sbatch="echo Submitted batch job 12", srun="", scancel="", squeue=f"while read x; do echo $x; done < {queue}"
    )
    words = ("search", "baseline", "--by", "random", "--budget", 5, "--search-seeds", "0-1", "--seeds", 0)
    there = (*words, "--on", "slurm", "--results", results)
    same = ("baseline", "--seeds", 0, "--results", results)

    assert "submitted 1 job as job 12" in call(*there)
    assert "not submitted again: 1 queued or running" in call(*there)
    assert "searches on baseline, seed 0: queued since" in call("plan", *same)
    assert json.loads(call("plan", *same, "--json"))["rows"][0]["done"] == [0]
    told = call("cancel", *same)
    assert "searches on seed 0: was queued since" in told
    assert "cancelled 1 job" in told

    queue.write_text("")
    forget(logs)
    assert "submitted 1 job as job 12" in call(*there)
    assert on_a_node(logs, 0, monkeypatch) == ("searched", "")
    told = call(*there)
    assert "nothing is left to submit" in told
    assert "accuracy, budget 5" in told, "what was found"
    call(*words, "--results", other)
    found = {path.name: path.read_bytes() for path in results.rglob("search/*.h5")}
    assert found == {path.name: path.read_bytes() for path in other.rglob("search/*.h5")}
    assert len(found) == 2
    assert os.environ["SLURM_ARRAY_TASK_ID"] == "0"


@pytest.mark.parametrize(
    "words", [("search", "baseline"), ("table", "build", TABLE, "--random", 2, "--out", "x.h5")], ids=str
)
def test_a_machine_without_slurm_is_told(commands, words) -> None:
    with pytest.raises(BenchError, match=r"this machine has no Slurm \('sbatch' is not found\)"):
        call(*words, "--on", "slurm")
    with pytest.raises(BenchError, match=r"--hours is for a cluster; add '--on slurm'"):
        call(*words, "--hours", 3)
