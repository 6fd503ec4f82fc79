"""The campaign of damaged files finds nothing, and would find something."""

import bz2
import gzip
import io
import json
import pickle
import random
import signal
import time

import h5py
import numpy as np
import pytest
import torch

from bench.errors import DataError
from tests.attacks import fuzz
from tests.attacks.fuzz import campaign, trial
from tests.attacks.targets import SAMPLES, Target, targets
from tests.attacks.values import changed, revalued


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_damaged_file_raises_hangs_crashes_or_fills_the_memory():
    tried = list(campaign(trials=6_000, seed=0))
    assert sum(trials for _, trials, _ in tried) == 6_000
    assert [failure for _, _, failures in tried for failure in failures] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_wrong_value_raises_hangs_crashes_or_fills_the_memory():
    tried = list(campaign(trials=1_500, seed=0, values=True))
    assert sum(trials for _, trials, _ in tried) == 1_500
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


def packed(value):
    written = io.BytesIO()
    np.savez(written, **value)
    return written.getvalue()


def saved(value, zipped):
    written = io.BytesIO()
    torch.save(value, written, _use_new_zipfile_serialization=zipped)
    return written.getvalue()


def in_hdf5(value):
    written = io.BytesIO()
    with h5py.File(written, "w") as file:
        file.create_group("group").attrs["name"] = "x"
        for name, part in value.items():
            file[f"group/{name}"] = part
    return written.getvalue()


def from_hdf5(content):
    with h5py.File(io.BytesIO(content)) as file:
        return file.keys()


NESTED = {"a": [1, (2.5, "x")], "b": {"c": [3]}}
ARRAYS = {"a": np.arange(3), "b": np.zeros(2)}
WITH_VALUES = {
    "pickle": (pickle.dumps(NESTED, protocol=4), pickle.loads),
    "bz2": (bz2.compress(pickle.dumps(NESTED, protocol=4)), lambda content: pickle.loads(bz2.decompress(content))),
    "gzip of JSON": (gzip.compress(json.dumps(NESTED).encode()), lambda content: json.loads(gzip.decompress(content))),
    "JSON": (json.dumps(NESTED).encode(), json.loads),
    "JSON lines": (b'{"a": 1}\n{"b": [2]}\n', lambda content: [json.loads(line) for line in content.splitlines()]),
    "checkpoint": (saved(NESTED, True), lambda content: torch.load(io.BytesIO(content), weights_only=False)),
    "old checkpoint": (saved(NESTED, False), lambda content: torch.load(io.BytesIO(content), weights_only=False)),
    "NPZ": (packed(ARRAYS), lambda content: dict(np.load(io.BytesIO(content), allow_pickle=True))),
    "HDF5": (in_hdf5(ARRAYS), from_hdf5),
}


@pytest.mark.parametrize("name", WITH_VALUES)
def test_wrong_values_leave_the_file_readable_and_are_of_the_seed(name):
    valid, read = WITH_VALUES[name]
    made = [revalued(valid, random.Random(seed)) for seed in (*range(20), 0)]
    for content in made:
        read(content)
    assert len(set(made)) > 10
    if name not in ("checkpoint", "old checkpoint", "HDF5"):  # these write addresses or times
        assert made[0] == made[-1]


def test_wrong_values_reach_every_part_and_key():
    reached = {
        place for number in range(2000) for place in difference(NESTED, changed(NESTED, random.Random(number), ["new"]))
    }
    assert {(), ("a",), ("b",), ("a", 0), ("a", 1), ("a", 1, 0), ("a", 1, 1), ("b", "c"), ("b", "c", 0)} <= reached


def difference(old, new, before=()):
    """Yield where two nested values differ."""
    if type(old) is not type(new) or (isinstance(old, list | tuple) and len(old) != len(new)):
        yield before
    elif isinstance(old, dict):
        for key in old:
            yield from difference(old[key], new[key], (*before, key)) if key in new else [(*before, key)]
    elif isinstance(old, list | tuple):
        for position, (first, second) in enumerate(zip(old, new, strict=True)):
            yield from difference(first, second, (*before, position))
    elif old != new:
        yield before


@pytest.mark.parametrize("content", [b"", b"arch,score\n", b"\xff\xfe", b"key = 1\n"])
def test_a_file_without_values_has_none_to_replace(content):
    assert revalued(content, random.Random(0)) is None


def test_a_campaign_of_values_damages_only_files_with_values(tmp_path):
    path, other = tmp_path / "a.json", tmp_path / "b.csv"
    path.write_text('{"a": 1}')
    other.write_text("a,b")
    target = fuzz._with_values(Target("sample", (path, other), lambda: json.loads(path.read_bytes())))
    assert target.files == (path,)
    assert [trial(target, number, 0) for number in range(50)] == [""] * 50
