"""What figures of trainings compute and show."""

import numpy as np
import pandas as pd
import pytest

from bench.figures.accuracy_over_training import ACCURACY_OVER_TRAINING
from bench.figures.figure import Caption
from bench.figures.training_costs import training_costs
from bench.truth import Truth

CAPTION = Caption(Truth.parse("nb201/cifar10/test/200ep"), "laptop", "500 images of cifar10/train, held out")


@pytest.fixture
def frame():
    lines = []
    for row, seed, megabytes in (("one", 0, 10.0), ("one", 1, 12.0), ("all", 0, np.nan)):
        for epoch in (1, 2):
            about = {"row": row, "seed": seed, "epoch": epoch, "epochs": 2, "probes": 5, "processor": "x"}
            costs = {"minutes": 2.0 + seed, "megabytes": megabytes}
            lines.append(about | costs | {"accuracy": 10.0 * epoch + seed})
    return pd.DataFrame(lines)


def test_accuracy_over_training_is_a_mean_over_seeds_with_the_lowest_and_the_highest(frame):
    lines = ACCURACY_OVER_TRAINING.numbers(frame).set_index(["row", "epoch"])
    assert lines.loc[("one", 2)][["mean", "low", "high", "seeds"]].tolist() == [20.5, 20.0, 21.0, 2]
    drawn = ACCURACY_OVER_TRAINING.draw(lines.reset_index(), CAPTION).axes[0]
    assert [line.get_ydata().tolist() for line in drawn.lines] == [[10.5, 20.5], [10.0, 20.0]]
    told = ACCURACY_OVER_TRAINING.says(lines.reset_index())
    assert told.endswith("in percent: one 20.5 (20.0 to 21.0), all 20.0.")


def test_costs_stand_beside_the_printed_ones_and_what_was_not_measured_says_so(frame):
    figure = training_costs("table-7", "a table", {"one": ("24G", "12 Gds")})
    lines = figure.numbers(frame).set_index("row")
    assert lines.loc["one"][["megabytes", "minutes", "fewest", "most", "seeds"]].tolist() == [12.0, 2.5, 2.0, 3.0, 2]
    memory, time = figure.draw(lines.reset_index(), CAPTION).axes
    assert [text.get_text().strip() for text in memory.texts] == ["12 MB   paper: 24G", "not measured"]
    assert time.texts[0].get_text().strip() == "2.5 min   paper: 12 Gds"


def test_without_a_run_nothing_is_drawn(frame):
    for figure in (ACCURACY_OVER_TRAINING, training_costs("table-7", "a table", {})):
        assert figure.numbers(frame[:0]).empty
