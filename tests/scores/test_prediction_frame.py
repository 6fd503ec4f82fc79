import numpy as np
import pandas as pd
import pytest

from bench.scores.prediction_frame import true_top_of


@pytest.mark.parametrize("number", [1, 7, 59, 60, 99])
@pytest.mark.parametrize("different", [3, 10, 1000])
def test_the_true_top_of_a_run_is_that_of_pandas_in_the_same_order(number, different):
    truth = 90 + np.random.default_rng(number).integers(different, size=60) / 10
    run = pd.DataFrame({"arch": [f"{place}" for place in range(60)], "true": truth}, index=range(100, 160))
    pd.testing.assert_frame_equal(true_top_of(run, number), run.nlargest(number, "true", keep="all"))
