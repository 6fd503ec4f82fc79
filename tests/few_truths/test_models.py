import numpy as np
import pytest
from scipy.stats import norm, rankdata

from bench.few_truths.models import FITTED, MODELS, PENALTY, gaussian_process, normal_scores, ridge
from bench.rng import stream


def problem(known=60, others=40, features=7):
    """Return features of known and other architectures and truths of the known ones, with noise and curvature."""
    rng = stream(0, "tests/few-truths")
    every = rng.normal(size=(known + others, features))
    truth = every @ rng.normal(size=features) + np.sin(2 * every[:, 0]) + 0.1 * rng.normal(size=known + others)
    return every[:known], truth[:known], every[known:]


def test_normal_scores_are_the_quantiles_of_the_ranks_whatever_the_scale():
    truth = np.array([93.0, 10.0, 94.0, 93.0])
    np.testing.assert_allclose(normal_scores(truth), norm.ppf((rankdata(truth) - 0.5) / 4))
    np.testing.assert_array_equal(normal_scores(truth), normal_scores(truth**3))


def test_ridge_is_that_of_scikit_learn():
    from sklearn.linear_model import Ridge

    known, truth, others = problem()
    for count, found in zip((20, 60), ridge(known, truth, others, (20, 60)), strict=True):
        oracle = Ridge(alpha=PENALTY).fit(known[:count], normal_scores(truth[:count])).predict(others)
        np.testing.assert_allclose(found, oracle, rtol=1e-9)


def test_the_gaussian_process_is_that_of_scikit_learn():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    known, truth, others = problem()
    kernel = ConstantKernel(1, (1e-2, 1e3)) * RBF(3, (0.1, 100)) + WhiteKernel(0.1, (1e-3, 10))
    oracle = GaussianProcessRegressor(kernel).fit(known, normal_scores(truth)).predict(others)
    np.testing.assert_allclose(gaussian_process(known, truth, others, (60,))[0], oracle, rtol=1e-6, atol=1e-8)


def test_trees_learn_what_no_line_does():
    known, _, others = problem(known=200)
    [found], [line] = (
        MODELS[name](known, np.abs(known[:, 0]), others, (200,)) for name in ("gradient-boosting", "ridge")
    )
    truth = rankdata(np.abs(others[:, 0]))
    assert np.corrcoef(rankdata(found), truth)[0, 1] > 0.9
    assert np.corrcoef(rankdata(line), truth)[0, 1] < 0.5


@pytest.mark.slow
def test_the_kernel_is_fitted_to_no_more_truths_than_are_used(monkeypatch):
    from bench.few_truths import models

    fitted = []
    monkeypatch.setattr(models, "_fitted", lambda known, target, start: fitted.append(len(known)) or (1.0, 3.0, 0.1))
    known, truth, others = problem(known=400)
    gaussian_process(known, truth, others, (20, 100, 200, 400))
    assert fitted == [20, 100, FITTED]


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("model", MODELS)
def test_more_truths_do_not_change_what_fewer_predict(model):
    known, truth, others = problem()
    both = MODELS[model](known, truth, others, (20, 60))
    np.testing.assert_allclose(both[0], MODELS[model](known[:20], truth[:20], others, (20,))[0])


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(("model", "least"), [("ridge", 0.98), ("gaussian-process", 0.98), ("gradient-boosting", 0.95)])
def test_a_model_of_many_truths_orders_a_smooth_function(model, least):
    rng = stream(1, "tests/few-truths")
    every = rng.normal(size=(300, 3))
    truth = every @ np.array([3.0, -2.0, 1.0])
    [found] = MODELS[model](every[:200], truth[:200], every[200:], (200,))
    assert np.corrcoef(rankdata(found), rankdata(truth[200:]))[0, 1] > least
