"""Several runs at a time, each in a process of its own."""

from dataclasses import replace
from pathlib import Path

from bench.runner import Job, Outcome, run_all
from bench.step import Step
from bench.store import Run
from tests.runs.conftest import TRUTH


def test_one_failure_does_not_stop_the_others(smoke: Run, data: Path, tmp_path: Path) -> None:
    deadly = tmp_path / "deadly.py"
    deadly.write_text("import os\nos._exit(3)\n")
    quick = replace(smoke, recipe=replace(smoke.recipe, epochs=1))
    jobs = [
        Job(replace(quick, seed=1), "killed", TRUTH, data, "cpu", (deadly,)),
        Job(replace(quick, seed=2), "without a truth", "nb201/digits/test/31ep", data, "cpu"),
        Job(quick, "good", TRUTH, data, "cpu"),
    ]
    steps: list[tuple[str, Step]] = []
    ended: list[Outcome] = []
    outcomes = run_all(jobs, workers=2, report=lambda job, step: steps.append((job.label, step)), ended=ended.append)
    by_label = {outcome.label: outcome for outcome in outcomes}
    assert by_label["good"].status == "trained"
    assert by_label["killed"].status == "failed"
    assert "ended with code 3; run again to continue" in by_label["killed"].reason
    assert by_label["without a truth"].status == "failed"
    assert "unknown table" in by_label["without a truth"].reason
    assert len(ended) == 3
    assert {label for label, _ in steps} == {"good"}
    assert {step.phase for _, step in steps} == {"train", "predict"}
    assert steps[-1][1].done == steps[-1][1].total
