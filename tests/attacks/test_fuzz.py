"""The campaign of damaged files finds nothing, and would find something."""

import signal
import time

import pytest

from bench.errors import DataError
from tests.attacks import fuzz
from tests.attacks.fuzz import campaign, trial
from tests.attacks.targets import SAMPLES, Target, targets


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_damaged_file_raises_hangs_crashes_or_fills_the_memory():
    tried = list(campaign(trials=6_000, seed=0))
    assert sum(trials for _, trials, _ in tried) == 6_000
    assert [failure for _, _, failures in tried for failure in failures] == []


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("valid")
    return lambda read: Target("sample", (path,), read)


def failing(error):
    def read():
        raise error

    return read


def test_a_refusal_in_one_line_is_no_failure(sample):
    assert trial(sample(failing(DataError("a.txt is damaged"))), 0, 0) == ""


def test_any_other_error_is_a_failure(sample, tmp_path):
    assert "ZeroDivisionError" in trial(sample(lambda: 1 // 0), 3, 0, tmp_path / "kept")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["sample-3-a.txt"]


def test_a_message_that_is_not_short_is_a_failure(sample):
    error = DataError("short")
    error.args = ("long" * 1000,)
    assert "a message of 4,000 characters" in trial(sample(failing(error)), 0, 0)


def test_a_reader_that_a_signal_does_not_interrupt_is_killed_and_the_next_trial_begins(sample, monkeypatch):
    def read():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPROF])
        time.sleep(60)

    monkeypatch.setattr(fuzz, "HANGS", 0.2)
    found = list(fuzz._attack(sample(read), range(2), 0, None))
    assert [(one.trial, one.what) for one in found] == [
        (number, "the process ended with status 9") for number in range(2)
    ]


def test_seconds_count_where_the_reader_works_and_not_where_the_machine_is_busy(sample, monkeypatch):
    def work():
        while True:
            pass

    monkeypatch.setattr(fuzz, "MOST_SECONDS", 0.05)
    before = signal.signal(signal.SIGPROF, fuzz._too_long)
    try:
        assert trial(sample(lambda: time.sleep(0.1)), 0, 0) == ""
        assert trial(sample(work), 0, 0).startswith("more than 0.05 seconds")
    finally:
        signal.signal(signal.SIGPROF, before)


def test_the_valid_file_is_back_after_every_trial_and_the_damage_is_of_the_seed(sample, tmp_path):
    seen = []
    target = sample(lambda: seen.append((tmp_path / "a.txt").read_bytes()))
    for number, seed in ((0, 0), (1, 0), (0, 0), (0, 1)):
        trial(target, number, seed)
        assert (tmp_path / "a.txt").read_text() == "valid"
    assert seen[0] == seen[2]
    assert len(set(seen)) > 1


def test_a_registered_reader_without_a_sample_is_named(tmp_path, monkeypatch):
    monkeypatch.delitem(SAMPLES, "user-file")
    with pytest.raises(LookupError, match=r"no sample for \['user-file'\]"):
        targets(tmp_path)
