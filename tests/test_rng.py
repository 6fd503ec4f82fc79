import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.places import PROJECT
from bench.rng import stream, torch_seed


@pytest.mark.slow
@given(st.integers(), st.text("a/0é", max_size=9))
def test_equal_seed_and_purpose_give_equal_draws(seed, purpose):
    np.testing.assert_array_equal(
        stream(seed, purpose).integers(100, size=9), stream(seed, purpose).integers(100, size=9)
    )


@given(st.integers(0, 99), st.integers(0, 99))
def test_streams_of_different_seeds_or_purposes_differ(seed, other):
    draws = {tuple(stream(s, p).integers(2**60, size=2)) for s in {seed, other} for p in ("paths", "images")}
    assert len(draws) == 2 * len({seed, other})


def test_seed_and_purpose_are_not_run_together():
    assert stream(1, "1/a").random() != stream(11, "/a").random()


@pytest.mark.slow
def test_another_process_with_another_hash_seed_draws_the_same():
    code = "from bench.rng import stream, torch_seed; print(stream(3, 'paths').random(), torch_seed(3, 'weights'))"
    for hash_seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(PROJECT)}
        ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == [str(stream(3, "paths").random()), str(torch_seed(3, "weights"))]


def test_the_streams_do_not_change_between_versions():
    # born with the first version: another value would silently change every stored run
    assert stream(0, "paths").integers(1000, size=4).tolist() == [251, 367, 614, 50]
