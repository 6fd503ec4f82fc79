"""What is to be done on a machine with a GPU, tried on the CPU: the script, what it keeps and goes on from."""

import json
import os
import subprocess
import sys
import tarfile
import time

import pytest
import torch

from bench.errors import BenchError
from bench.places import PROJECT
from benchmarks import gpu, gpu_checks
from benchmarks.card import asked_by
from benchmarks.gpu import FINISHED, ORDER, QUICK_ORDER, SAVED, State, fastest_jobs, job_of, stopped_at
from benchmarks.gpu_speeds import Size


def state(folder, before=None, card="a card"):
    return State(folder / "out", before, folder / "work", card)


def run_folder(work, name, **files):
    folder = work / "results" / "smoke" / name / "seed-0"
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file.replace("_", ".")).write_bytes(content)
    return folder


@pytest.mark.parametrize(("name", "preset"), sorted({*ORDER, *QUICK_ORDER}))
def test_every_run_in_the_order_is_a_row_at_a_preset(tmp_path, name, preset):
    job = job_of(state(tmp_path), name, preset, 0, "cpu")
    assert job is not None
    assert job.run.preset == preset


def test_what_is_measured_is_kept_for_the_card_and_not_measured_again(tmp_path):
    first = state(tmp_path / "first")
    assert first.once("speed", time.monotonic() + 9, 1, lambda: {"images/s": 5}) == {"images/s": 5}
    again = state(tmp_path / "again", tmp_path / "first" / "out")
    assert again.once("speed", time.monotonic() + 9, 1, lambda: pytest.fail("measured again")) == {"images/s": 5}
    other = state(tmp_path / "other", tmp_path / "first" / "out", card="another")
    assert other.once("speed", time.monotonic() + 9, 1, lambda: {"images/s": 7}) == {"images/s": 7}
    assert set(json.loads((tmp_path / "other" / "out" / SAVED).read_text())) == {"a card", "another"}


def test_what_would_not_end_in_time_is_left_for_the_next_call(tmp_path, capsys):
    assert state(tmp_path).once("speed", time.monotonic() + 9, 10, lambda: pytest.fail("measured")) is None
    assert "speed: no time left; next time" in capsys.readouterr().out


def test_runs_travel_to_the_next_machine_finished_ones_without_weights_unfinished_ones_with_them(tmp_path):
    first = state(tmp_path / "first")
    run_folder(first.work, "done", record_json=b"{}", checkpoint_pt=b"weights")
    run_folder(first.work, "begun", checkpoint_pt=b"weights", train_jsonl=b"{}")
    run_folder(first.work, "empty")
    first.pack()
    with tarfile.open(tmp_path / "first" / "out" / FINISHED) as packed:
        assert packed.getnames() == ["smoke/done/seed-0/record.json"]
    state(tmp_path / "next", tmp_path / "first" / "out")
    found = {str(path.relative_to(tmp_path / "next" / "work")) for path in (tmp_path / "next").rglob("*.*")}
    begun = "results/smoke/begun/seed-0"
    assert found >= {"results/smoke/done/seed-0/record.json", f"{begun}/checkpoint.pt", f"{begun}/train.jsonl"}


def test_a_file_too_large_to_travel_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "LARGEST", 1)
    first = state(tmp_path)
    run_folder(first.work, "begun", checkpoint_pt=b"weights")
    first.pack()
    assert not list((tmp_path / "out").glob("*.tar*"))
    assert "smoke/begun/seed-0 is larger than 0 MB and stays here" in capsys.readouterr().out


def test_a_folder_that_no_call_left_is_refused(tmp_path):
    with pytest.raises(BenchError, match=r"--before .*nothing has no gpu\.json; name the folder that an earlier call"):
        state(tmp_path, tmp_path / "nothing")


def test_time_that_is_over_interrupts_and_is_no_error(capsys):
    started = time.monotonic()
    with stopped_at(started + 0.05):
        time.sleep(5)
    assert time.monotonic() - started < 1
    assert "the time is over" in capsys.readouterr().out


def test_the_number_of_runs_at_once_is_the_fastest_measured(tmp_path):
    found = state(tmp_path)
    assert fastest_jobs(found) == 2
    found.found["runs at once"] = [
        {"runs at once": runs, "images/s, all": rate} for runs, rate in ((1, 5.0), (4, 9.0), (8, 7.0))
    ]
    assert fastest_jobs(found) == 4


def test_a_wrong_device_and_a_wrong_part_end_in_one_line():
    with pytest.raises(SystemExit, match="error: unknown part 'speed'; allowed: checks, speeds, runs"):
        gpu.main(["speed"])
    if not torch.cuda.is_available():
        with pytest.raises(SystemExit, match=r"error: --device cuda, but PyTorch sees no CUDA device here"):
            gpu.main(["speeds"], device="cuda")


@pytest.mark.slow
def test_the_work_asked_of_a_device_is_counted():
    left, right = torch.rand(4, 8), torch.rand(8, 2)
    found = asked_by(lambda: (left @ right).view(-1))
    assert found.operations == 2 * 4 * 8 * 2
    assert found.bytes == 4 * (4 * 8 + 8 * 2 + 4 * 2)


@pytest.mark.slow
def test_a_device_that_computes_otherwise_is_noticed(monkeypatch):
    from bench.recipe.preset import find_preset

    recipe = find_preset("smoke").fill(gpu.uniform_recipe())
    monkeypatch.setattr(gpu_checks, "settle_card", lambda: None)
    assert gpu_checks.checked(recipe, "cpu")["exceeded"] == []
    own = gpu_checks.trained

    def wrong(training, seen=[]):  # noqa: B006 - counts the calls
        seen.append(training)
        if len(seen) == 2:
            for weight in training.supernet.parameters():
                weight.data.mul_(1.5)
        return own(training)

    monkeypatch.setattr(gpu_checks, "trained", wrong)
    found = gpu_checks.checked(recipe, "cpu")
    assert "weights of two runs" in found["exceeded"]
    assert "at most" in gpu.exceeded_limits(found)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_script_runs_in_miniature_and_goes_on_where_it_was_stopped(tmp_path):
    def call(number, minutes, *more):
        command = ["sh", "benchmarks/gpu.sh", "--quick", "--device", "cpu", "--minutes", str(minutes), "--jobs", "2"]
        environment = {
            **os.environ,
            "PYTHON": sys.executable,
            "OUT": str(tmp_path / f"out-{number}"),
            "OMP_NUM_THREADS": "1",
        }
        command += ["--work", str(tmp_path / f"work-{number}"), *more]
        ran = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    first = call(1, 0.01)
    assert "checks: no time left; next time" in first
    second = call(2, 15, "--before", str(tmp_path / "out-1"))
    assert "runs at once: measured" in second
    assert second.count(": trained") == len(QUICK_ORDER) * len(gpu.SEEDS)
    third = call(3, 15, "--before", str(tmp_path / "out-2"))
    assert "measured in" not in third
    assert "runs: all are done" in third
    with tarfile.open(tmp_path / "out-3" / FINISHED) as packed:
        assert sum(name.endswith("record.json") for name in packed.getnames()) == len(QUICK_ORDER) * len(gpu.SEEDS)
    found = json.loads((tmp_path / "out-3" / SAVED).read_text())["cpu"]
    assert {"checks", "limits", "training", "predictions", "runs at once"} <= found.keys()
    assert all(row["images/s"] > 0 for row in found["training"])
    assert len(found["predictions"]) == 2 * (3 + len(gpu.QUICK.together))
    assert Size().large == "full"


def started(tmp_path, control, **variables):
    """Run benchmarks/gpu.sh with a nvidia-cuda-mps-control of our own and a Python that prints its pipe directory."""
    for name, lines in (
        ("nvidia-cuda-mps-control", f'cat >> {tmp_path}/said </dev/stdin; echo "$@" >> {tmp_path}/said; {control}'),
        ("python", 'case "$*" in -) cat >/dev/null;; *) echo "pipe [$CUDA_MPS_PIPE_DIRECTORY]"; exit 3;; esac'),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{lines}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "benchmarks/gpu.sh"],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": path, "PYTHON": str(tmp_path / "python"), **variables},
        capture_output=True,
        text=True,
    )


def test_the_multi_process_service_is_started_if_asked_for_and_ended_afterwards(tmp_path):
    found = started(tmp_path, "exit 0", MPS="yes")
    assert found.returncode == 3, "the exit code of what ran"
    assert found.stdout.startswith("pipe [/")
    assert (tmp_path / "said").read_text().split() == ["-d", "quit"]
    (tmp_path / "said").unlink()
    assert started(tmp_path, "exit 0").stdout == "pipe []\n"
    assert not (tmp_path / "said").exists()


def test_a_multi_process_service_that_does_not_start_is_an_error(tmp_path):
    found = started(tmp_path, "exit 1", MPS="yes")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "error: MPS=yes, but nvidia-cuda-mps-control does not start\n"
