import numpy as np
import pytest

from bench.scores.metrics.search_value import surpass_random


def test_surpassing_random_search_reproduces_a_published_probability():
    # FACTS: NAO on NAS-Bench-101 (n = 10) .62 at rank 19,552 of 423,624 (Yu et al., ICLR 2020, table 2)
    truth = np.arange(423_624.0)
    picked = np.zeros(len(truth))
    picked[len(truth) - 19_552] = 1
    assert surpass_random(picked, truth, draws=10) == pytest.approx(0.62, abs=0.005)
