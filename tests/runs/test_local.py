"""Several runs at a time, each in a process of its own."""

import errno
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.places import PROJECT
from bench.population import Population
from bench.processes.claim import claimed
from bench.processes.forkserver import is_forkserver
from bench.processes.progress import Step
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.job import Job, Outcome
from bench.runs.local import run_all
from bench.runs.store import Run
from bench.spaces.track1 import Track1
from tests.living_processes import members, until_gone
from tests.runs.conftest import ASKED


@pytest.mark.slow
def test_one_failure_does_not_stop_the_others(smoke: Run, data: Path, tmp_path: Path) -> None:
    deadly = tmp_path / "deadly.py"
    deadly.write_text("import os\nos._exit(3)\n")
    quick = replace(smoke, recipe=replace(smoke.recipe, epochs=1))
    jobs = [
        Job(replace(quick, seed=1), "killed", ASKED, data, "cpu", (deadly,)),
        Job(replace(quick, seed=2), "unlisted", Population("all", Track1()), data, "cpu"),
        Job(quick, "good", ASKED, data, "cpu"),
    ]
    steps: list[tuple[str, Step]] = []
    ended: list[Outcome] = []
    outcomes = run_all(jobs, workers=2, report=lambda job, step: steps.append((job.label, step)), ended=ended.append)
    by_label = {outcome.label: outcome for outcome in outcomes}
    assert by_label["good"].status == "trained"
    assert by_label["killed"].status == "failed"
    assert "ended with code 3; run again to continue" in by_label["killed"].reason
    assert by_label["unlisted"].status == "failed"
    assert "cannot be listed" in by_label["unlisted"].reason
    assert len(ended) == 3
    assert {label for label, _ in steps} == {"good"}, "a population that cannot be listed is found before training"
    assert {step.phase for _, step in steps} == {"train", "predict"}
    assert steps[-1][1].done == steps[-1][1].total


class InThisProcess:
    """Stands for multiprocessing's context: a process is run at its start, in this one."""

    def Value(self, *_: object, lock: bool) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(value=0)

    def Queue(self) -> queue.Queue[object]:  # noqa: N802
        messages: queue.Queue[object] = queue.Queue()
        vars(messages).update(close=lambda: None, join_thread=lambda: None)
        return messages

    def Process(self, *, target: Callable[..., None], args: tuple[object, ...], daemon: bool) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(start=lambda: target(*args), is_alive=lambda: False, exitcode=0)


@pytest.fixture
def signals() -> Iterator[None]:
    """Restore the signal handlers that a worker sets."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_what_a_run_says_reaches_the_command_before_its_end(
    smoke: Run, data: Path, monkeypatch: pytest.MonkeyPatch, signals: None
) -> None:
    def execute(*_: object, say: Callable[[str], None], **options: object) -> str:
        say("torch 2 instead of 1")
        return "trained"

    monkeypatch.setattr("bench.runs.local.worker_context", InThisProcess)
    monkeypatch.setattr("bench.runs.execute.execute", execute)
    heard: list[str] = []
    run_all(
        [Job(smoke, "mine", ASKED, data, "cpu")],
        workers=1,
        report=lambda job, step: None,
        ended=lambda outcome: heard.append(f"{outcome.label}: {outcome.status}"),
        said=lambda job, line: heard.append(f"{job.label}: {line}"),
    )
    assert heard == ["mine: torch 2 instead of 1", "mine: trained"]


PARENT = """
import sys
from pathlib import Path
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.job import Job
from bench.runs.local import run_all
from bench.runs.store import Run

run = Run(PRESETS["smoke"].fill(Recipe(epochs=100_000)), "smoke", 0, Path(sys.argv[1]))
job = Job(run, "endless", Population("connected-500", run.recipe.space), data_folder(), "cpu")
run_all([job], workers=1, report=lambda job, step: print(step.done, flush=True), ended=print)
"""


COMMAND = '''
import dataclasses, os, sys
from pathlib import Path
import bench.recipe.preset as preset

smoke = preset.PRESETS["smoke"]
preset.PRESETS = preset.PRESETS | {"smoke": dataclasses.replace(smoke, epochs=100_000)}  # it does not end by itself
results, plugin = Path(sys.argv[1]), []
if refused := os.environ.get("REFUSED"):
    plugin = ["--plugin", str(results / "refusing.py")]
    Path(plugin[1]).write_text(f"""
import fcntl
def flock(descriptor, how):
    raise OSError({refused}, "no locks")
fcntl.flock = flock
""")
sys.argv[1:] = [*plugin, "run", "baseline", "--preset", "smoke", "--seeds", "0", "--results", str(results)]
from bench.cli import main
main()
'''
"""A command whose run does not end by itself; in its workers too the file system refuses to lock if REFUSED says so."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
@pytest.mark.parametrize("moment", ["while the forkserver imports", "while it trains"])
def test_nothing_outlives_a_command_that_is_killed(tmp_path: Path, moment: str) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, start_new_session=True) as parent:
        assert parent.stdout is not None
        if moment == "while it trains":
            parent.stdout.readline()
        while len(members(parent.pid)) < 3:  # the command, the resource tracker, the forkserver
            time.sleep(0.02)
        time.sleep(1.0)
        parent.kill()
        parent.wait()
        assert until_gone(parent.pid) < 3, members(parent.pid)  # 0.2 to 0.8 seconds at eight processes on two cores
    with claimed(Run(PRESETS["smoke"].fill(Recipe(epochs=100_000)), "smoke", 0, tmp_path).lock) as other:
        assert other is None, "the next command continues the run"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
@pytest.mark.parametrize("whole_session", [True, False], ids=["session", "command"])
def test_a_signal_of_a_scheduler_stops_all_and_says_how_to_go_on(tmp_path, number: int, whole_session: bool) -> None:
    command = [sys.executable, "-c", COMMAND, str(tmp_path)]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs behind it ignore Ctrl-C
    try:
        parent = subprocess.Popen(command, cwd=PROJECT, start_new_session=True, **pipes)
    finally:
        signal.signal(signal.SIGINT, before)
    with parent:
        while not list(tmp_path.rglob("checkpoint.pt")):
            time.sleep(0.05)
        (os.killpg if whole_session else os.kill)(parent.pid, number)
        assert parent.stderr is not None
        told = parent.stderr.read()
        assert parent.wait() == 130
        assert until_gone(parent.pid) < 3, members(parent.pid)
    assert told == "stopped; what is stored stays, and the same command continues from it\n"


@pytest.mark.slow
@pytest.mark.parametrize("refused", ["", str(errno.ENOTSUP)], ids=["locks", "no locks"])
def test_a_second_command_that_finds_all_held_ends_non_zero(tmp_path: Path, refused: str) -> None:
    environment = {**os.environ, "REFUSED": refused}
    command = [sys.executable, "-c", COMMAND, str(tmp_path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=PROJECT, start_new_session=True, env=environment, **pipes) as first:
        while not list(tmp_path.rglob("lock")):
            time.sleep(0.05)
        second = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        first.kill()
        first.communicate()
        until_gone(first.pid)
    assert second.returncode == 1
    assert "held by another process (process " in " ".join(second.stdout.split())
    assert "nothing was trained: the run that is left is held by another process; run again" in second.stderr


def test_a_forkserver_is_told_by_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_forkserver()
    monkeypatch.setattr(sys, "orig_argv", ["python", "-c", "from multiprocessing.forkserver import main; main(3, 4)"])
    assert is_forkserver()
