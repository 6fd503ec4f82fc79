"""The living processes of a command, to see that none outlives it."""

import contextlib
import os
import signal
import time
from pathlib import Path


def members(session: int) -> list[int]:
    """Return the living processes of a session, the sixth field of their state."""
    found = []
    for state in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            name, _, rest = state.read_text().rpartition(")")
            fields = rest.split()
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(name.split()[0]))
    return found


def until_gone(session: int, limit: float = 60.0) -> float:
    """Return the seconds until a session has no living process; after `limit` kill those that are left."""
    started = time.monotonic()
    while members(session) and time.monotonic() < started + limit:
        time.sleep(0.02)
    spent = time.monotonic() - started
    for pid in members(session):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return spent
