"""The predictions of a trained supernet as a value."""

import numpy as np
import pytest

from bench.errors import RecipeError
from bench.predict.predictions import Predictions


def test_a_score_is_chosen_by_its_name_in_double_precision():
    predictions = Predictions(
        genes=np.zeros((2, 6), dtype=np.int8),
        accuracy=np.array([50.1, np.nan], dtype=np.float32),
        negative_cross_entropy=np.array([-1.5, -np.inf], dtype=np.float32),
        images=10,
        split="here",
    )
    for score, values in (("accuracy", [np.float32(50.1), np.nan]), ("negative-cross-entropy", [-1.5, -np.inf])):
        np.testing.assert_array_equal(predictions.by(score), values)
        assert predictions.by(score).dtype == np.float64
    with pytest.raises(RecipeError, match=r"score is 'loss'; allowed: accuracy, negative-cross-entropy"):
        predictions.by("loss")
