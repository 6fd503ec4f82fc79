import numpy as np
import pytest
from scipy import stats

from bench.errors import ComparisonError
from bench.scores.difference import paired_differences
from bench.scores.interval import Value, bootstrap, over_seeds, percentiles, replicates
from bench.scores.metrics import METRICS, all_metrics
from bench.scores.resampling.counts import bootstrap_counts, tied_pairs
from bench.scores.resampling.resamples import Resamples

TAU = METRICS.get("kendall-tau-b")
REGRET = METRICS.get("regret")


def paired_difference(first, second, truth, metric, **options):
    return paired_differences(first, second, truth, [metric], **options)[metric.name]


def noisy(archs, noise=1.0, seed=0):
    """Return a prediction and the truth (percent) that it follows with noise."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=archs)
    return quality + noise * rng.normal(size=archs), 90 + quality


def test_resamples_draw_as_many_architectures_as_there_are():
    [counts] = bootstrap_counts(50, 30)
    assert counts.shape == (30, 50)
    assert (counts.sum(axis=1) == 50).all()


def test_resamples_are_the_same_in_chunks_of_any_size(monkeypatch):
    [whole] = bootstrap_counts(50, 7)
    monkeypatch.setattr("bench.scores.resampling.counts.CHUNK", 100)
    chunks = list(bootstrap_counts(50, 7))
    assert [len(chunk) for chunk in chunks] == [2, 2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(chunks), whole)


def test_resamples_draw_every_architecture_equally_often():
    [counts] = bootstrap_counts(20, 5000)
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.07)  # standard error .014


def test_the_interval_of_pearson_agrees_with_the_bootstrap_of_scipy():
    prediction, truth = noisy(100)
    value = bootstrap(METRICS.get("pearson"), prediction, truth, resamples=1000)
    options = {"paired": True, "vectorized": False, "method": "percentile", "n_resamples": 1000, "rng": 1}
    expected = stats.bootstrap((prediction, truth), lambda p, g: np.corrcoef(p, g)[0, 1], **options)
    low, high = expected.confidence_interval
    assert (value.low, value.high) == pytest.approx((low, high), abs=0.03)  # Monte-Carlo error of a 2.5 % quantile


@pytest.mark.slow
def test_the_interval_of_tau_covers_what_a_new_draw_of_architectures_gives():
    covered = 0
    for seed in range(40):
        value = bootstrap(TAU, *noisy(200, seed=seed), resamples=200)
        covered += value.low <= 0.5 <= value.high  # tau of two normals with correlation sqrt(1/2) is 2/pi asin(r) = .5
    assert covered >= 34


def test_a_value_says_what_was_resampled_and_how_often():
    value = bootstrap(TAU, *noisy(80), resamples=60)
    assert (value.n, value.resampled, value.resamples, value.reason) == (80, "architectures", 60, "")
    assert value.low < value.value < value.high


def test_a_score_that_too_many_resamples_lack_has_no_interval_and_says_so():
    prediction, truth = np.eye(1, 60, 40)[0], 90 + np.arange(60) / 100
    value = bootstrap(TAU, prediction, truth, resamples=200)
    assert np.isfinite(value.value)
    assert np.isnan([value.low, value.high]).all()
    assert (0 < value.resamples < 190, value.drawn) == (True, 200)
    assert value.note == f"defined on {value.resamples} of 200 resamples, too few for a 95 % interval"
    assert (value.reason, over_seeds([value]).reason) == (value.note, value.note)
    assert value.spelled("{:.0f}".format).endswith(" [undefined]")


def test_the_interval_holds_95_percent_of_all_resamples_those_without_the_score_included():
    scored = np.arange(1000.0)
    scored[:30] = np.nan
    low, high, defined = percentiles(scored)
    assert (low, high, defined) == (pytest.approx(30 + 969 * 10 / 970), pytest.approx(30 + 969 * 960 / 970), 970)
    assert np.count_nonzero((scored >= low) & (scored <= high)) == 950
    value = Value(value=0.5, low=low, high=high, n=9, resampled="architectures", resamples=defined, drawn=1000)
    assert value.note == "defined on 970 of 1,000 resamples"


def test_all_resamples_with_the_score_give_the_usual_percentiles():
    scored = np.random.default_rng(0).normal(size=1000)
    assert percentiles(scored) == (*np.percentile(scored, (2.5, 97.5)), 1000)


def coarse(archs=300):
    """Return two predictions and a truth with many ties, in which the order of equal architectures could matter."""
    rng = np.random.default_rng(3)
    return rng.integers(9, size=(2, archs)).astype(float), 90 + rng.integers(5, size=archs).astype(float)


@pytest.mark.parametrize("seed", [0, 1])
def test_an_interval_does_not_depend_on_the_order_of_the_architectures(seed):
    (prediction, _), truth = coarse()
    turned = np.random.default_rng(seed).permutation(len(truth))
    for metric in (TAU, METRICS.get("pearson"), METRICS.get("precision-at-top/5%")):
        value = bootstrap(metric, prediction, truth, resamples=50)
        again = bootstrap(metric, prediction[turned], truth[turned], resamples=50)
        assert (again.low, again.high) == (pytest.approx(value.low, abs=1e-12), pytest.approx(value.high, abs=1e-12))


def test_a_difference_depends_neither_on_the_order_of_the_architectures_nor_on_which_side_is_first():
    (first, second), truth = coarse()
    turned = np.random.default_rng(0).permutation(len(truth))
    value = paired_difference(first[None], second[None], truth, TAU, resamples=50).value
    again = paired_difference(first[None, turned], second[None, turned], truth[turned], TAU, resamples=50).value
    assert (again.low, again.high) == (pytest.approx(value.low, abs=1e-12), pytest.approx(value.high, abs=1e-12))
    swapped = paired_difference(second[None], first[None], truth, TAU, resamples=50).value
    assert (swapped.low, swapped.high) == (pytest.approx(-value.high, abs=1e-12), pytest.approx(-value.low, abs=1e-12))


@pytest.mark.parametrize("size", [1e-300, 1e245, 1.7e308])
@pytest.mark.parametrize("metric", all_metrics(), ids=lambda metric: metric.name)
def test_a_score_and_its_interval_do_not_depend_on_the_unit_of_the_predictions(metric, size):
    prediction, truth = noisy(600)
    prediction = prediction / np.abs(prediction).max()
    value, large = (bootstrap(metric, unit * prediction, truth, resamples=3) for unit in (1.0, size))
    assert large.drawn == large.resamples == 3
    assert [large.value, large.low, large.high] == pytest.approx(
        [value.value, value.low, value.high], rel=1e-9, nan_ok=True
    )


def test_pearson_of_a_resample_without_the_one_huge_prediction_is_that_of_the_others():
    prediction, truth = noisy(60)
    prediction[7] = 1e61
    [counts] = bootstrap_counts(60, 40)
    drawn = METRICS.get("pearson").over(Resamples.of(prediction, truth, counts))
    for value, times in zip(drawn, counts, strict=True):
        expected = np.corrcoef(np.repeat(prediction, times), np.repeat(truth, times))[0, 1]
        assert value == pytest.approx(expected, abs=1e-9)
    assert (counts[:, 7] == 0).any()


@pytest.mark.parametrize(
    ("prediction", "truth", "name", "reason"),
    [
        (np.ones(20), np.arange(20.0), "spearman", "the prediction is constant"),
        (np.full(20, np.nan), np.arange(20.0), "spearman", "every prediction is NaN or infinite"),
        (np.arange(20.0), np.ones(20), "spearman", "the truth is constant"),
        (np.ones(1), np.ones(1), "spearman", "1 architectures, at least 2 are needed"),
        (np.arange(20.0), np.arange(20.0), "kendall-tau-b/top-25", "fewer than 25 architectures"),
        (np.arange(20.0), np.arange(20.0), "precision-at-top/1%", "less than one architecture"),
    ],
)
def test_an_undefined_score_says_why_and_has_no_interval(prediction, truth, name, reason):
    value = bootstrap(METRICS.get(name), prediction, truth, resamples=5)
    assert np.isnan([value.value, value.low, value.high]).all()
    assert reason in value.reason


def test_the_top_of_a_resample_holds_all_that_tie_with_its_last_place():
    truth = np.r_[np.full(70, 91.0), np.full(30, 90.0)]
    [counts] = bootstrap_counts(100, 4)
    top = Resamples.of(np.arange(100.0), truth, counts).true_top(10)
    np.testing.assert_array_equal(top.inside, np.where(truth[top.order] == 91, counts[:, top.order], 0).T)


def test_two_predictions_are_drawn_on_the_same_architectures():
    prediction, truth = noisy(60)
    first, second = (replicates([TAU], values, truth, resamples=20) for values in (prediction, -prediction))
    np.testing.assert_array_equal(first["kendall-tau-b"], -second["kendall-tau-b"])


def test_the_caller_is_told_of_every_resample():
    told = []
    replicates([TAU], *noisy(30), resamples=9, advance=told.append)
    assert sum(told) == 9


def test_every_metric_of_a_thousand_architectures_has_an_interval():
    drawn = replicates(all_metrics(), *noisy(1000), resamples=3)
    assert all(np.isfinite(values).all() and values.shape == (3,) for values in drawn.values())


def test_tied_pairs_equal_the_double_loop():
    values = np.random.default_rng(0).integers(5, size=30).astype(float)
    assert tied_pairs(values) == sum(values[i] == values[j] for i in range(30) for j in range(i))


def arch_value(value, n=100):
    return Value(value=value, low=value - 0.1, high=value + 0.1, n=n, resampled="architectures", resamples=50)


def test_the_interval_over_seeds_is_students_t():
    scores = [0.4, 0.5, 0.45]
    value = over_seeds([arch_value(score) for score in scores])
    expected = stats.ttest_1samp(scores, 0).confidence_interval(0.95)
    assert (value.low, value.high) == pytest.approx((expected.low, expected.high))
    assert (value.value, value.seeds, value.resampled, value.n) == (pytest.approx(0.45), 3, "seeds", 100)


def test_a_single_seed_keeps_the_interval_over_architectures_and_says_so():
    value = over_seeds([arch_value(0.4)])
    assert (value.low, value.high, value.seeds, value.resampled) == (pytest.approx(0.3), 0.5, 1, "architectures")
    assert value.reason == "one seed: the interval is over architectures"


def test_a_seed_without_the_score_is_named():
    value = over_seeds([arch_value(0.4), arch_value(np.nan), arch_value(0.6)])
    assert (value.value, value.seeds, value.reason) == (0.5, 2, "undefined on 1 of 3 seeds")


def test_seeds_that_all_lack_the_score_have_none():
    value = over_seeds([arch_value(np.nan), arch_value(np.nan)])
    assert np.isnan(value.value)
    assert (value.seeds, value.reason) == (0, "undefined on 2 of 2 seeds")


@pytest.mark.parametrize("values", [[], [arch_value(0.4), arch_value(0.5, n=99)]])
def test_seeds_of_different_architectures_are_not_averaged(values):
    with pytest.raises(ComparisonError, match=r"seeds scored on n = .* architectures; give at least one"):
        over_seeds(values)


def seeds_of(noise, count=3, archs=300):
    truth = noisy(archs)[1]
    rng = np.random.default_rng(int(noise * 100))
    return np.stack([truth + noise * rng.normal(size=archs) for _ in range(count)]), truth


def test_a_clear_difference_is_found_in_the_metrics_own_direction():
    (good, truth), (bad, _) = seeds_of(0.3), seeds_of(3.0)
    assert paired_difference(good, bad, truth, TAU, resamples=100).verdict == "first is better"
    assert paired_difference(bad, good, truth, TAU, resamples=100).verdict == "second is better"
    lower_is_better = paired_difference(good, bad, truth, METRICS.get("worst-rank-at-top/10%"), resamples=100)
    assert lower_is_better.verdict == "first is better"


def test_two_draws_of_one_recipe_are_not_distinguishable():
    predictions, truth = seeds_of(1.0, count=6)
    difference = paired_difference(predictions[:3], predictions[3:], truth, TAU, resamples=100)
    assert difference.verdict == "not distinguishable"
    assert difference.value.low < 0 < difference.value.high


def test_a_row_does_not_differ_from_itself():
    predictions, truth = seeds_of(1.0)
    difference = paired_difference(predictions, predictions, truth, TAU, resamples=20)
    assert (difference.value.value, difference.value.low, difference.value.high) == (0, 0, 0)
    assert difference.verdict == "not distinguishable"


def test_a_metric_that_a_row_lacks_leaves_the_difference_undefined():
    good, truth = seeds_of(0.3)
    difference = paired_difference(good, np.ones_like(good), truth, TAU, resamples=20)
    assert np.isnan(difference.second)
    assert difference.verdict == "undefined"
    assert difference.value.reason == "second: the prediction is constant"


def test_a_difference_that_too_many_resamples_lack_has_no_interval_and_decides_nothing():
    good, truth = seeds_of(0.3, count=1)
    difference = paired_difference(good, np.eye(1, len(truth)), truth, TAU, resamples=40)
    assert np.isfinite(difference.value.value)
    assert difference.verdict == "no interval"
    assert (
        difference.value.reason
        == f"defined on {difference.value.resamples} of 40 resamples, too few for a 95 % interval"
    )


def test_the_difference_is_the_mean_over_paired_seeds():
    (good, truth), (bad, _) = seeds_of(0.3), seeds_of(3.0)
    difference = paired_difference(good, bad, truth, TAU, resamples=20).value
    expected = np.mean([TAU(a, truth) - TAU(b, truth) for a, b in zip(good, bad, strict=True)])
    assert difference.value == pytest.approx(expected)
    assert (difference.seeds, difference.n, difference.resampled) == (3, 300, "seeds and architectures")


def test_a_difference_that_one_of_two_seeds_lacks_is_not_distinguishable():
    (good, truth), (bad, _) = seeds_of(0.3), seeds_of(3.0, count=4)
    difference = paired_difference(np.stack([good[0], bad[0]]), bad[1:3], truth, TAU, resamples=50)
    assert difference.value.value > 0.2
    assert difference.verdict == "not distinguishable"


def test_a_difference_of_single_seeds_says_so():
    (good, truth), (bad, _) = seeds_of(0.3, count=1), seeds_of(3.0, count=1)
    value = paired_difference(good, bad, truth, TAU, resamples=20).value
    assert (value.resampled, value.reason) == ("architectures", "one seed: the interval is over architectures")


def test_rows_of_unlike_shape_are_not_compared():
    with pytest.raises(ComparisonError, match=r"shapes \(2, 5\) and \(3, 5\) against 5 truths; keep the seeds"):
        paired_difference(np.ones((2, 5)), np.ones((3, 5)), np.ones(5), TAU)


def test_a_difference_never_leaves_the_range_of_its_metric():
    rng = np.random.default_rng(0)
    truth, first, second = rng.normal(size=30), rng.normal(size=(2, 30)), rng.normal(size=(2, 30))
    first[0], second[0] = truth, -truth
    first[1], second[1] = -truth, truth
    value = paired_difference(first, second, truth, TAU, resamples=20).value
    assert (value.low, value.high) == (-2, 2)
