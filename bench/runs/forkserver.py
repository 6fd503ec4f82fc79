"""Imported first by the process from which workers are forked: it ends when the command does, also while it imports.

Later, that process is told by `multiprocessing`; but the other imports take seconds.
"""

import os
import signal

STARTER = "SUPERNET_BENCH_STARTER"
"""Environment variable with the process number of the command; in any other process, this module does nothing."""
INTERVAL = 0.5
"""Seconds between two looks. A timer, as a process that forks must not have threads; forked ones do not inherit it."""


def _end_with_starter() -> None:
    starter = os.getppid()

    def look(signum: int, frame: object) -> None:
        if os.getppid() != starter:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)


if os.environ.get(STARTER) == str(os.getppid()):
    _end_with_starter()
