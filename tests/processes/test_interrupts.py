"""Signals of schedulers interrupt a command once, wherever they arrive."""

import os
import signal
import time

import pytest

from bench.errors import BenchError
from bench.processes import parallel
from bench.processes.interrupts import interrupted_by_signals, is_interrupt
from bench.processes.parallel import in_processes


def get(number: int, seconds: float = 10.0) -> None:
    os.kill(os.getpid(), number)
    time.sleep(seconds)


def test_a_second_signal_does_not_interrupt_the_end() -> None:
    with interrupted_by_signals():
        with pytest.raises(KeyboardInterrupt):
            get(signal.SIGTERM)
        get(signal.SIGUSR1, seconds=0.05)


def test_a_block_within_a_block_hears_the_same_signal_once() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interrupted_by_signals(), pytest.raises(KeyboardInterrupt), interrupted_by_signals():
        get(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


class Finalized:
    """Gets a signal where Python drops errors."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def test_an_interrupt_that_python_drops_is_raised_again(capsys) -> None:
    def finalize_one(seconds: float) -> None:
        Finalized()
        time.sleep(seconds)

    with interrupted_by_signals(), pytest.raises(KeyboardInterrupt):
        finalize_one(10.0)
    assert capsys.readouterr().err == ""


class Named:
    """A class attribute that is interrupted when its class is made."""

    def __set_name__(self, owner: type, name: str) -> None:
        raise KeyboardInterrupt


def test_an_error_that_python_makes_of_an_interrupt_is_one(monkeypatch) -> None:
    with pytest.raises((RuntimeError, KeyboardInterrupt)) as made:  # since Python 3.12 as it is
        type("Owner", (), {"attribute": Named()})
    assert is_interrupt(made.value)
    monkeypatch.setattr("bench.processes.interrupts.heard", float("-inf"))  # of other tests
    told = BenchError("studies/mine.py cannot be imported")
    told.__cause__ = made.value
    assert is_interrupt(told)
    assert not is_interrupt(BenchError("another"))


def test_an_error_that_code_in_c_makes_of_an_interrupt_is_one_for_a_moment(monkeypatch) -> None:
    with interrupted_by_signals():
        assert not is_interrupt(ValueError("Invalid bounding box"))
        with pytest.raises(KeyboardInterrupt):
            get(signal.SIGTERM)
        assert is_interrupt(ValueError("Invalid bounding box"))
        monkeypatch.setattr("bench.processes.interrupts.SAME", 0.0)
        assert not is_interrupt(ValueError("Invalid bounding box"))


def test_ctrl_c_interrupts_once_unless_it_is_ignored(monkeypatch) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with interrupted_by_signals():
            with pytest.raises(KeyboardInterrupt):
                get(signal.SIGINT)
            get(signal.SIGINT, seconds=0.05)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with interrupted_by_signals():
            get(signal.SIGINT, seconds=0.05)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_process_that_is_forked_holds_signals_back_until_it_has_its_own_handlers(monkeypatch, capfd) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGUSR1) if armed else None)
    armed = True
    with interrupted_by_signals():
        found = in_processes(lambda item: item, [1, 2])
        with pytest.raises(BenchError, match="a process of this command was killed"):
            next(found)
    armed = False
    assert capfd.readouterr().err == "", "the signal itself ended it, without a traceback"
