"""SIGTERM and SIGUSR1, by which schedulers preempt, interrupt the command like Ctrl-C."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGUSR1") if hasattr(signal, name))
SAME = 1.0
"""Seconds in which further signals are the same request: `timeout` sends one to the command and one to its group."""
MOMENT = 0.01
"""Seconds until an interrupt that Python dropped is raised again."""
heard = float("-inf")
_dropping = False


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Raise `KeyboardInterrupt` in the block on Ctrl-C and `SIGNALS`, but not again within `SAME` seconds.

    Only the main thread can hear signals. A block within a block leaves them as they are. Where Python drops the error,
    in a finalizer or while it forks, it is raised again a moment later.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is _interrupt:
        yield
        return
    global heard
    heard = float("-inf")
    hook, sys.unraisablehook = sys.unraisablehook, _again
    ctrl_c = (signal.SIGINT,) if signal.getsignal(signal.SIGINT) is signal.default_int_handler else ()  # else ignored
    previous = {number: signal.signal(number, _interrupt) for number in (*SIGNALS, *ctrl_c)}
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Deliver `SIGNALS` that arrive in the block only after it; a process forked in it begins with them held back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _interrupt(signum: int, frame: object) -> None:
    global heard
    if _dropping:
        _interrupt_soon()
        return
    now = time.monotonic()
    if now - heard < SAME:
        return
    heard = now
    raise KeyboardInterrupt


def _interrupt_soon() -> None:
    threading.Timer(MOMENT, os.kill, (os.getpid(), SIGNALS[0])).start()


def _again(dropped: "sys.UnraisableHookArgs") -> None:
    """Interrupt again if what Python dropped is an interrupt; else print it."""
    global heard, _dropping
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    _dropping = True  # what is raised here is dropped, too
    heard = float("-inf")
    _interrupt_soon()
    _dropping = False


def is_interrupt(error: BaseException | None) -> bool:
    """Return whether an error is an interrupt, or Python or a library made it of one.

    It is then raised from the interrupt, as in `__set_name__`, or, by code in C, within `SAME` seconds of the signal.
    """
    if error is not None and time.monotonic() - heard < SAME:
        return True
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None
