"""What figures of trainings compute and show."""

import pandas as pd
import pytest

from bench.figures.accuracy_over_training import ACCURACY_OVER_TRAINING
from bench.figures.costs import COLUMNS, COSTS, costs_figure
from bench.figures.figure import Caption
from bench.truth import Truth

CAPTION = Caption(Truth.parse("nb201/cifar10/test/200ep"), "laptop", "500 images of cifar10/train, held out")


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"row": row, "seed": seed, "epoch": epoch, "epochs": 2, "probes": 5, "accuracy": 10.0 * epoch + seed}
        for row, seed in (("one", 0), ("one", 1), ("all", 0))
        for epoch in (1, 2)
    )


def test_accuracy_over_training_is_a_mean_over_seeds_with_the_lowest_and_the_highest(frame):
    lines = ACCURACY_OVER_TRAINING.numbers(frame).set_index(["row", "epoch"])
    assert lines.loc[("one", 2)][["mean", "low", "high", "seeds"]].tolist() == [20.5, 20.0, 21.0, 2]
    drawn = ACCURACY_OVER_TRAINING.draw(lines.reset_index(), CAPTION).axes[0]
    assert [line.get_ydata().tolist() for line in drawn.lines] == [[10.5, 20.5], [10.0, 20.0]]
    told = ACCURACY_OVER_TRAINING.says(lines.reset_index())
    assert told.endswith("in percent: one 20.5 (20.0 to 21.0), all 20.0.")


def test_costs_stand_beside_the_printed_ones():
    line = {"seeds": 2, "training": 2.5, "prediction": 4.0, "processors": "x", "passes": 10.0, "images": 500}
    line["kept"] = 2**20
    frame = pd.DataFrame([line | {"row": row, "for_gradients": 2**20 * size} for row, size in (("one", 3), ("all", 9))])
    figure = costs_figure("table-7", "a table", {"one": ("12 Gds", "24G")})
    lines = figure.numbers(frame).set_index("row")
    assert lines.loc["one"][["gradients_mb", "kept_mb", "peak_mb"]].tolist() == [3, 1, 4]
    time, memory = figure.draw(lines.reset_index(), CAPTION).axes
    assert [text.get_text().strip() for text in time.texts] == ["training 2.5 min\n(paper: 12 Gds)"]
    assert [text.xy for text in time.texts] == [(1.0, 0)], "at the right of the axes, on the row's line"
    assert [bar.get_width() for bar in time.patches] == [2.5, 2.5, 4.0, 4.0]
    assert [text.get_text().strip() for text in memory.texts] == ["4 MB\n(paper: 24G)"]


def test_without_a_run_nothing_is_drawn(frame):
    assert ACCURACY_OVER_TRAINING.numbers(frame[:0]).empty
    assert COSTS.numbers(pd.DataFrame(columns=["row", "for_gradients", "kept", *COLUMNS[1:7]])).empty
