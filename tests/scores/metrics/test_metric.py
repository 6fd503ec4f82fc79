"""What every registered metric obeys; a new metric is tested by being found."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.registry import load_plugin
from bench.scores.metrics import METRICS, PANEL, Metric, all_metrics
from bench.scores.resampling.counts import bootstrap_counts
from bench.scores.resampling.resamples import Resamples

METRIC_LIST = all_metrics()
BY_VALUE = {"pearson", "top-n-trend", "top-10-minus-top-500"}
RANKING = [metric for metric in METRIC_LIST if metric.name not in BY_VALUE]
every_metric = pytest.mark.parametrize("metric", METRIC_LIST, ids=lambda metric: metric.name)


def ranked(archs=600, distinct=1000, seed=0, noise=1.0):
    """Return a prediction and a truth (percent) that agree in part, with ties."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=archs)
    prediction = np.round((quality + noise * rng.normal(size=archs)) * distinct / 6) / distinct
    return prediction, np.round(90 + quality, 2)


coarse = arrays(float, 40, elements=st.integers(0, 12).map(float))


@pytest.mark.slow
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), distinct=st.sampled_from([1, 5, 1000]))
def test_a_ranking_metric_does_not_change_under_monotone_maps_of_the_prediction(seed, distinct):
    prediction, truth = ranked(seed=seed, distinct=distinct)
    for metric in RANKING:
        value = metric(prediction, truth)
        assert np.isfinite(value) or "top-" in metric.name, metric.name  # a coarse prediction may be constant there
        np.testing.assert_equal(metric(np.exp(prediction / 4) - 7, truth), value, metric.name)


@pytest.mark.slow
@settings(max_examples=30)
@given(prediction=coarse, truth=coarse)
def test_a_correlation_changes_its_sign_when_the_prediction_is_reversed(prediction, truth):
    assume(np.ptp(prediction) and np.ptp(truth))
    for metric in map(METRICS.get, ("kendall-tau-b", "spearman", "pearson")):
        assert metric(-prediction, truth) == pytest.approx(-metric(prediction, truth), abs=1e-12), metric.name


@every_metric
def test_the_fast_resamples_are_undefined_where_those_spelt_out_are(metric):
    prediction, truth = np.array([1.0, 2.0, 2.0]), np.array([90.0, 91.0, 91.0])
    counts = np.array([[3, 0, 0], [0, 1, 2], [1, 1, 1]])
    spelt_out = [metric(np.repeat(prediction, times), np.repeat(truth, times)) for times in counts]
    np.testing.assert_allclose(metric.over(Resamples.of(prediction, truth, counts)), spelt_out, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("flat", [60, 600], ids=["in the top 50", "in the top 500"])
def test_resampled_trends_take_equal_means_for_ties_despite_rounding(flat):
    truth = np.arange(700.0)
    prediction = np.where(truth >= 700 - flat, 0.1, truth / 2000)  # means of copies of 0.1 differ in the last digit
    [counts] = bootstrap_counts(700, 8)
    trend = METRICS.get("top-n-trend")
    spelt_out = [trend(np.repeat(prediction, times), np.repeat(truth, times)) for times in counts]
    np.testing.assert_allclose(trend.over(Resamples.of(prediction, truth, counts)), spelt_out, atol=1e-12)


def test_resampled_pearson_keeps_its_digits_far_from_zero():
    prediction, truth = ranked(archs=60)
    [counts] = bootstrap_counts(60, 4)
    pearson = METRICS.get("pearson")
    near, far = (pearson.over(Resamples.of(shift + prediction, shift + truth, counts)) for shift in (0, 1e6))
    np.testing.assert_allclose(far, near, atol=1e-7)  # 1e6 leaves ten digits to the inputs themselves


def test_a_metric_dropped_into_a_plug_in_is_found(tmp_path, no_plugins):
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from bench.scores.metrics import Metric\n"
        "def hits(prediction, truth):\n    return float(prediction.argmax() == truth.argmax())\n"
        "HITS = (Metric(name='hits', better='higher', low=0, high=1, function=hits),)\n"
    )
    load_plugin(plugin)
    assert METRICS.get("hits")(np.array([1.0, 2.0]), np.array([90.0, 91.0])) == 1
    assert METRICS.origin("hits") == f"{plugin}:4"


def test_the_panel_names_registered_metrics():
    assert all(isinstance(METRICS.get(name), Metric) for name in PANEL)


def test_importing_the_scores_imports_neither_torch_nor_scipy():
    code = (
        "import sys, bench.scores.scoreboard; from bench.scores.metrics import all_metrics; all_metrics();"
        "print({'torch', 'scipy', 'pandas', 'h5py'} & set(sys.modules))"
    )
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert ran.stdout.strip() == "set()"
