"""Who works on something on a shared disk: a lock file with its holder, which is locked where the file system can.

The file is a lease: its time is renewed while the holder lives, and it may be taken over once it is older than
`EXPIRY`, or as soon as its holder is known to be dead. Two holders at a time are rare, and they do no harm: files are
written whole, and the first finished result stands.
"""

import errno
import fcntl
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from bench.errors import StoreError
from bench.files import cannot_write, make_folder, name_once

EXPIRY = 300.0
"""Seconds without a renewal after which a holder counts as dead; more than NFS keeps file times in its cache (60)."""
RENEWAL = 30.0
"""Seconds between two renewals."""
HELD = "held by another process"
"""How work ended that another process does."""
ATTEMPTS = 10
"""How often a process tries to take over a lock before it leaves it to the others that try."""
NO_LOCKS = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.ENOSYS, errno.EINVAL)
"""Errors of file systems that do not lock."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a lock: host, process, and the time (UTC) since when; `space` tells machines with equal names apart.

    Unknown for a lock file without readable content.
    """

    host: str = ""
    pid: int = 0
    since: str = ""
    space: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}" if self.pid else "an unknown process"

    @classmethod
    def this_process(cls) -> "Holder":
        """Return this process as a holder."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(host=socket.gethostname(), pid=os.getpid(), since=now, space=_pid_space())

    @classmethod
    def read(cls, text: str) -> "Holder":
        """Return the holder that a lock file names; content of any other kind names none."""
        try:
            found = cls(**json.loads(text))
        except (ValueError, TypeError, RecursionError):
            return cls()
        same_types = all(isinstance(getattr(found, field.name), type(field.default)) for field in fields(cls))
        return found if same_types else cls()


@contextmanager
def claimed(path: Path) -> Iterator[Holder | None]:
    """Hold the lock file `path`: yield None, or the other holder if there is one.

    The folder is created. The lock ends with the block, or with the process. Raises `StoreError` if the file cannot be
    written.
    """
    make_folder(path.parent)
    own = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(own, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise StoreError(cannot_write(path, error)) from error
    try:
        try:
            os.write(descriptor, json.dumps(asdict(Holder.this_process())).encode())
            _locked(descriptor, fcntl.LOCK_EX)  # the lock belongs to the file, whatever its name
            other = _take(own, path)
        except OSError as error:
            raise StoreError(cannot_write(path, error)) from error
        finally:
            with suppress(OSError):
                own.unlink(missing_ok=True)
        if other is not None:
            yield other
            return
        ended = threading.Event()
        renewal = threading.Thread(target=_renew, args=(descriptor, ended), daemon=True)
        renewal.start()
        try:
            yield None
        finally:
            ended.set()
            renewal.join()
            with suppress(OSError):
                if _same(descriptor, path):
                    path.unlink()
    finally:
        os.close(descriptor)


def locks(folder: Path) -> bool:
    """Return whether the file system of a folder locks files; where it does not, the age of lock files tells alone."""
    own = folder / f"{secrets.token_hex(4)}.tmp"
    try:
        descriptor = os.open(own, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise StoreError(cannot_write(own, error)) from error
    try:
        return _locked(descriptor, fcntl.LOCK_EX) is not None
    finally:
        os.close(descriptor)
        own.unlink(missing_ok=True)


def holder_of(path: Path) -> Holder | None:
    """Return who holds the lock file `path`, None if nobody who may live does; changes nothing.

    An unreadable file has an unknown holder.
    """
    try:
        return _living(path, time.time(), remove=False)
    except OSError:
        return Holder()


def _take(own: Path, path: Path) -> Holder | None:
    """Give the file `own` the name of the lock; return the holder if there is one that may live."""
    now = own.stat().st_mtime  # the clock of the disk, which hosts share
    for _ in range(ATTEMPTS):
        try:
            name_once(own, path)
        except FileExistsError:
            holder = _living(path, now)
            if holder is not None:
                return holder
        else:
            return None
    return Holder()  # others took it each time


def _living(path: Path, now: float, *, remove: bool = True) -> Holder | None:
    """Return the holder of a lock file; if it must be dead, return None, and `remove` the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        free = _locked(descriptor, fcntl.LOCK_SH)
        holder = Holder.read(os.read(descriptor, 10_000).decode(errors="replace"))
        if free is False:
            return holder
        here = holder.space == _pid_space() or (free and holder.host == socket.gethostname())  # or before a restart
        dead = here and (free or not _runs(holder.pid))  # elsewhere a lock may reach no further than its host
        if not dead and now - os.fstat(descriptor).st_mtime <= EXPIRY:
            return holder
        if remove:
            _remove(descriptor, path)
        return None
    finally:
        os.close(descriptor)


def _remove(descriptor: int, path: Path) -> None:
    """Remove a dead holder's file, and no other that has taken its name meanwhile."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return
    if not _same(descriptor, aside):
        with suppress(FileExistsError):
            name_once(aside, path)
    aside.unlink(missing_ok=True)


def _locked(descriptor: int, how: int) -> bool | None:
    """Lock an open file; return whether that succeeded, None if the file system does not lock."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in NO_LOCKS:
            return None
        raise
    return True


def _renew(descriptor: int, ended: threading.Event) -> None:
    while not ended.wait(RENEWAL):
        with suppress(OSError):
            os.utime(descriptor)


def _same(descriptor: int, path: Path) -> bool:
    return os.path.samestat(os.fstat(descriptor), path.stat())


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _pid_space() -> str:
    """Return what identifies the machine since its start, and the container in which process numbers hold."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    return socket.gethostname()
