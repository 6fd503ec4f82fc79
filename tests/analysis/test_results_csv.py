import csv
import io

import numpy as np

from bench.analysis.results_csv import ACCURACY, HEADER, results_csv
from bench.analysis.results_table import ResultRow
from bench.scores.chance import SupernetAccuracy
from bench.scores.interval import Value


def test_every_number_has_a_line_and_what_does_not_exist_is_empty():
    value = Value(value=0.5, low=0.25, high=0.75, n=9, seeds=2, resampled="seeds")
    undefined = Value(value=np.nan, low=np.nan, high=np.nan, n=9, resampled="seeds", reason="too few")
    row = ResultRow(
        name="mine",
        by="accuracy",
        seeds="2 of 3",
        n=9,
        scores={"tau": value, "regret": undefined},
        accuracy=SupernetAccuracy(by_seed=(20.0, 30.0), images=500, classes=10),
    )
    header, mean, tau, regret = csv.reader(io.StringIO(results_csv([row])))
    assert tuple(header) == HEADER
    assert mean == ["mine", "accuracy", "2 of 3", ACCURACY, "9", "25", "", "", "", ""]
    assert tau == ["mine", "accuracy", "2 of 3", "tau", "9", "0.5", "0.25", "0.75", "seeds", ""]
    assert regret == ["mine", "accuracy", "2 of 3", "regret", "9", "", "", "", "", "too few"]


def test_the_trivial_predictors_of_a_masked_row_follow_its_scores():
    value = Value(value=0.5, low=0.25, high=0.75, n=9, seeds=2, resampled="architectures")
    row = ResultRow(name="masked", seeds="2 of 3", n=9, scores={"tau": value}, trivial={"params": value})
    *_, last = csv.reader(io.StringIO(results_csv([row])))
    assert last == ["masked", "", "2 of 3", "kendall-tau-b of params (trivial)", "9", "0.5", "0.25", "0.75",
                    "architectures", ""]  # fmt: skip


def test_a_row_without_a_run_has_one_line():
    nothing = Value(value=np.nan, low=np.nan, high=np.nan, n=0, resampled="seeds", reason="no finished run")
    row = ResultRow(name="to come", by="accuracy", seeds="0 of 3", n=0, scores={"tau": nothing, "regret": nothing})
    _, only = csv.reader(io.StringIO(results_csv([row])))
    assert only == ["to come", "accuracy", "0 of 3", "", "0", "", "", "", "", "no finished run"]
