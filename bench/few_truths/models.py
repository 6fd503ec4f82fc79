"""Models that predict the order of architectures from the truths of a few.

Ridge regression, a Gaussian process, and a published predictor, gradient-boosted trees.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from bench.few_truths.features import PerFeature
from bench.types import PerArch

PENALTY = 10.0
"""Ridge penalty of the squared weights."""
FITTED = 160
"""The kernel of the Gaussian process is fitted to so many of the known truths at most; its predictions use all."""
SUBSAMPLE = 0.7
"""Each tree is fitted to so large a part of the known truths."""

Others = Float[np.ndarray, "other feature"]
PerCount = Float[np.ndarray, "count other"]
Model = Callable[[PerFeature, PerArch, Others, Sequence[int]], PerCount]
"""From features and truths of known architectures, features of others, and how many of the known ones to use, in order:
a prediction of the others for each of these counts, higher is better."""


def normal_scores(truth: PerArch) -> PerArch:
    """Return the standard normal quantiles of the ranks of truths, [arch]; equal truths share their mean rank.

    A few very bad networks thus count no more than their rank.

    >>> normal_scores(np.array([10.0, 93.0, 94.0])).round(2).tolist()
    [-0.97, 0.0, 0.97]
    """
    from scipy.stats import norm, rankdata

    return np.asarray(norm.ppf((rankdata(truth) - 0.5) / len(truth)), dtype=np.float64)


def ridge(known: PerFeature, truth: PerArch, others: Others, counts: Sequence[int]) -> PerCount:
    """Return predictions of ridge regression with an intercept that is not penalized, in closed form."""
    found = np.empty((len(counts), len(others)))
    for place, count in enumerate(counts):
        used, target = known[:count], normal_scores(truth[:count])
        centre = used.mean(axis=0)
        design = used - centre
        penalized = design.T @ design + PENALTY * np.eye(design.shape[1])
        weights = np.linalg.solve(penalized, design.T @ (target - target.mean()))
        found[place] = (others - centre) @ weights + target.mean()
    return found


def gaussian_process(known: PerFeature, truth: PerArch, others: Others, counts: Sequence[int]) -> PerCount:
    """Return the posterior means of a Gaussian process whose kernel is amplitude * RBF(length) + noise.

    These three numbers maximize the marginal likelihood of the first `FITTED` known truths at most (scikit-learn),
    starting from those of the count before. The means are computed from one matrix of distances for all counts.
    """
    from scipy.linalg import cho_factor, cho_solve

    inside, across = _squared_distances(known, known), _squared_distances(known, others)
    found, kernel, fitted = np.empty((len(counts), len(others))), (1.0, 3.0, 0.1), 0
    for place, count in enumerate(counts):
        target = normal_scores(truth[:count])
        if fitted < min(count, FITTED):
            fitted = min(count, FITTED)
            kernel = _fitted(known[:fitted], normal_scores(truth[:fitted]), kernel)
        amplitude, length, noise = kernel
        covariance = amplitude * np.exp(-inside[:count, :count] / (2 * length**2))
        covariance[np.diag_indices(count)] += noise + 1e-10  # scikit-learn's own jitter
        weights = cho_solve(cho_factor(covariance, lower=True), target)
        found[place] = amplitude * (weights @ np.exp(-across[:count] / (2 * length**2)))
    return found


def _fitted(known: PerFeature, target: PerArch, start: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return amplitude, length and noise of the kernel, the first and the last as variances."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    amplitude, length, noise = start
    kernel = ConstantKernel(amplitude, (1e-2, 1e3)) * RBF(length, (0.1, 100)) + WhiteKernel(noise, (1e-3, 10))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a number at its bound, such as no noise, is an answer
        found = GaussianProcessRegressor(kernel).fit(known, target).kernel_
    return tuple(np.exp(found.theta).tolist())


def _squared_distances(one: Float[np.ndarray, "one feature"], other: Others) -> Float[np.ndarray, "one other"]:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.maximum(squares, 0)


def gradient_boosting(known: PerFeature, truth: PerArch, others: Others, counts: Sequence[int]) -> PerCount:
    """Return predictions of gradient-boosted regression trees of depth 3, which scikit-learn fits to each count.

    Source: Luo et al., Accuracy prediction with non-neural model for neural architecture search (2020), GBDT-NAS, which
    fits LightGBM's trees to indicators of the choices.
    """
    from sklearn.ensemble import GradientBoostingRegressor

    model = GradientBoostingRegressor(subsample=SUBSAMPLE, random_state=0)
    return np.stack([model.fit(known[:count], normal_scores(truth[:count])).predict(others) for count in counts])


MODELS: Mapping[str, Model] = {
    "ridge": ridge,
    "gaussian-process": gaussian_process,
    "gradient-boosting": gradient_boosting,
}
"""The models by name."""
USUAL = ("ridge", "gaussian-process")
"""The models of a command that names none; trees take ten times as long."""
