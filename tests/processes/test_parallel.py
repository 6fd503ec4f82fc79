"""One function over many items in forked processes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from bench.errors import MachineError, StoreError
from bench.places import PROJECT
from bench.processes import parallel
from bench.processes.parallel import in_processes
from tests.living_processes import members, until_gone

PARENT = """
import os, sys, time
from bench.processes import parallel
from bench.processes.parallel import in_processes, processes

parallel.cores = lambda: 2

def work(item):
    os.write(1, b"%d\\n" % item)  # in one piece: the other process writes too
    time.sleep(1000)

if __name__ == "__main__":
    if sys.argv[1] == "fork":
        list(in_processes(work, [1, 2]))
    else:
        with processes(2, "spawn") as pool:
            list(pool.map(work, [1, 2]))
"""


def test_what_is_found_comes_in_the_order_of_the_items_whatever_the_function() -> None:
    factor = 3
    assert list(in_processes(lambda item: item * factor, range(20))) == [3 * item for item in range(20)]
    assert list(in_processes(lambda item: item * factor, [])) == []


def test_other_processes_do_the_work_where_there_are_cores(monkeypatch) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    assert os.getpid() not in set(in_processes(lambda item: os.getpid(), [1, 2]))
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert set(in_processes(lambda item: os.getpid(), [1, 2])) == {os.getpid()}
    monkeypatch.undo()
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    assert set(in_processes(lambda item: os.getpid(), [1, 2])) == {os.getpid()}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores are given to a process on Linux")
def test_a_process_that_may_use_one_core_does_the_work_itself() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert parallel.cores() == 1
        assert set(in_processes(lambda item: os.getpid(), [1, 2])) == {os.getpid()}
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(("cores", "items", "threads"), [(2, 2, 1), (4, 2, 2)])
def test_the_processes_divide_the_threads_of_matrix_products(monkeypatch, cores: int, items: int, threads: int) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: cores)

    def most(item: int) -> int:
        return max(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")

    with threadpool_limits(4):
        assert list(in_processes(most, range(items))) == [threads] * items
        assert most(0) == 4, "this process has as many as before"


@pytest.mark.slow
def test_an_error_of_one_item_is_raised_as_it_is() -> None:
    def second_fails(item: int) -> int:
        if item == 2:
            raise StoreError("no second")
        return item

    found = in_processes(second_fails, [1, 2, 3])
    assert next(found) == 1
    with pytest.raises(StoreError, match="no second"):
        list(found)
    assert list(in_processes(lambda item: item, [1, 2])) == [1, 2], "the next one is not held up"


def test_a_process_that_is_killed_is_named_and_holds_nothing_up(monkeypatch) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    with pytest.raises(MachineError, match=r"a process of this command was killed \(out of memory\?\); run again"):
        list(in_processes(lambda item: os.kill(os.getpid(), signal.SIGKILL), [1, 2]))
    ends = time.monotonic() + 20
    while multiprocessing.active_children() and time.monotonic() < ends:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []


def test_processes_end_at_once_when_the_command_is_interrupted(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 2)

    def work(item: int) -> None:
        (tmp_path / str(item)).touch()
        time.sleep(60)

    def interrupt_once_both_work() -> None:
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs behind it ignore Ctrl-C
    started = time.monotonic()
    ctrl_c = threading.Thread(target=interrupt_once_both_work)
    ctrl_c.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(in_processes(work, [1, 2]))
    finally:
        ctrl_c.join()
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - started < 20


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_end_with_the_command_that_is_killed(tmp_path: Path, method: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(script), method]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, start_new_session=True) as parent:
        assert parent.stdout is not None
        assert {parent.stdout.readline(), parent.stdout.readline()} == {b"1\n", b"2\n"}
        parent.kill()
        parent.wait()
        assert until_gone(parent.pid) < 3, members(parent.pid)  # 0.1 to 0.4 seconds at eight processes on two cores


FEW_FILES = """
import resource
from bench.processes.parallel import processes

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (30, hard))
try:
    with processes(1, "forkserver") as pool:
        print("started")
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a forkserver and limits of open files are those of Linux")
def test_processes_are_not_started_where_too_few_files_can_be_opened() -> None:
    ran = subprocess.run([sys.executable, "-c", FEW_FILES], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("Too many open files\n", "")
