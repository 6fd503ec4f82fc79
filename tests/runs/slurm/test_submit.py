"""What is given to sbatch."""

import json
import pickle
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import BenchError, MachineError, StoreError
from bench.population import Population
from bench.processes.claim import claimed
from bench.runs.job import Job
from bench.runs.slurm.settings import Request
from bench.runs.slurm.submit import check_shared, check_submitit, submit, submitting
from bench.runs.store import Run
from bench.spaces.nb201 import NB201


def jobs(run: Run, count: int) -> list[Job]:
    runs = [replace(run, seed=seed) for seed in range(count)]
    return [Job(each, f"seed {each.seed}", Population("all", NB201()), Path("data"), "cpu") for each in runs]


@pytest.fixture
def sbatch(fake):
    pytest.importorskip("submitit")
    fake("srun", "")
    return fake("sbatch", 'echo "$PYTHONSAFEPATH" > "$0.safe"\necho Submitted batch job 12')


def test_runs_are_one_array_that_is_requeued_and_told_before_its_end(sbatch: Path, smoke: Run) -> None:
    request = Request(
        partition="gpu", hours=4, gpus=1, parallel=2, options={"account": "vision"}, setup=("module load cuda",)
    )
    submission = submit(jobs(smoke, 3), smoke.results, request)
    assert submission.jobs == ("12_0", "12_1", "12_2")
    script = (submission.logs / "12_submission.sh").read_text().splitlines()
    wanted = "account=vision array=0-2%2 gpus-per-node=1 job-name=supernet-bench partition=gpu requeue time=240"
    assert {f"#SBATCH --{word}" for word in wanted.split()} <= set(script)
    assert "#SBATCH --signal=USR1@120" in script
    assert "module load cuda" in script
    assert sbatch.with_name("sbatch.safe").read_text() == "1\n", "a bench/ in the user's folder is not imported"
    assert [json.loads(job.run.job_path.read_text())["job"] for job in jobs(smoke, 3)] == ["12_0", "12_1", "12_2"]


def test_a_task_names_files_in_full(sbatch: Path, smoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(smoke.results.parent)
    submission = submit(jobs(replace(smoke, results=Path("results")), 1), smoke.results, Request())
    assert submission.jobs == ("12",)
    with (submission.logs / "12_submitted.pkl").open("rb") as file:
        task = pickle.load(file).function
    job = pickle.loads(task.job.content)
    assert task.folder == job.run.folder == smoke.folder
    assert job.data == smoke.results.parent / "data"


def test_a_short_job_is_told_in_its_last_third(sbatch: Path, smoke: Run) -> None:
    submission = submit(jobs(smoke, 2), smoke.results, Request(hours=0.05))
    assert "#SBATCH --signal=USR1@60" in (submission.logs / "12_submission.sh").read_text()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Invalid account specified", "Invalid account specified"),
        (
            "resolve_ctls_from_dns_srv: res_nsearch error: Unknown host",
            "this machine belongs to no cluster: .*",
        ),
    ],
)
def test_what_sbatch_refuses_is_one_line_and_leaves_nothing(fake, smoke: Run, capsys, said: str, told: str) -> None:
    pytest.importorskip("submitit")
    fake("srun", "")
    fake("sbatch", f"echo 'sbatch: error: {said}' >&2; exit 1")
    told = f"^sbatch refused the request: {told}$"
    with pytest.raises(MachineError, match=told):
        submit(jobs(smoke, 2), smoke.results, Request())
    assert capsys.readouterr().err == ""
    assert not smoke.job_path.exists()
    assert not list((smoke.results / "slurm").iterdir())


def test_an_option_that_sbatch_does_not_know_is_named(fake, smoke: Run) -> None:
    pytest.importorskip("submitit")
    fake("srun", "")
    fake("sbatch", "echo \"sbatch: unrecognized option '--bogus=3'\nTry 'sbatch --help' for more\" >&2; exit 1")
    with pytest.raises(MachineError, match=r"refused the request: unrecognized option '--bogus=3'$"):
        submit(jobs(smoke, 1), smoke.results, Request())


def test_the_card_that_the_settings_name_is_asked_for(sbatch: Path, smoke: Run) -> None:
    request = Request(gpus=1, partition="gpu", options={"gpus-per-node": "a100:1", "partition": "low"})
    script = (submit(jobs(smoke, 1), smoke.results, request).logs / "12_submission.sh").read_text()
    assert "--gpus-per-node=a100:1\n" in script
    assert "--partition=gpu\n" in script
    assert request.spelled().startswith("partition gpu, ")
    assert "low" not in request.spelled()


def test_two_commands_do_not_submit_at_once(smoke: Run) -> None:
    with (
        claimed(smoke.results / "slurm" / "lock"),
        pytest.raises(StoreError, match=r"process \d+ on .* submits runs of"),
        submitting(smoke.results),
    ):
        pass
    with submitting(smoke.results):
        pass


def test_a_name_that_slurm_would_change_is_refused(tmp_path: Path) -> None:
    assert check_shared(tmp_path / "x" / ".." / "y") == tmp_path / "y"
    with pytest.raises(BenchError, match=r"50%x has a '%' in its name, which Slurm replaces; use another folder"):
        check_shared(tmp_path / "50%x")


def test_without_submitit_a_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(MachineError, match=re.escape("-m pip install submitit")):
        check_submitit()
