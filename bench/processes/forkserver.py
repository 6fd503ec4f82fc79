"""Imported first by the process from which workers are forked: it ends when the command does, also while it imports.

Ctrl-C is the command's affair. Later, that process is told by `multiprocessing`; but the other imports take seconds. In
any other process, this module does nothing.
"""

import os
import signal
import sys

INTERVAL = 0.5
"""Seconds between two looks. A timer, as a process that forks must not have threads; forked ones do not inherit it."""


def is_forkserver() -> bool:
    """Return whether this process was started to be a forkserver of `multiprocessing`."""
    return any(word.startswith("from multiprocessing.forkserver import main") for word in sys.orig_argv)


def end_with_starter() -> None:
    """End this process once the operating system gives it another parent."""
    starter = os.getppid()

    def look(signum: int, frame: object) -> None:
        if os.getppid() != starter:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)


if is_forkserver():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_starter()
