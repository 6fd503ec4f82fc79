"""Who holds a lock, on file systems that lock and on others."""

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace

import pytest

from bench.errors import StoreError
from bench.places import PROJECT
from bench.processes import claim
from bench.processes.claim import EXPIRY, Holder, claimed, locks

ME = Holder.this_process()
ELSEWHERE = replace(ME, host="node7", pid=12, space="another machine")
DEAD = 2**22 + 1
"""A process number above the largest that Linux gives."""

CHILD = """
import errno, fcntl, sys
from pathlib import Path
def refuse(descriptor, how):
    raise OSError(int(sys.argv[2]), "no locks")
if int(sys.argv[2]):
    fcntl.flock = refuse
from bench.processes.claim import claimed
with claimed(Path(sys.argv[1])) as other:
    print("mine" if other is None else other, flush=True)
    sys.stdin.read()
"""


def refuse(error):
    def flock(descriptor, how):
        raise OSError(error, os.strerror(error))

    return flock


@pytest.fixture(params=[0, errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS], ids=["locks", "ENOTSUP", "ENOLCK", "ENOSYS"])
def refusal(request, monkeypatch):
    """Let the file system lock, or refuse to; return the error's number."""
    if request.param:
        monkeypatch.setattr(fcntl, "flock", refuse(request.param))
    return request.param


def test_whether_a_file_system_locks_is_told(refusal, tmp_path):
    assert locks(tmp_path) == (refusal == 0)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "run" / "lock"


def left(lock, holder, age=0.0):
    """Leave the file of another holder, last renewed `age` seconds ago."""
    lock.parent.mkdir(exist_ok=True)
    lock.write_text(json.dumps(asdict(holder)) if isinstance(holder, Holder) else holder)
    os.utime(lock, (time.time() - age, time.time() - age))


def test_one_holds_it_at_a_time_and_stands_in_the_file(lock, refusal):
    with claimed(lock) as other:
        assert other is None
        assert Holder.read(lock.read_text()) == replace(ME, since=Holder.read(lock.read_text()).since)
        with claimed(lock) as second:
            assert str(second).startswith(f"process {os.getpid()} on {socket.gethostname()} since 2")
        assert [path.name for path in lock.parent.iterdir()] == ["lock"], "who did not get it leaves nothing"
    assert list(lock.parent.iterdir()) == []
    with claimed(lock) as other:
        assert other is None


@pytest.mark.parametrize(
    ("holder", "age", "taken"),
    [
        (replace(ME, pid=DEAD), 0, True),
        (ELSEWHERE, 0, False),
        (ELSEWHERE, EXPIRY - 5, False),
        (ELSEWHERE, EXPIRY + 5, True),
        (ME, EXPIRY + 5, True),
        ("", 0, False),
        ("", EXPIRY + 5, True),
        ("[" * 100_000, EXPIRY + 5, True),
        ('{"host": 3, "pid": "x"}', 0, False),
    ],
    ids=["dead", "elsewhere", "nearly expired", "expired", "hung", "nameless", "nameless, old", "deep", "wrong types"],
)
def test_a_lock_is_taken_over_from_the_dead_and_the_expired_only(lock, refusal, holder, age, taken):
    left(lock, holder, age)
    before = lock.stat()
    with claimed(lock) as other:
        assert (other is None) == taken
        assert os.path.samestat(before, lock.stat()) == (not taken)
        if not taken and isinstance(holder, Holder):
            assert other == holder
    assert lock.exists() == (not taken)


def test_a_machine_that_was_started_again_frees_its_locks_at_once_where_files_lock(lock):
    left(lock, replace(ME, space="before"))
    with claimed(lock) as other:
        assert other is None


def test_where_nothing_locks_a_living_process_of_this_machine_holds_it(lock, refusal):
    left(lock, replace(ME, pid=os.getppid()))
    with claimed(lock) as other:
        assert (other is None) == (refusal == 0), "whose file is not locked has died, and its number is used again"


def test_a_holder_renews_its_lock(lock, refusal, monkeypatch):
    monkeypatch.setattr(claim, "RENEWAL", 0.005)
    with claimed(lock):
        os.utime(lock, (0, 0))
        deadline = time.monotonic() + 5
        while lock.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.005)
        assert lock.stat().st_mtime > 0


def test_a_holder_that_lost_its_lock_leaves_that_of_the_other(lock, refusal):
    with claimed(lock):
        lock.unlink()
        left(lock, ELSEWHERE)
    assert Holder.read(lock.read_text()) == ELSEWHERE


def test_a_lock_that_another_took_meanwhile_is_given_back(lock, monkeypatch):
    left(lock, ELSEWHERE, EXPIRY + 5)
    rename = os.rename

    def slow(old, new):
        monkeypatch.setattr(os, "rename", rename)
        lock.unlink()
        left(lock, replace(ELSEWHERE, pid=13))
        rename(old, new)

    monkeypatch.setattr(os, "rename", slow)
    with claimed(lock) as other:
        assert other == replace(ELSEWHERE, pid=13)
    assert [path.name for path in lock.parent.iterdir()] == ["lock"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_hard_links_has_locks_too(lock, refusal, monkeypatch, number):
    monkeypatch.setattr(os, "link", lambda *_: refuse(number)(0, 0))
    with claimed(lock) as other, claimed(lock) as second:
        assert other is None
        assert second.pid == os.getpid()
    assert list(lock.parent.iterdir()) == []


def test_a_full_disk_is_named(lock, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(os, "write", full)
    with (
        pytest.raises(StoreError, match=r"cannot write .*lock \(No space left on device\); free some space"),
        claimed(lock),
    ):
        pass
    assert list(lock.parent.iterdir()) == []


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("number", [0, errno.ENOTSUP, errno.ENOLCK])
def test_of_two_processes_one_holds_it_until_it_dies(lock, number):
    def start():
        command = [sys.executable, "-c", CHILD, str(lock), str(number)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, **pipes)

    with start() as first:
        assert first.stdout.readline() == "mine\n"
        with start() as second:
            assert second.stdout.readline().startswith(f"process {first.pid} on ")
            second.stdin.close()
        first.kill()
        first.wait()
    assert lock.exists(), "it was killed"
    with start() as third:
        assert third.stdout.readline() == "mine\n"
        third.stdin.close()
    assert not lock.exists()
