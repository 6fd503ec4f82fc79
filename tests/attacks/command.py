"""A command in a forked process, so that PyTorch is imported once for hundreds of trials."""

import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from bench.cli import main


def fork(work: Callable[[], object], told: Path) -> int:
    """Start a function in a process of its own, which prints to the file `told`; return its number."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        out = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", 0), write_through=True)
        sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", 0), write_through=True)
        torch.set_num_threads(1)
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def call(*words: str | Path) -> Callable[[], None]:
    """Return a function that runs the command line with these words."""

    def run() -> None:
        sys.argv[:] = ["supernet-bench", *map(str, words)]
        main()

    return run


def ended(pids: Sequence[int]) -> list[int]:
    """Wait for processes; return their exit codes, negative for signals."""
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
