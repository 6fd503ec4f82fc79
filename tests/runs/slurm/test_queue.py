"""What the queue says, and the file that names a run's job."""

import pytest

from bench.errors import MachineError
from bench.runs.slurm.queue import Queued, cancel, check_slurm, job_of, note_job, read_queue
from bench.runs.store import Run

TOLD = """\
12_0|RUNNING|node7|2026-11-27T01:40:00|None
12_1|PENDING||N/A|Resources
13|COMPLETING|node8|2026-11-27T01:30:00|None"""


def test_the_queue_says_where_jobs_run_and_why_they_wait(fake) -> None:
    told = fake("squeue", f'[ "$TZ" = UTC ] || exit 1\ncat <<END\n{TOLD}\nEND').with_name("cat")
    told.symlink_to("/bin/cat")
    assert read_queue() == {
        "12_0": Queued(state="RUNNING", node="node7", since="2026-11-27T01:40:00+00:00"),
        "12_1": Queued(state="PENDING", reason="Resources"),
        "13": Queued(state="COMPLETING", node="node8", since="2026-11-27T01:30:00+00:00"),
    }


def test_a_requeued_job_waits_and_a_completing_one_does_not() -> None:
    assert [Queued(state=state).waits for state in ("PENDING", "REQUEUED", "RUNNING", "COMPLETING")] == [1, 1, 0, 0]


def test_a_machine_without_slurm_has_no_queue_and_is_told(fake) -> None:
    assert read_queue() is None
    with pytest.raises(MachineError, match=r"this machine has no Slurm \('sbatch' is not found\); log in to a machine"):
        check_slurm()


def test_a_slurm_that_does_not_answer_is_told_in_one_line(fake) -> None:
    fake("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    with pytest.raises(MachineError, match=r"squeue failed \(slurm_load_jobs error: Unable to contact slurm contr"):
        read_queue()


def test_a_slurm_that_hangs_is_given_up(fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.runs.slurm.queue.ASKED", 0.1)
    fake("squeue", "while :; do :; done")
    with pytest.raises(MachineError, match=r"squeue failed \(no answer in 0 seconds\)"):
        read_queue()


def test_the_job_of_a_run_is_named_by_a_file(smoke: Run) -> None:
    assert job_of(smoke) is None
    note_job(smoke, "12_3")
    found = job_of(smoke)
    assert found is not None
    assert found.job == "12_3"
    assert found.submitted.endswith("+00:00")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"job": 3, "submitted": "x"}', '{"job": "3"}'])
def test_a_damaged_file_names_no_job(smoke: Run, content: str) -> None:
    note_job(smoke, "12_3")
    smoke.job_path.write_text(content)
    assert job_of(smoke) is None


def test_many_jobs_are_cancelled_in_few_commands(fake) -> None:
    told = fake("scancel", "")
    cancel([f"12_{task}" for task in range(1001)])
    lines = told.read_text().splitlines()
    assert [len(line.split()) for line in lines] == [500, 500, 1]
