"""What is in the axes, not which pixels."""

import numpy as np
import pandas as pd
import pytest

from bench.figures.figure import Caption
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.figures.style import colour
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES

CAPTION = Caption("nb201/cifar10/test/200ep", "laptop", "1,000 images of cifar10/train, held out")


def frame(seeds: int = 2, archs: int = 300) -> pd.DataFrame:
    """Return seed 0 that ranks perfectly and seed 1 that ranks in reverse; every tenth architecture is sampled."""
    true = np.linspace(10, 94, archs)
    parts = [
        pd.DataFrame(
            {
                "row": "baseline",
                "seed": seed,
                "arch": np.arange(archs),
                "predicted": true / 2 if seed == 0 else 60 - true / 2,
                "true": true,
                "population": "random-1000",
                "sampled": np.arange(archs) % 10 == 0,
                "minutes": 2.5 + seed,
            }
        )
        for seed in range(seeds)
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_panels_hold_the_best_and_the_sampled_architectures() -> None:
    points = PREDICTED_AGAINST_TRUE.numbers(frame())
    assert points.groupby("panel").size().to_dict() == {"true top 50": 100, "true top 250": 500, "random-1000": 60}
    assert points[points.panel == "true top 50"].arch.min() == 250


def test_supernet_accuracy_lies_across_and_ground_truth_up() -> None:
    points = PREDICTED_AGAINST_TRUE.numbers(frame(seeds=1))
    axes = PREDICTED_AGAINST_TRUE.draw(points, CAPTION).axes
    drawn = axes[0].collections[0].get_offsets()
    best = points[points.panel == "true top 50"]
    np.testing.assert_allclose(drawn, best[["predicted", "true"]])
    assert axes[0].get_xlabel() == "supernet accuracy (%)"
    assert axes[0].get_ylabel() == "ground truth (%)"


def test_a_panel_names_its_tau_its_spread_over_seeds_and_its_n() -> None:
    axes = PREDICTED_AGAINST_TRUE.draw(PREDICTED_AGAINST_TRUE.numbers(frame()), CAPTION).axes
    assert axes[2].get_title() == "baseline: random-1000\ntau-b 0.00 (-1.00 to 1.00), n = 30"


def test_tau_over_the_true_top_n_is_the_mean_over_seeds_with_its_interval() -> None:
    lines = OVER_TOP_N.numbers(frame())
    tau = lines[lines.metric == "tau"].set_index("group")
    assert list(tau.index) == ["10", "25", "50", "150", "250", "random-1000"]
    assert tau["mean"].abs().max() < 1e-12
    assert (tau.seeds == 2).all()
    assert (tau.low.iloc[0], tau.high.iloc[0]) == (-1, 1)  # two seeds at 1 and -1, cut at tau's range
    accuracy = lines[(lines.metric == "accuracy") & (lines.group == "10")]
    two = frame().groupby("seed").predicted.apply(lambda seed: seed.iloc[-10:].mean())
    # two seeds: standard error half their distance, Student's t with one degree of freedom
    assert accuracy.high.item() == pytest.approx(min(two.mean() + 12.706 * abs(two[0] - two[1]) / 2, 100), abs=1e-2)


def test_one_seed_is_drawn_without_an_interval() -> None:
    lines = OVER_TOP_N.numbers(frame(seeds=1))
    assert lines.low.isna().all()
    tau = lines[lines.metric == "tau"]
    np.testing.assert_allclose(tau["mean"], 1.0)
    OVER_TOP_N.draw(lines, CAPTION)


def test_mean_supernet_accuracy_is_that_of_the_best_by_ground_truth() -> None:
    lines = OVER_TOP_N.numbers(frame(seeds=1))
    best = lines[(lines.metric == "accuracy") & (lines.group == "10")]
    assert best["mean"].item() == pytest.approx(np.linspace(10, 94, 300)[-10:].mean() / 2)


def test_the_drawn_points_are_the_numbers_of_the_csv() -> None:
    lines = OVER_TOP_N.numbers(frame())
    axes = OVER_TOP_N.draw(lines, CAPTION).axes
    accuracy = lines[lines.metric == "accuracy"]["mean"].to_numpy()
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), accuracy[:-1])


@pytest.mark.parametrize(
    "figure", [PREDICTED_AGAINST_TRUE, OVER_TOP_N, TAU_OVER_MINUTES], ids=lambda figure: figure.name
)
def test_every_figure_names_its_truth_and_preset(figure) -> None:
    title = figure.draw(figure.numbers(frame()), CAPTION).get_suptitle()
    assert "truth: nb201/cifar10/test/200ep | preset: laptop" in title


def test_tau_stands_over_the_minutes_of_its_run() -> None:
    lines = TAU_OVER_MINUTES.numbers(frame())
    assert lines.minutes.tolist() == [2.5, 3.5]
    np.testing.assert_allclose(lines.tau, [1, -1])
    axes = TAU_OVER_MINUTES.draw(lines, CAPTION).axes
    np.testing.assert_allclose(axes[0].lines[0].get_xdata(), [3.0])


def test_a_row_keeps_its_colour_whatever_stands_beside_it() -> None:
    assert colour("baseline") != colour("without zero")
    assert colour("without zero") == colour("without zero")
