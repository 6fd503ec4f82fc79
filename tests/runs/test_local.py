"""Several runs at a time, each in a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench.claim import claimed
from bench.places import PROJECT
from bench.population import Population
from bench.progress import Step
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.local import Job, Outcome, run_all
from bench.runs.store import Run
from bench.spaces.track1 import Track1
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
    assert {label for label, _ in steps} == {"good", "unlisted"}
    assert {step.phase for _, step in steps} == {"train", "predict"}
    assert steps[-1][1].done == steps[-1][1].total


PARENT = """
import sys
from pathlib import Path
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.local import Job, run_all
from bench.runs.store import Run

run = Run(PRESETS["smoke"].fill(Recipe(epochs=100_000)), "smoke", 0, Path(sys.argv[1]))
job = Job(run, "endless", Population("connected-500", run.recipe.space), data_folder(), "cpu")
run_all([job], workers=1, report=lambda job, step: print(step.done, flush=True), ended=print)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
def test_workers_end_when_their_command_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, start_new_session=True)
    assert parent.stdout is not None
    try:
        parent.stdout.readline()  # the worker trains
        assert len(members(parent.pid)) >= 2
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 60
        while members(parent.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert members(parent.pid) == []
    finally:
        parent.stdout.close()
        for pid in members(parent.pid):
            os.kill(pid, signal.SIGKILL)
    with claimed(Run(PRESETS["smoke"].fill(Recipe(epochs=100_000)), "smoke", 0, tmp_path).lock) as other:
        assert other is None, "the next command continues the run"


def members(session: int) -> list[int]:
    """Return the living processes of a session, the sixth field of their state."""
    found = []
    for state in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            name, _, rest = state.read_text().rpartition(")")
            fields = rest.split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(name.split()[0]))
    return found
