"""The trend of predicted accuracy over the true top N: does the supernet favour better architectures?"""

import numpy as np

from bench.scores.diverged import of_unit_size
from bench.scores.metrics import Metric
from bench.scores.metrics.kendall_tau import TOP, tau_b, true_top
from bench.scores.resampling.resamples import PerResample, Resamples
from bench.types import PerArch

NO_SPREAD = 1e-12
"""Predictions are scaled to 0..1; a smaller standard deviation is a rounding error."""


def top_n_trend(prediction: PerArch, truth: PerArch) -> float:
    """Return Kendall's tau of the sequence (N, A_N), A_N the mean prediction over the true top N.

    N is 10, 25, 50, 150, 250, 500. -1 is best: A_N falls as worse architectures are included; +1 is worst. With six
    points, values are multiples of 2/15 apart. NaN below 500 architectures, or if all A_N are equal.
    Source: tau_a of Single-path ranking correlations, section 3.2; neither tau-a nor a correlation with the truth.
    """
    if len(truth) < max(TOP):
        return float("nan")
    scaled = _scaled(prediction)
    means = [scaled[true_top(truth, number)].mean() for number in TOP]
    return tau_b(np.array(TOP, dtype=float), np.round(means, 12))


def top_n_trend_resampled(resamples: Resamples) -> PerResample:
    """Return `top_n_trend` of every resample; each has its own tops."""
    if len(resamples.truth) < max(TOP):
        return np.full(len(resamples), np.nan)
    scaled, means = _scaled(resamples.prediction), []
    for number in TOP:
        top = resamples.true_top(number)
        means.append(scaled[top.order] @ top.counts / top.total)
    rounded = np.round(means, 12)
    late, early = np.triu_indices(len(TOP), 1)[::-1]
    rises = np.sign(rounded[late] - rounded[early])
    return rises.sum(axis=0) / np.sqrt(len(rises) * np.abs(rises).sum(axis=0))


def top_contrast(prediction: PerArch, truth: PerArch) -> float:
    """Return (A_10 - A_500) / s: is the mean prediction A_N higher over the true top 10 than over the true top 500?

    s is the standard deviation of the predictions of the true top 500, so that the unit is the same for accuracies,
    losses and costs; higher is better, 0: none. The number beside the trend, which has few values and so no useful
    interval. NaN below 500 architectures, or if s is 0.
    """
    if len(truth) < max(TOP):
        return float("nan")
    scaled = _scaled(prediction)
    best, most = scaled[true_top(truth, min(TOP))], scaled[true_top(truth, max(TOP))]
    spread = most.std()
    return float((best.mean() - most.mean()) / spread) if spread > NO_SPREAD else float("nan")


def top_contrast_resampled(resamples: Resamples) -> PerResample:
    """Return `top_contrast` of every resample; each has its own tops."""
    if len(resamples.truth) < max(TOP):
        return np.full(len(resamples), np.nan)
    scaled, means = _scaled(resamples.prediction), []
    for number in (min(TOP), max(TOP)):
        top = resamples.true_top(number)
        means.append(scaled[top.order] @ top.counts / top.total)
    from_mean = scaled[top.order][:, None] - means[1]
    spread = np.sqrt(np.einsum("as,as,as->s", from_mean, from_mean, top.counts) / top.total)
    return np.where(spread > NO_SPREAD, (means[0] - means[1]) / np.where(spread > NO_SPREAD, spread, 1), np.nan)


def _scaled(prediction: PerArch) -> PerArch:
    """Return predictions scaled to 0..1, so that rounding means to twelve decimals removes only rounding errors."""
    sized = of_unit_size(prediction)
    return (sized - sized.min()) / np.ptp(sized)


TOP_N_TREND = Metric(
    name="top-n-trend",
    better="lower",
    low=-1,
    high=1,
    function=top_n_trend,
    resampled=top_n_trend_resampled,
    of_true_top=True,
    undefined=f"fewer than {max(TOP)} architectures, or one mean prediction at every N",
)
TOP_CONTRAST = Metric(
    name="top-10-minus-top-500",
    better="higher",
    low=-np.inf,
    high=np.inf,
    function=top_contrast,
    resampled=top_contrast_resampled,
    of_true_top=True,
    undefined=f"fewer than {max(TOP)} architectures, or one prediction for all of the true top",
)
