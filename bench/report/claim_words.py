"""A verdict with what was measured, in the words of the claims table."""

import math
from dataclasses import replace

from bench.report.claims_table import AGREES, CANNOT_TELL, DISAGREES, Judged
from bench.scores.difference import Difference
from bench.scores.interval import Value
from bench.study.claim import Claim


def inside(value: Value, low: float = -math.inf, high: float = math.inf) -> str:
    """Return whether a score's whole interval lies within bounds, none of it does, or neither.

    >>> sure = Value(value=0.7, low=0.6, high=0.8, n=9, seeds=3, resampled="seeds")
    >>> inside(sure, low=0.5), inside(sure, low=0.65), inside(sure, low=0.85)
    ('agrees', 'cannot tell', 'disagrees')
    """
    if math.isnan(value.low):
        return CANNOT_TELL
    if value.low >= low and value.high <= high:
        return AGREES
    return DISAGREES if value.high < low or value.low > high else CANNOT_TELL


def told(claim: Claim, verdict: str, measured: str, value: Value, seeds: int) -> Judged:
    """Return a verdict with what was measured, n, seeds and the interval."""
    return Judged(
        claim=claim, verdict=verdict, measured=measured, precision=f"n = {value.n:,}, {of_seeds(value, seeds)}"
    )


def told_difference(claim: Claim, verdict: str, measured: str, difference: Difference, seeds: int) -> Judged:
    """Return a verdict as `told` does; where it is "cannot tell", with the smallest difference that is detectable."""
    found = told(claim, verdict, measured, difference.value, seeds)
    least = difference.smallest_detectable
    if verdict != CANNOT_TELL or not math.isfinite(least):
        return found
    return replace(found, precision=f"{found.precision}, smallest detectable {least:.2f}")


def of_seeds(value: Value, seeds: int) -> str:
    """Return the number of seeds and the interval in words."""
    return f"{seeds} seed{'s' if seeds > 1 else ''}, {interval_in_words(value)}"


def interval_in_words(value: Value) -> str:
    """Return an interval with signs."""
    return "no interval" if math.isnan(value.low) else f"[{signed(value.low)}, {signed(value.high)}]"


def of_difference(difference: Difference) -> str:
    """Return both scores and their difference."""
    return f"{difference.first:.2f} against {difference.second:.2f}: {signed(difference.value.value)}"


def signed(number: float) -> str:
    """Return a number with its sign and two decimals, never "-0.00".

    >>> signed(-0.001), signed(-0.126)
    ('+0.00', '-0.13')
    """
    return f"{round(number, 2) + 0.0:+.2f}"
